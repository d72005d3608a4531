import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Box } from '../../src/common/geometry.ts';
import { encodeJpeg } from '../../src/engine/imaging/encode.ts';
import { type FrameResult, matchFaces } from './detectionMeasures.ts';
import type { EvaluationPipeline } from './evaluationPipeline.ts';
import { fusedScores } from './measureIdentity.ts';
import { topResults } from './retrieval.ts';
import type { EvaluationCases } from './runEvaluation.ts';

/** Cases at either end, and results per query. */
const casesPerEnd = 24;
const resultsPerQuery = 8;
const thumbnailPx = 240;

const style = `
body { font: 14px system-ui, sans-serif; margin: 24px; background: #1d1f23; color: #ddd }
h2 { margin-top: 36px } a { color: #8bf }
.row { display: flex; gap: 8px; margin: 8px 0; flex-wrap: wrap; align-items: flex-end }
figure { margin: 0 } figcaption { font-size: 11px; color: #999 }
.frame { position: relative; display: inline-block; line-height: 0 }
.frame img { max-height: 180px }
.frame i { position: absolute; box-sizing: border-box; border: 2px solid }
.query img { outline: 3px solid #8bf } .right img { outline: 3px solid #5c5 } .wrong img { outline: 3px solid #d55 }
.results img { height: 112px }
.labelled { border-color: #fff; border-style: dashed } .hit { border-color: #5c5 } .miss { border-color: #d55 }
`;

function page(title: string, body: string): string {
  return `<!doctype html><meta charset="utf-8"><title>${title}</title><style>${style}</style><h1>${title}</h1>${body}`;
}

/** The picture as part of the page, so that a sheet can be moved and shown anywhere. */
async function picture(pipeline: EvaluationPipeline, path: string) {
  const { raster, width, height } = await pipeline.decode(path);
  const bytes = await encodeJpeg(raster, thumbnailPx);
  return {
    image: `<img alt="" src="data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}">`,
    width,
    height,
  };
}

const shortName = (path: string) => `${basename(dirname(path))}/${basename(path)}`;

async function frameFigure(
  pipeline: EvaluationPipeline,
  result: FrameResult & { readonly path: string },
): Promise<string> {
  const { image, width, height } = await picture(pipeline, result.path);
  const outline = (kind: string, { x, y, width: w, height: h }: Box) =>
    `<i class="${kind}" style="left:${(100 * x) / width}%;top:${(100 * y) / height}%;width:${(100 * w) / width}%;height:${(100 * h) / height}%"></i>`;
  const matches = matchFaces(result, 0.5);
  const boxes = [
    ...result.faces.map((face) => outline('labelled', face)),
    ...result.detections.map(({ box }, i) => outline(matches[i]?.hit ? 'hit' : 'miss', box)),
  ];
  const scores = result.detections.map(({ score }) => score.toFixed(2)).join(' ');
  return `<figure><span class="frame">${image}${boxes.join('')}</span><figcaption>${shortName(result.path)} ${scores}</figcaption></figure>`;
}

async function detectionSheet(
  pipeline: EvaluationPipeline,
  frames: readonly (FrameResult & { readonly path: string })[],
): Promise<string> {
  const threshold = pipeline.models.manifest.detector.scoreThreshold;
  const judged = frames.map((frame) => {
    const shown = {
      ...frame,
      detections: frame.detections.filter(({ score }) => score >= threshold),
    };
    const hits = matchFaces(shown, 0.5).filter(({ hit }) => hit).length;
    const mistakes = shown.detections.length - hits + (shown.faces.length - hits);
    return { shown, hits, mistakes };
  });
  const figures = async (chosen: typeof judged) =>
    `<div class="row">${(await Promise.all(chosen.map(({ shown }) => frameFigure(pipeline, shown)))).join('')}</div>`;
  const worst = judged.toSorted((a, b) => b.mistakes - a.mistakes).slice(0, casesPerEnd);
  const best = judged
    .filter(({ mistakes }) => mistakes === 0)
    .sort((a, b) => b.hits - a.hits)
    .slice(0, casesPerEnd);
  return (
    '<p>Dashed: labelled by people. Green: found and right. Red: found and wrong.</p>' +
    `<h2>Worst</h2>${await figures(worst)}<h2>Best</h2>${await figures(best)}`
  );
}

async function identitySheet(
  pipeline: EvaluationPipeline,
  set: EvaluationCases['sets'][number],
): Promise<string> {
  const weight = set.name.startsWith('whole') ? pipeline.models.manifest.fusion.defaultWeight : 1;
  const scores = fusedScores(set.pictures, weight);
  const figure = async (kind: string, index: number, caption: string) => {
    const path = set.pictures[index]?.picture.path ?? '';
    return `<figure class="${kind}">${(await picture(pipeline, path)).image}<figcaption>${caption} ${shortName(path)}</figcaption></figure>`;
  };
  const row = async ({ query, averagePrecision }: (typeof set.queries)[number]) => {
    const similarity = Float32Array.from(scores(query));
    const label = set.pictures[query]?.label;
    const figures = [
      figure('query', query, `AP ${averagePrecision.toFixed(2)}`),
      ...topResults(set.pictures, query, similarity, resultsPerQuery).map((i) =>
        figure(
          set.pictures[i]?.label === label ? 'right' : 'wrong',
          i,
          (similarity[i] as number).toFixed(2),
        ),
      ),
    ];
    return `<div class="row results">${(await Promise.all(figures)).join('')}</div>`;
  };
  const sorted = set.queries.toSorted((a, b) => a.averagePrecision - b.averagePrecision);
  const rows = async (chosen: typeof sorted) => (await Promise.all(chosen.map(row))).join('');
  return (
    '<p>Blue: what was asked. Green: the same character. Red: another one.</p>' +
    `<h2>Worst</h2>${await rows(sorted.slice(0, casesPerEnd))}` +
    `<h2>Best</h2>${await rows(sorted.slice(-casesPerEnd).reverse())}`
  );
}

/**
 * Writes pages of the best and the worst cases. They hold the labelled pictures, so the folder
 * must lie outside what is committed or published.
 *
 * @returns the path of the overview page.
 */
export async function writeContactSheets(
  pipeline: EvaluationPipeline,
  { frames, sets }: EvaluationCases,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const links: string[] = [];
  const write = async (title: string, body: string) => {
    const name = `${title.replaceAll('/', '-')}.html`;
    await writeFile(join(folder, name), page(title, body));
    links.push(`<li><a href="${name}">${title}</a></li>`);
  };
  for (const [split, results] of frames) {
    await write(`detection/${split}`, await detectionSheet(pipeline, results));
  }
  for (const set of sets) {
    await write(`identity/${set.name}`, await identitySheet(pipeline, set));
  }
  const index = join(folder, 'index.html');
  await writeFile(index, page('Best and worst cases', `<ul>${links.join('')}</ul>`));
  return index;
}
