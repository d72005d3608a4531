import type { DuplicateGroup } from '../engine/duplicates/duplicateGroups.ts';
import { exitCodes, requireIndexed, withLibrary } from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';
import { print, printable, printJson } from './terminal.ts';

/** `duplicates`: groups of files that show one picture, and which of them is the best. */
export function duplicates(flags: LibraryFlags & { json?: boolean }): Promise<number> {
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    const groups = await engine.duplicates.find(new AbortController().signal);
    if (flags.json === true) {
      printJson(groups);
    } else {
      printGroups(groups);
    }
    return exitCodes.done;
  });
}

const kinds = {
  identical: 'Identical files',
  same: 'Same picture, another size, format or compression',
  edited: 'Edited',
} as const;

const reasons = {
  pixels: 'most pixels',
  format: 'lossless format',
  bytes: 'least compressed',
  path: 'plainest path',
} as const;

function printGroups(groups: readonly DuplicateGroup[]): void {
  for (const { kind, files, reason, score } of groups) {
    print(`${kinds[kind]} (${score.toFixed(3)})`);
    for (const { best, edits, width, height, bytes, relativePath } of files) {
      const note = best ? `best: ${reasons[reason]}` : edits.join(', ');
      const size = `${width}×${height}`.padStart(11);
      const kib = `${Math.ceil(bytes / 1024)} KiB`.padStart(9);
      print(`  ${size} ${kib}  ${printable(relativePath)}${note === '' ? '' : ` (${note})`}`);
    }
  }
  const spare = groups.reduce((sum, { files }) => sum + files.length - 1, 0);
  print(`${spare} spare files in ${groups.length} groups`);
}
