import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTestModels } from '../unit/models/testModels.ts';
import { ask } from './support/answers.ts';
import { EngineProcess } from './support/engineProcess.ts';
import { writePictures } from './support/pictures.ts';

/** Each would act somewhere: in a spreadsheet, a shell, a link, a path or a terminal. */
const names = [
  '=HYPERLINK("x").png',
  '+1+1.png',
  '-1.png',
  '@SUM(A1).png',
  'a;=1+1.png',
  'a\t=1+1.png',
  '＝1+1.png',
  '\tcell.png',
  '$(touch ran) `touch ran`.png',
  'command:workbench.action.quit.png',
  '..%2f..%2fsecret.png',
  '\u202egnp.exe.png',
  '"quoted", and\r\nbroken.png',
];

let base: string;
let engine: EngineProcess;
const art = () => join(base, 'art');

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'names-'));
  const [first] = await writePictures(art(), { count: 4, seed: 3, redShare: 0.3 });
  for (const name of names) {
    await copyFile(join(art(), first as string), join(art(), name));
  }
  const models = await writeTestModels(join(base, 'models'));
  engine = await EngineProcess.start({ folder: art(), storage: join(base, 'library'), models });
  await engine.index();
});
afterAll(async () => {
  await engine.stop();
  await rm(base, { recursive: true });
});

it('names that would act somewhere are indexed and searched like any other', async () => {
  expect((await engine.request('stats', null)).files).toBe(names.length + 4);
  for (const name of names) {
    const { byLook } = await ask(engine, art(), name);
    expect(byLook.size).toBe(3);
  }
  expect((await readdir(base)).sort()).toEqual(['art', 'library', 'models']);
});

it('a spreadsheet sees no formula in an exported name', async () => {
  const path = join(base, 'map.csv');
  await engine.request('export', { format: 'csv', path });
  const text = await readFile(path, 'utf8');
  // Fields as a spreadsheet sees them that separates by any of comma, semicolon and tab.
  const starts = text
    .split(/(?:\r\n|[,;\t])(?=[^"]*(?:"[^"]*"[^"]*)*$)/)
    .map((field) => field.replace(/^"/, ''));
  expect(starts.length).toBeGreaterThan(names.length);
  for (const start of starts) {
    expect(start).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
  }
  await rm(path);
});
