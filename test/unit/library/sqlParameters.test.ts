import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../../src/engine/', import.meta.url));

test('no statement has a numbered parameter, which node:sqlite of Node 22.17 cannot bind twice', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(100);
  const numbered = files.filter((file) =>
    /[\s(=,]\?\d/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(numbered).toEqual([]);
});
