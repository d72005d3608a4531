import { resolve } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import type { ListedDecision } from '../engine/library/decisionList.ts';
import { wrongArgument } from './arguments.ts';
import { exitCodes, withLibrary } from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';
import { print, printable, printJson } from './terminal.ts';

const actions = ['list', 'export', 'import', 'undo', 'redo'] as const;

export interface DecisionFlags extends LibraryFlags {
  readonly json?: boolean;
}

/**
 * `decisions list`, `decisions export FILE`, `decisions import FILE`, `decisions undo ID`,
 * `decisions redo ID`: what people decided about faces.
 */
export function decisions(
  name: string,
  subject: string | undefined,
  flags: DecisionFlags,
): Promise<number> {
  const action = actions.find((known) => known === name);
  if (action === undefined) {
    throw wrongArgument(
      `Expected "decisions" with one of ${actions.join(', ')}, but received ${name}.`,
    );
  }
  if (action !== 'list' && subject === undefined) {
    const what = action === 'undo' || action === 'redo' ? 'the id of a decision' : 'a file';
    throw wrongArgument(`Expected ${what} after "decisions ${action}".`);
  }
  return withLibrary(flags, { autoStart: false, watch: false }, (engine) =>
    act(engine, action, subject ?? '', flags),
  );
}

async function act(
  engine: Engine,
  action: (typeof actions)[number],
  subject: string,
  flags: DecisionFlags,
): Promise<number> {
  switch (action) {
    case 'list':
      return list(engine, flags);
    case 'export': {
      const count = await engine.decisions.export(resolve(subject));
      print(`${count} decisions`);
      return count === 0 ? exitCodes.nothingToDo : exitCodes.done;
    }
    case 'import': {
      const { made, known, waiting } = await engine.decisions.import(resolve(subject));
      await engine.settled();
      print(`${made} decisions imported, ${known} known, ${waiting} wait for their pictures`);
      return exitCodes.done;
    }
    case 'undo':
      engine.decisions.undo([subject]);
      return exitCodes.done;
    case 'redo':
      engine.decisions.redo([subject]);
      await engine.settled();
      return exitCodes.done;
  }
}

function list(engine: Engine, { json = false }: DecisionFlags): number {
  const all = engine.decisions.list();
  if (json) {
    printJson(all);
  } else {
    for (const decision of all) {
      print(describe(decision));
    }
  }
  return all.length === 0 ? exitCodes.nothingToDo : exitCodes.done;
}

function describe({ id, kind, madeMs, faces }: ListedDecision): string {
  const pictures = faces.map(({ place }) => printable(place?.relativePath ?? '(away)'));
  return [id, new Date(madeMs).toISOString(), kind, ...pictures].join('  ');
}
