import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadManifest, modelRevision } from '../../../src/engine/models/manifest.ts';
import { type ManifestInput, writeTestModels } from './testModels.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'familiar-manifest-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (edit?: (manifest: ManifestInput) => void) =>
  writeTestModels(folder, edit === undefined ? {} : { edit });

describe('loadManifest', () => {
  it('gives the manifest with its defaults and the paths of the models', async () => {
    const { manifest, files } = await loadManifest(await write());
    expect(manifest.detector.input).toMatchObject({ dynamicSize: false, sizeMultiple: 32 });
    expect(manifest.detector.output.classes).toBe(1);
    expect(files.identity).toBe(join(folder, 'identity.onnx'));
  });

  it('names the folder that has no manifest', async () => {
    await expect(loadManifest(folder)).rejects.toMatchObject({
      code: 'model-manifest',
      message: expect.stringContaining(folder),
    });
  });

  it('refuses what is not JSON', async () => {
    await writeFile(join(await write(), 'manifest.json'), '{"schema": 1,');
    await expect(loadManifest(folder)).rejects.toMatchObject({ code: 'model-manifest' });
  });

  it('names the field that is wrong', async () => {
    await write((manifest) => {
      manifest.detector.scoreThreshold = 40;
    });
    await expect(loadManifest(folder)).rejects.toMatchObject({
      code: 'model-manifest',
      message: expect.stringContaining('detector.scoreThreshold'),
    });
  });

  it('refuses a field that it does not know, which may be a misspelt one', async () => {
    await write((manifest) => Object.assign(manifest.identity, { colorOrder: 'BGR' }));
    await expect(loadManifest(folder)).rejects.toMatchObject({
      message: expect.stringContaining('colorOrder'),
    });
  });

  it('refuses head crops that are not square', async () => {
    await write((manifest) => {
      manifest.identity.input.height = 8;
    });
    await expect(loadManifest(folder)).rejects.toMatchObject({ code: 'model-manifest' });
  });

  it.each(['../look.onnx', '/etc/hostname', 'sub/../../look.onnx'])(
    'refuses the path %s, which leaves the folder',
    async (file) => {
      await write((manifest) => {
        manifest.look.file = file;
      });
      await expect(loadManifest(folder)).rejects.toMatchObject({ code: 'model-manifest' });
    },
  );

  it('refuses a link that leads out of the folder', async () => {
    await write();
    const outside = `${folder}-outside.onnx`;
    await rename(join(folder, 'look.onnx'), outside);
    try {
      await symlink(outside, join(folder, 'look.onnx'));
      await expect(loadManifest(folder)).rejects.toMatchObject({
        code: 'model-manifest',
        message: expect.stringContaining('links to'),
      });
    } finally {
      await rm(outside);
    }
  });

  it('says which model is missing', async () => {
    await rm(join(await write(), 'identity.onnx'));
    await expect(loadManifest(folder)).rejects.toMatchObject({
      code: 'model-file',
      message: expect.stringContaining('identity.onnx'),
    });
  });

  it('refuses a model whose content is not the one described', async () => {
    await writeFile(join(await write(), 'detector.onnx'), 'damaged');
    await expect(loadManifest(folder)).rejects.toMatchObject({
      code: 'model-file',
      message: expect.stringContaining('SHA-256'),
      remedy: expect.any(String),
    });
  });
});

/** A detector of dynamic size that looks at each face once more. */
function withRefinement(detector: ManifestInput['detector'], scoreShare: number, sizePx = 32) {
  Object.assign(detector.input, { dynamicSize: true, sizeMultiple: 16 });
  Object.assign(detector, { refinement: { viewSides: 3, sizePx, scoreShare } });
}

describe('a closer look', () => {
  it('is read', async () => {
    const folder = await write(({ detector }) => withRefinement(detector, 0.2));
    const { manifest } = await loadManifest(folder);
    expect(manifest.detector.refinement).toEqual({ viewSides: 3, sizePx: 32, scoreShare: 0.2 });
  });

  it.each<[string, (manifest: ManifestInput) => void]>([
    ['a view that is no multiple', ({ detector }) => withRefinement(detector, 0.2, 40)],
    [
      'a model of one size',
      ({ detector }) => {
        withRefinement(detector, 0.2);
        Object.assign(detector.input, { dynamicSize: false });
      },
    ],
    ['nothing left of the first score', ({ detector }) => withRefinement(detector, 1)],
  ])('is refused with %s', async (_, edit) => {
    await expect(loadManifest(await write(edit))).rejects.toMatchObject({
      code: 'model-manifest',
      message: expect.stringContaining('detector'),
    });
  });
});

/** The identity model of the tests has as many numbers as its manifest says. */
function withRescoring(manifest: ManifestInput, extra = 0) {
  const weights = Array<number>(manifest.identity.output.dimension + extra).fill(0.5);
  manifest.rescoring = { weights, bias: -0.1, candidateScore: 0.3 };
}

describe('a rescoring', () => {
  it('is read', async () => {
    const { manifest } = await loadManifest(await write(withRescoring));
    expect(manifest.rescoring?.candidateScore).toBe(0.3);
  });

  it('is refused where it does not fit the identity vectors', async () => {
    const folder = await write((manifest) => withRescoring(manifest, 1));
    await expect(loadManifest(folder)).rejects.toMatchObject({
      code: 'model-manifest',
      message: expect.stringContaining('as many weights'),
    });
  });
});

describe('modelRevision', () => {
  const revision = async (edit?: (manifest: ManifestInput) => void) =>
    modelRevision((await loadManifest(await write(edit))).manifest);

  it.each<[string, (manifest: ManifestInput) => void]>([
    ['the score threshold', ({ detector }) => Object.assign(detector, { scoreThreshold: 0.61 })],
    ['the suppression', ({ detector }) => Object.assign(detector, { nmsIou: 0.4 })],
    ['a closer look', ({ detector }) => withRefinement(detector, 0.2)],
    ['a rescoring', withRescoring],
    ['the colour order', ({ look }) => Object.assign(look.input, { colourOrder: 'RGB' })],
    ['the normalisation', ({ identity }) => Object.assign(identity.input, { mean: [1, 0, 0] })],
    ['the head crop', ({ identity }) => Object.assign(identity.crop, { scale: 1.5 })],
    ['the fit', ({ look }) => Object.assign(look.input, { fit: 'letterbox' })],
  ])('changes with %s', async (_, edit) => {
    expect(await revision(edit)).not.toBe(await revision());
  });

  it('stays when only what does not decide vectors changes', async () => {
    const edited = await revision((manifest) => {
      manifest.detector.licence = 'Apache-2.0';
      manifest.fusion.defaultWeight = 0.1;
      manifest.calibration.threshold = 0.3;
    });
    expect(edited).toBe(await revision());
  });
});
