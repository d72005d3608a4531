import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { likelihoodWords, printTable, search } from '../../src/cli/commands.ts';
import { openLibrary } from '../../src/cli/openLibrary.ts';
import { describeProgress, ProgressLine } from '../../src/cli/progressLine.ts';
import { likelihoodOf } from '../../src/common/likelihood.ts';
import type { Engine } from '../../src/engine/engine.ts';

/** A detection of at least this score is hardly ever wrong. */
const sureScore = 0.75;

export interface TerminalSearchOptions {
  /** Folder with images, absolute. */
  readonly folder: string;
  /** Where the library is kept; the command line's usual place when left out. */
  readonly storage?: string;
  /** HTML file to write the results to as pictures. */
  readonly page: string;
}

/**
 * Indexes a folder with a progress bar and shows one search as a table. Ctrl-C ends the process
 * after the images in work; what is finished is kept.
 */
export async function searchInTerminal(options: TerminalSearchOptions): Promise<void> {
  const { folder, storage, page } = options;
  const line = new ProgressLine();
  const engine = await openLibrary(
    { folder, ...(storage === undefined ? {} : { storage }) },
    { ...line.events, autoStart: true, watch: false },
  );
  const interrupt = () => void engine.close().then(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await engine.settled();
    line.end();
    process.stdout.write(`${describeProgress(engine.indexing.progress, false)}\n`);
    await showSearch(engine, folder, page);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await engine.close();
  }
}

async function showSearch(engine: Engine, folder: string, page: string): Promise<void> {
  const query = await pickQuery(engine, folder);
  if (query === undefined) {
    process.stdout.write('No clear face was found in any image of the folder.\n');
    return;
  }
  const answer = await search(engine, query, {});
  printTable(answer);
  await writeFile(page, contactSheet(answer));
  process.stdout.write(`Contact sheet: ${pathToFileURL(page).href}\n`);
}

/** A picture to ask about: the first one in which the detector is sure of a face. */
async function pickQuery(engine: Engine, folder: string): Promise<string | undefined> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((path) => /\.(png|jpe?g|webp)$/i.test(path)).sort()) {
    const path = join(folder, name);
    const { faces } = await engine.queries.open(
      { kind: 'path', path },
      new AbortController().signal,
    );
    if (faces.some(({ score }) => score >= sureScore)) {
      return path;
    }
  }
  return undefined;
}

function contactSheet(answer: Awaited<ReturnType<typeof search>>): string {
  const figure = (image: string, width: number, caption: string) =>
    `<figure><img src="${escapeHtml(pathToFileURL(image).href)}" width="${width}" alt=""><figcaption>${caption}</figcaption></figure>`;
  const results = answer.results.map((result) => {
    const same =
      result.probability === null ? '–' : likelihoodWords[likelihoodOf(result.probability)];
    const cosines = `face ${result.identityCosine?.toFixed(3) ?? '–'}, look ${result.lookCosine.toFixed(3)}`;
    return figure(
      result.path,
      200,
      `<b>${same}</b> ${cosines}<br>${escapeHtml(result.relativePath)}`,
    );
  });
  return `<!doctype html><meta charset="utf-8"><title>Familiar Faces</title>
<style>body{font:14px system-ui;margin:2rem;background:#fafafa}main{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:200px;background:#fff;padding:8px;border-radius:6px;overflow-wrap:anywhere}img{max-width:100%}</style>
<h1>Query: ${escapeHtml(answer.query.name)}, ${answer.query.faces.length} face(s)</h1>
${figure(answer.query.preview, 320, escapeHtml(answer.query.path ?? ''))}
<h2>Most similar</h2><main>${results.join('\n')}</main>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
