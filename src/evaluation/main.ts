import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FamiliarError } from '../base/failure.ts';
import { ModelSet } from '../engine/models/modelSet.ts';
import { executionProviders } from '../protocol/engineProtocol.ts';
import { writeContactSheets } from './contactSheet.ts';
import { Eyes } from './eyes.ts';
import { toMarkdown, toTables, toText } from './report.ts';
import { runEvaluation } from './runEvaluation.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const help = `Measures the models on labelled pictures through the engine's own functions.

  npm run eval                               all of ../shared/eval, as tables
  npm run eval -- --data DIR                 another folder of the same layout
  npm run --silent eval -- --data DIR --json the figures as JSON
  npm run eval -- --limit 100                at most 100 pictures of every split and set

  --models DIR      other models (default: models)
  --provider NAME   ${executionProviders.join(', ')} (default: cpu)
  --write           write models/EVALUATION.md; done by itself for a full run over the default data
`;

function parseOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      models: { type: 'string' },
      limit: { type: 'string' },
      provider: { type: 'string', default: 'cpu' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const limit = values.limit === undefined ? null : Number(values.limit);
  if (limit !== null && !(Number.isInteger(limit) && limit > 0)) {
    throw new FamiliarError(
      'argument',
      `Expected a positive whole number for --limit but received "${values.limit}".`,
      { remedy: 'For instance --limit 100.' },
    );
  }
  const provider = executionProviders.find((name) => name === values.provider);
  if (provider === undefined) {
    throw new FamiliarError(
      'argument',
      `Expected one of ${executionProviders.join(', ')} for --provider but received "${values.provider}".`,
      { remedy: 'Leave it out for the CPU.' },
    );
  }
  const isDefault = values.data === undefined && values.models === undefined && limit === null;
  return {
    help: values.help,
    json: values.json,
    limit,
    provider,
    data: resolve(values.data ?? join(root, '../shared/eval')),
    models: resolve(values.models ?? join(root, 'models')),
    write: values.write || (isDefault && !values.json),
  };
}

/** One line that is written over on a terminal, and one per tenth elsewhere. */
function showProgress(what: string, done: number, total: number): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${what} ${done}/${total}${done === total ? '\n' : ''}`);
  } else if (done === total) {
    process.stderr.write(`${what}: ${total}\n`);
  }
}

async function main(): Promise<void> {
  const options = parseOptions();
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  const models = await ModelSet.load({
    folder: options.models,
    provider: options.provider,
    threads: availableParallelism(),
    cacheFolder: join(root, '.cache', 'providers'),
    log: (message) => process.stderr.write(`${message}\n`),
    onFallback: () => undefined,
  });
  try {
    const { evaluation, cases } = await runEvaluation({
      dataFolder: options.data,
      models,
      limit: options.limit,
      onProgress: showProgress,
    });
    if (options.json) {
      process.stdout.write(`${JSON.stringify(evaluation, null, 2)}\n`);
    } else {
      const sheets = join(root, '.cache', 'evaluation');
      process.stdout.write(`${toText(toTables(evaluation))}\n`);
      const index = await writeContactSheets(new Eyes(models), cases, sheets);
      process.stdout.write(`\nContact sheets of the best and the worst cases: ${index}\n`);
    }
    if (options.write) {
      await writeFile(join(options.models, 'EVALUATION.md'), toMarkdown(evaluation, new Date()));
    }
  } finally {
    await models.dispose();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof FamiliarError)) {
    throw error;
  }
  process.stderr.write(`${error.message}\n${error.remedy}\n`);
  process.exitCode = 2;
}
