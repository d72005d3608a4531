// Files made from sources, beside each a stamp of everything that decides what it is.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const stampOf = (file: string) => `${file}.stamp`;

/** Whether the file is there, made from what the stamp stands for. */
export function isBuilt(file: string, stamp: string): boolean {
  return (
    existsSync(file) && existsSync(stampOf(file)) && readFileSync(stampOf(file), 'utf8') === stamp
  );
}

/** Puts what was made under another name in the file's place. */
export function putBuilt(made: string, file: string, stamp: string): void {
  renameSync(made, file);
  writeFileSync(stampOf(file), stamp);
}
