import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error: the tool reads its rules as JavaScript, without types.
import importRules from '../../../tools/importRules.mjs';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-rules-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes the files and returns the names of the rules that they break. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { forbidden, options } = importRules;
  const { output } = await cruise(['src'], {
    ...options,
    baseDir: folder,
    ruleSet: { forbidden },
    validate: true,
  } as Parameters<typeof cruise>[1]);
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name).sort();
}

describe('import rules', () => {
  it('allow a room what its line lists', async () => {
    const rules = await brokenRules({
      'src/common/a.ts': 'export const a = 1;',
      'src/protocol/b.ts': "import { a } from '../common/a.ts';\nexport const b = a;",
      'src/host/c.ts': "import { b } from '../protocol/b.ts';\nexport const c = b;",
    });
    expect(rules).toEqual([]);
  });

  it('fail when the host imports the engine', async () => {
    const rules = await brokenRules({
      'src/engine/search/a.ts': 'export const a = 1;',
      'src/host/b.ts': "import { a } from '../engine/search/a.ts';\nexport const b = a;",
    });
    expect(rules).toEqual(['imports of src/host/']);
  });

  it('fail when a room imports one to its right, for a type too', async () => {
    const rules = await brokenRules({
      'src/engine/search/a.ts': 'export interface A { a: 1 }',
      'src/engine/library/b.ts':
        "import type { A } from '../search/a.ts';\nexport const b: A = { a: 1 };",
    });
    expect(rules).toEqual(['imports of src/engine/library/']);
  });

  it('fail when a room of the engine or the command line imports a wire type', async () => {
    const user = "import type { A } from '../../protocol/a.ts';\nexport const b: A = { a: 1 };";
    const rules = await brokenRules({
      'src/protocol/a.ts': 'export interface A { a: 1 }',
      'src/engine/server/b.ts': user,
      'src/engine/search/b.ts': user,
      'src/cli/b.ts': user.replace('../../', '../'),
    });
    expect(rules).toEqual([
      'importer of the protocol',
      'importer of the protocol',
      'imports of src/cli/',
      'imports of src/engine/search/',
    ]);
  });

  it('fail when the engine imports vscode', async () => {
    const rules = await brokenRules({
      'src/engine/files/a.ts': "import * as vscode from 'vscode';\nexport const a = vscode;",
    });
    expect(rules).toContain('importer of vscode');
  });

  it('fail when two files import each other', async () => {
    const rules = await brokenRules({
      'src/common/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'src/common/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
    });
    expect(new Set(rules)).toEqual(new Set(['circular imports']));
  });
});
