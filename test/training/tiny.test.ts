import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '../../src/common/raster.ts';
import { dot } from '../../src/common/vector.ts';
import { decodeImage } from '../../src/engine/imaging/decodeImage.ts';
import { renderSvg } from '../../src/engine/imaging/encode.ts';
import type { Manifest } from '../../src/engine/models/manifest.ts';
import { ModelSet } from '../../src/engine/models/modelSet.ts';
import { findMissingTraining, trainingPython } from '../../tools/scripts/trainingTools.ts';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const training = fileURLToPath(new URL('../../tools/training', import.meta.url));
const run = promisify(execFile);
const reason = findMissingTraining();
const name = reason === null ? 'training' : `training (skipped: ${reason})`;

let work: string;

// Compiled modules would be left in the source folders.
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

/** @returns what the script printed */
async function python(script: string, ...args: string[]): Promise<string> {
  const path = join(training, script);
  const { stdout } = await run(trainingPython, ['-W', 'ignore', path, ...args], { env });
  return stdout;
}

async function largestDifference(model: string, probe: string): Promise<number> {
  const script = join(training, 'identity', 'check_onnx.mjs');
  const { stdout } = await run(process.execPath, [script, join(work, model), join(work, probe)]);
  return JSON.parse(stdout).largestDifference;
}

/** The shipped manifest around the models that were just trained. */
async function writeModels(files: Record<'detector' | 'identity' | 'look', string>) {
  const folder = join(work, 'models');
  await mkdir(folder);
  const manifest: Manifest = JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8'));
  for (const role of ['detector', 'identity', 'look'] as const) {
    const bytes = await readFile(join(work, files[role]));
    await cp(join(work, files[role]), join(folder, manifest[role].file));
    manifest[role].sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

function plain(side: number, colour: readonly [number, number, number]): Raster {
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => colour[i % 3] as number);
  return { data, width: side, height: side };
}

/** Share of the pixels in a box, [left, top, width, height], that are nearer to black than to white. */
function darkShare(raster: Raster, box: readonly [number, number, number, number]): number {
  const [left, top, width, height] = box.map(Math.round) as [number, number, number, number];
  let dark = 0;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      dark += (raster.data[3 * (y * raster.width + x)] as number) < 128 ? 1 : 0;
    }
  }
  return dark / (width * height);
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'familiar-training-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.skipIf(reason !== null)(name, () => {
  it('trains an identity embedding and exports what torch computes', async () => {
    const folder = join(work, 'identity');
    const printed = await python('identity/train.py', '--tiny', '--out', folder);
    expect(printed).toMatch(/6\/6 loss \d+\.\d+/);
    // What `--split` holds out is measured.
    expect(printed).toMatch(/flip +pooled \d+\.\d\/\d+\.\d/);
    await python(
      'identity/export.py',
      ...['--backbone', join(folder, 'backbone.json'), '--weights', join(folder, 'average.pt')],
      ...['--onnx', join(work, 'identity.onnx'), '--probe', join(work, 'identity-probe')],
    );
    expect(await largestDifference('identity.onnx', 'identity-probe')).toBeLessThan(1e-4);
  });

  it('trains the same identity embedding again from the same seed', async () => {
    const again = join(work, 'again');
    await python('identity/train.py', '--tiny', '--out', again);
    const [first, second] = await Promise.all(
      [join(work, 'identity'), again].map((folder) => readFile(join(folder, 'held-out.json'))),
    );
    expect(second).toEqual(first);
  });

  it('averages runs into weights of the same kind', async () => {
    const folder = join(work, 'identity');
    const mean = join(work, 'mean.pt');
    // The mean of two equal runs is either of them.
    const runs = [folder, join(work, 'again')].map((run) => join(run, 'average.pt'));
    await python('common/average.py', ...runs, '--out', mean);
    await python(
      'identity/export.py',
      ...['--backbone', join(folder, 'backbone.json'), '--weights', mean],
      ...['--onnx', join(work, 'mean.onnx'), '--probe', join(work, 'mean-probe')],
    );
    expect(await largestDifference('mean.onnx', 'identity-probe')).toBeLessThan(1e-4);
  });

  it('trains on from the file that it exported', async () => {
    const folder = join(work, 'identity');
    const backbone = ['--backbone', join(folder, 'backbone.json')];
    const weights = join(work, 'restored-identity.pt');
    await python(
      'identity/restore.py',
      ...[...backbone, '--onnx', join(work, 'identity.onnx'), '--out', weights],
    );
    await python(
      'identity/export.py',
      ...[...backbone, '--weights', weights],
      ...['--onnx', join(work, 'restored.onnx'), '--probe', join(work, 'restored-probe')],
    );
    expect(await largestDifference('restored.onnx', 'identity-probe')).toBeLessThan(1e-4);
  });

  it('measures and calibrates on whole sets that a training left out, and finishes what it began', async () => {
    const folder = join(work, 'identity');
    const [runs, figures] = [join(work, 'runs'), join(work, 'left-out.json')];
    const weights = join(folder, 'average.pt');
    const measure = () =>
      python(
        'identity/leave_one_set_out.py',
        ...['--cache', folder, '--backbone', join(folder, 'backbone.json'), '--runs', runs],
        ...['--before', weights, '--start', weights, '--steps', '3'],
        ...['--folds', 'feh', 'card_heads,game_icons', '--out', figures],
      );
    expect(await measure()).toMatch(/3\/3 loss/);
    const first = await readFile(figures, 'utf8');
    const { sets, mean } = JSON.parse(first);
    expect(Object.keys(sets)).toEqual(['feh', 'card_heads', 'game_icons']);
    expect(sets.feh.after.mirrored).toBeGreaterThan(0.9 * sets.feh.after.mAP);
    // The weights before have seen the sets of the splits.
    expect(sets.card_heads.before).toBeUndefined();
    expect(mean.before.mAP).toBe(sets.feh.before.mAP);
    expect(await measure()).not.toMatch(/loss/);
    expect(await readFile(figures, 'utf8')).toBe(first);
    const calibration = join(work, 'calibration-of-sets.json');
    await python(
      'identity/calibrate_sets.py',
      ...['--cache', folder, '--runs', runs, '--out', calibration],
    );
    expect(JSON.parse(await readFile(calibration, 'utf8')).slope).toBeGreaterThan(0);
  });

  it('fits a look embedding and exports what torch computes', async () => {
    const probe = join(work, 'look-probe');
    const onnx = join(work, 'look.onnx');
    await python(
      'look/fit_look.py',
      '--tiny',
      join(work, 'look'),
      '--onnx',
      onnx,
      '--probe',
      probe,
    );
    expect(await largestDifference('look.onnx', 'look-probe')).toBeLessThan(1e-4);
  });

  it('trains a detector', async () => {
    await python('detector/train.py', '--tiny', '--out', join(work, 'detector.pt'));
    const onnx = join(work, 'detector.onnx');
    await python('detector/export.py', '--weights', join(work, 'detector.pt'), '--out', onnx);
    const script = join(training, 'detector', 'check_onnx.mjs');
    await run(process.execPath, [script, onnx]);
  });

  it('trains a detector on from the file that it exported', async () => {
    const [onnx, again] = [join(work, 'detector.onnx'), join(work, 'again.onnx')];
    const weights = join(work, 'restored.pt');
    await python('detector/restore.py', '--onnx', onnx, '--out', weights);
    await python('detector/export.py', '--weights', weights, '--out', again);
    expect(Buffer.compare(await readFile(again), await readFile(onnx))).toBe(0);
  });

  it('trains on packed material, with what a trained detector added to it', async () => {
    const [material, packed, taught] = ['material', 'packed', 'taught'].map((file) =>
      join(work, `${file}.pkl`),
    ) as [string, string, string];
    const none = join(work, 'none.json');
    await writeFile(none, '[]');
    const lists = ['--labels', none, '--held', none];
    await python('detector/tiny.py', '--out', material);
    await python('detector/pack.py', '--bare', '--material', material, ...lists, '--out', packed);
    const weights = join(work, 'detector.pt');
    const added = await python(
      'detector/selfLabel.py',
      ...['--weights', weights, '--material', packed, ...lists, '--out', taught],
    );
    // Every head of the material keeps one box, the net's own or the constant one.
    expect(added).toContain("'heads': 8");
    const printed = await python(
      'detector/train.py',
      ...['--tiny', '--material', packed, '--taught', taught, '--start', weights, '--selfLabel'],
      ...['--out', join(work, 'packed.pt')],
    );
    expect(printed).toContain('labelled (1, 1)');
  });

  it('draws closer looks, in which the face is as large as the engine shows it', async () => {
    const draw = `
from samples import CLOSER_SIDE, NOTHING, Composer
from tiny import tinyMaterial
material = tinyMaterial(1)
scenes = [(picture, box[None], NOTHING) for picture, box in material["heads"]]
composer = Composer(material | {"labelled": scenes, "own": [], "hard": []}, 1)
for _ in range(64):
    picture, boxes, _ = composer.closer("labelled", CLOSER_SIDE)
    assert picture.shape == (CLOSER_SIDE, CLOSER_SIDE, 3) and len(boxes) == 1
    print(max(boxes[0][2:] - boxes[0][:2]) / CLOSER_SIDE)`;
    const cwd = join(training, 'detector');
    const { stdout } = await run(trainingPython, ['-c', draw], { cwd, env });
    const shares = stdout.trim().split('\n').map(Number);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const manifest: Manifest = JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8'));
    const sides = manifest.detector.refinement?.viewSides ?? Number.NaN;
    expect(mean * sides).toBeGreaterThan(0.9);
    expect(mean * sides).toBeLessThan(1.1);
  });

  it('shows labelled frames in harder ways, with their boxes where the faces are', async () => {
    const [frames, out] = [join(work, 'frames'), join(work, 'hard')];
    const [width, height] = [200, 160];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
      <rect width="200" height="160" fill="#ddd"/><ellipse cx="65" cy="80" rx="25" ry="20"/></svg>`;
    await mkdir(frames);
    await writeFile(
      join(frames, 'one.png'),
      await renderSvg(svg, { width, height, format: 'png' }),
    );
    const labels = join(work, 'frames.json');
    const labelled = { file: 'one.png', width, height, boxes: [[40, 60, 50, 40]] };
    await writeFile(labels, JSON.stringify([labelled]));
    await python('detector/hardViews.py', '--frames', frames, '--labels', labels, '--out', out);
    for (const view of ['grey', 'screentone', 'tilted', 'surrounded', 'pages', 'crowds']) {
      const folder = join(out, 'detection', view);
      const [entry] = JSON.parse(await readFile(`${folder}.json`, 'utf8'));
      const bytes = await readFile(join(folder, entry.file));
      const { raster } = await decodeImage(bytes, { maxPixels: 1e8 });
      // An ellipse fills 0.785 of its box.
      const share = darkShare(raster, entry.boxes[0]);
      expect(share, view).toBeGreaterThan(0.65);
      expect(share, view).toBeLessThan(0.87);
    }
  });

  it('lays out scenes for rescoring, with their boxes where the faces are', async () => {
    const [material, labels, out] = [
      join(work, 'tiny.pkl'),
      join(work, 'none.json'),
      join(work, 'scenes'),
    ];
    await python('detector/tiny.py', '--out', material);
    await writeFile(labels, '[]');
    await python(
      'rescoring/scenes.py',
      ...['--material', material, '--labels', labels, '--held', labels, '--out', out],
    );
    for (const split of ['frames', 'heads', 'sprites']) {
      const [entry] = JSON.parse(await readFile(join(out, 'detection', `${split}.json`), 'utf8'));
      const bytes = await readFile(join(out, 'detection', split, entry.file));
      const { raster } = await decodeImage(bytes, { maxPixels: 1e8 });
      // The skin of the disc that stands for a face.
      const [left, top, width, height] = entry.boxes[0].map(Math.round);
      const at =
        3 * ((top + Math.round(0.8 * height)) * raster.width + left + Math.round(width / 2));
      expect([...raster.data.slice(at, at + 3)], split).toEqual([230, 190, 160]);
    }
    const gather = join(training, 'rescoring', 'gather.ts');
    await run(process.execPath, [gather, out, join(work, 'boxes')]);
    const boxes = JSON.parse(await readFile(join(work, 'boxes', 'boxes.json'), 'utf8'));
    const vectors = await readFile(join(work, 'boxes', 'vectors.f32'));
    expect(vectors.byteLength).toBe(4 * 256 * boxes.length);
  });

  it('fits the rescoring that tells faces from the rest by their vectors', async () => {
    const folder = join(work, 'fitted');
    await mkdir(folder);
    const boxes = Array.from({ length: 400 }, (_, i) => ({
      split: 'frames',
      path: `detection/frames/${i}.png`,
      score: 0.5,
      overlap: i % 2 === 0 ? 0.8 : 0,
    }));
    // Only the first of three numbers tells, and not always.
    const numbers = boxes.flatMap(({ overlap }, i) => [
      (overlap > 0 ? 0.6 : -0.6) * (i % 10 === 0 ? -1 : 1),
      Math.sin(i),
      Math.cos(3 * i),
    ]);
    await writeFile(join(folder, 'boxes.json'), JSON.stringify(boxes));
    await writeFile(join(folder, 'vectors.f32'), Float32Array.from(numbers));
    const block = join(folder, 'block.json');
    await python(
      'rescoring/fit.py',
      ...['--boxes', folder, '--share', '0.5', '--candidateScore', '0.3'],
      ...['--out', join(folder, 'results', 'fit.json'), '--block', block],
    );
    const { rescoring } = JSON.parse(await readFile(block, 'utf8'));
    const [telling, ...others] = rescoring.weights;
    expect(telling).toBeGreaterThan(0.5);
    expect(Math.max(...others.map(Math.abs))).toBeLessThan(0.1 * telling);
    expect(rescoring.candidateScore).toBe(0.3);
    const { auc } = JSON.parse(await readFile(join(folder, 'results', 'fit.json'), 'utf8'));
    expect(auc).toBeGreaterThan(0.85);
  });

  it('makes models that the engine runs behind the shipped manifest', async () => {
    const folder = await writeModels({
      detector: 'detector.onnx',
      identity: 'identity.onnx',
      look: 'look.onnx',
    });
    const set = await ModelSet.load({
      folder,
      provider: 'cpu',
      threads: 1,
      cacheFolder: join(work, 'providers'),
      log: () => undefined,
      onFallback: () => undefined,
    });
    try {
      const { width: side } = set.manifest.identity.input;
      const [red, alsoRed, blue] = await set.identity.embed([
        plain(side, [220, 40, 40]),
        plain(side, [205, 45, 50]),
        plain(side, [40, 40, 220]),
      ]);
      expect(red).toHaveLength(256);
      expect(dot(red as Float32Array, alsoRed as Float32Array)).toBeGreaterThan(
        dot(red as Float32Array, blue as Float32Array),
      );
      const [look] = await set.look.embed([await set.fitLook(plain(300, [90, 160, 60]))]);
      expect(look).toHaveLength(224);
      const picture = await set.detector.prepare(plain(320, [90, 160, 60]));
      expect(await set.detector.detect([picture])).toHaveLength(1);
    } finally {
      await set.dispose();
    }
  });
});
