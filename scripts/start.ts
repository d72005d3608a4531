// npm start [-- FOLDER]: draws the sample library (or takes the given folder), indexes it, and
// shows one search as a table and as a page of pictures.
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { printTable, search } from '../src/cli/commands.ts';
import { openLibrary } from '../src/cli/openLibrary.ts';
import { describeProgress, ProgressLine } from '../src/cli/progressLine.ts';
import { generateSample } from '../src/sample/generateSample.ts';
import { buildNative } from './native.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
/** A detection of at least this score is hardly ever wrong. */
const sureScore = 0.75;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

async function sampleLibrary(): Promise<string> {
  const folder = join(cache, 'sample');
  if (!existsSync(join(folder, 'ground-truth.json'))) {
    process.stdout.write('Drawing the sample library …\n');
    await generateSample({ folder, characters: 12, images: 120, seed: 1 });
  }
  return folder;
}

/** A picture to ask about: the first one in which the detector is sure of a face. */
async function pickQuery(folder: string, bestScore: (path: string) => Promise<number>) {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((path) => /\.(png|jpe?g|webp)$/i.test(path)).sort()) {
    const path = join(folder, name);
    if ((await bestScore(path)) >= sureScore) {
      return path;
    }
  }
  return undefined;
}

function contactSheet(answer: Awaited<ReturnType<typeof search>>): string {
  const figure = (image: string, width: number, caption: string) =>
    `<figure><img src="${escapeHtml(pathToFileURL(image).href)}" width="${width}" alt=""><figcaption>${caption}</figcaption></figure>`;
  const results = answer.results.map((result) => {
    const percent = result.probability === null ? '–' : `${Math.round(result.probability * 100)} %`;
    const cosines = `face ${result.identityCosine?.toFixed(3) ?? '–'}, look ${result.lookCosine.toFixed(3)}`;
    return figure(
      result.path,
      200,
      `<b>${percent}</b> ${cosines}<br>${escapeHtml(result.relativePath)}`,
    );
  });
  return `<!doctype html><meta charset="utf-8"><title>Familiar Faces</title>
<style>body{font:14px system-ui;margin:2rem;background:#fafafa}main{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:200px;background:#fff;padding:8px;border-radius:6px;overflow-wrap:anywhere}img{max-width:100%}</style>
<h1>Query: ${escapeHtml(answer.query.name)}, ${answer.query.faces.length} face(s)</h1>
${figure(answer.query.preview, 320, escapeHtml(answer.query.path ?? ''))}
<h2>Most similar</h2><main>${results.join('\n')}</main>`;
}

buildNative();
await mkdir(cache, { recursive: true });
const given = process.argv[2];
const folder = given === undefined ? await sampleLibrary() : resolve(given);
const line = new ProgressLine();
const engine = await openLibrary(
  { folder, ...(given === undefined ? { storage: join(cache, 'library') } : {}) },
  { notify: line.notify, autoStart: true, watch: false },
);
process.once('SIGINT', () => void engine.close().then(() => process.exit(130)));
await engine.settled();
line.end();
process.stdout.write(`${describeProgress(engine.progress(), false)}\n`);
const query = await pickQuery(folder, async (path) => {
  const { faces } = await engine.openQuery(
    { source: { kind: 'path', path } },
    new AbortController().signal,
  );
  return Math.max(0, ...faces.map(({ score }) => score));
});
if (query === undefined) {
  process.stdout.write('No clear face was found in any image of the folder.\n');
} else {
  const answer = await search(engine, query, {});
  printTable(answer);
  const page = join(cache, 'search.html');
  await writeFile(page, contactSheet(answer));
  process.stdout.write(`Contact sheet: ${pathToFileURL(page).href}\n`);
}
await engine.close();
process.exit(0);
