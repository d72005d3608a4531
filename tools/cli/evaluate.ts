import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneOf, wrongArgument } from '../../src/cli/arguments.ts';
import { exitCodes } from '../../src/cli/commands.ts';
import { bundledModels } from '../../src/cli/openLibrary.ts';
import { printJson, report } from '../../src/cli/terminal.ts';
import { executionProviders } from '../../src/common/settings.ts';
import { ModelSet } from '../../src/engine/models/modelSet.ts';
import { writeContactSheets } from '../evaluation/contactSheet.ts';
import { EvaluationPipeline } from '../evaluation/evaluationPipeline.ts';
import { toMarkdown, toTables, toText } from '../evaluation/report.ts';
import { runEvaluation } from '../evaluation/runEvaluation.ts';

export interface EvalFlags {
  readonly data?: string;
  readonly models?: string;
  readonly limit?: number;
  readonly provider?: string;
  readonly json?: boolean;
  readonly write?: boolean;
}

/** Where the project is checked out: labelled pictures lie beside it, contact sheets below it. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** `eval`: measures the models on labelled pictures through the engine's own functions. */
export async function evaluate(flags: EvalFlags): Promise<number> {
  const limit = parseLimit(flags.limit);
  const folder = flags.models === undefined ? bundledModels() : resolve(flags.models);
  const models = await ModelSet.load({
    folder,
    provider: oneOf('provider', flags.provider ?? 'cpu', executionProviders),
    threads: availableParallelism(),
    cacheFolder: join(root, '.cache', 'providers'),
    log: report,
    onFallback: () => undefined,
  });
  try {
    const { evaluation, cases } = await runEvaluation({
      dataFolder: resolve(flags.data ?? join(root, '../shared/eval')),
      models,
      limit,
      onProgress: showProgress,
    });
    if (flags.json === true) {
      printJson(evaluation);
    } else {
      process.stdout.write(`${toText(toTables(evaluation))}\n`);
      const sheets = join(root, '.cache', 'evaluation');
      const index = await writeContactSheets(new EvaluationPipeline(models), cases, sheets);
      process.stdout.write(`\nContact sheets of the best and the worst cases: ${index}\n`);
    }
    if (flags.write === true || isFullRun(flags)) {
      const page = toMarkdown(evaluation, { date: new Date(), limit });
      await writeFile(join(folder, 'EVALUATION.md'), page);
    }
    return exitCodes.done;
  } finally {
    await models.dispose();
  }
}

/** The card of the shipped models is only renewed by what measures all of it. */
function isFullRun({ data, models, limit, json }: EvalFlags): boolean {
  return data === undefined && models === undefined && limit === undefined && json !== true;
}

function parseLimit(limit: number | undefined): number | null {
  if (limit === undefined || (Number.isInteger(limit) && limit > 0)) {
    return limit ?? null;
  }
  throw wrongArgument(`Expected a positive whole number for --limit but received "${limit}".`);
}

/** One line that is written over on a terminal, and one when done elsewhere. */
function showProgress(what: string, done: number, total: number): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${what} ${done}/${total}${done === total ? '\n' : ''}`);
  } else if (done === total) {
    process.stderr.write(`${what}: ${total}\n`);
  }
}
