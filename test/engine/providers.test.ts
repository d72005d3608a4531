import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Raster } from '../../src/common/raster.ts';
import { FaceDetector } from '../../src/engine/models/faceDetector.ts';
import { FallbackRunner } from '../../src/engine/models/fallbackRunner.ts';
import { InferencePool, type PoolOptions } from '../../src/engine/models/inferencePool.ts';
import { loadManifest } from '../../src/engine/models/manifest.ts';
import { ModelSet, type ModelSetOptions } from '../../src/engine/models/modelSet.ts';
import { compareProbe, probeBatch, runProbe } from '../../src/engine/models/probe.ts';
import type { ProviderReport } from '../../src/protocol/providerReport.ts';
import { buildDetector, buildEmbedder, writeTestModels } from '../unit/models/testModels.ts';
import { until } from './support/library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'familiar-providers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cpuPool: PoolOptions = {
  provider: 'cpu',
  host: 'thread',
  streams: 2,
  threadsPerStream: 1,
  batchSizes: { detector: 4, identity: 4, look: 4 },
  timeoutMs: null,
};

async function load(options: Partial<ModelSetOptions> = {}): Promise<ModelSet> {
  const models = await ModelSet.load({
    folder: join(folder, 'models'),
    provider: 'cpu',
    threads: 2,
    cacheFolder: join(folder, 'cache'),
    log: () => undefined,
    onFallback: () => undefined,
    ...options,
  });
  onTestFinished(() => models.dispose());
  return models;
}

/** Black, with one block of the given colour. */
function picture(side: number, block?: { x: number; y: number; side: number }): Raster {
  const data = new Uint8Array(side * side * 3);
  if (block !== undefined) {
    for (let y = block.y; y < block.y + block.side; y++) {
      for (let x = block.x; x < block.x + block.side; x++) {
        data[(y * side + x) * 3] = 255;
      }
    }
  }
  return { data, width: side, height: side };
}

describe('models that somebody brings', () => {
  it.each([
    ['[N, 5, A], any batch', buildDetector()],
    ['[N, A, 5]', buildDetector({ transposed: true })],
    ['batches of 1 only', buildDetector({ batch: 1 })],
  ])('finds the face that a detector of the form %s predicts', async (_, detector) => {
    await writeTestModels(join(folder, 'models'), { detector });
    const models = await load();
    // At 64 px this is the cell in column 4, row 2: box of 16 px around its centre.
    const rasters = [picture(64, { x: 32, y: 16, side: 8 }), picture(64)];
    const prepared = await Promise.all(rasters.map((one) => models.detector.prepare(one)));
    const [first, second] = await models.detector.detect(prepared);
    expect(first).toEqual([{ box: { x: 28, y: 12, width: 16, height: 16 }, score: 1 }]);
    expect(second).toEqual([]);
  });

  it('gives boxes in pixels of the picture, whatever its size', async () => {
    await writeTestModels(join(folder, 'models'));
    const models = await load();
    const raster = picture(256, { x: 120, y: 56, side: 48 });
    const [found] = await models.detector.detect([await models.detector.prepare(raster)]);
    expect(found?.[0]?.box).toEqual({ x: 112, y: 48, width: 64, height: 64 });
  });

  it('embeds in the colour order and layout of the manifest, as unit vectors', async () => {
    await writeTestModels(join(folder, 'models'));
    const models = await load();
    const red = picture(32, { x: 0, y: 0, side: 32 });
    const crop = await models.cropFace(red, { x: 8, y: 8, width: 16, height: 16 });
    const half = Math.SQRT1_2;
    expect([...((await models.identity.embed([crop]))[0] ?? [])]).toEqual(
      [half, 0, 0, half, 0, 0].map((value) => expect.closeTo(value, 5)),
    );
    const [look] = await models.look.embed([await models.fitLook(red)]);
    const third = Math.sqrt(1 / 3);
    expect([...(look ?? [])]).toEqual(
      [0, 0, third, 0, 0, third, 0, 0, third].map((value) => expect.closeTo(value, 5)),
    );
  });

  it('embeds many crops in their order', async () => {
    await writeTestModels(join(folder, 'models'));
    const models = await load();
    const crops = Array.from({ length: 11 }, (_, i) => ({
      data: new Uint8Array(16 * 16 * 3).map((_v, at) => [i * 20, 100, 0][at % 3] as number),
      width: 16,
      height: 16,
    }));
    const vectors = await models.identity.embed(crops);
    expect(vectors.map(([red, green]) => Math.round((100 * (red ?? 0)) / (green ?? 1)))).toEqual(
      crops.map((_, i) => i * 20),
    );
  });

  it('says which output does not have the dimension of the manifest', async () => {
    await writeTestModels(join(folder, 'models'), { identity: buildEmbedder(16, 8, 'crops') });
    const models = await load();
    await expect(models.identity.embed([picture(16)])).rejects.toMatchObject({
      code: 'model-output',
      message: expect.stringContaining('identity'),
    });
  });

  it('names the input that the model does not have', async () => {
    await writeTestModels(join(folder, 'models'), {
      edit: ({ detector }) => Object.assign(detector.input, { name: 'pixels' }),
    });
    await expect(load()).rejects.toMatchObject({
      code: 'model-manifest',
      message: expect.stringMatching(/"pixels".*images/),
    });
  });

  it('refuses a file that is no model', async () => {
    await writeTestModels(join(folder, 'models'), { look: new Uint8Array([1, 2, 3]) });
    await expect(load()).rejects.toMatchObject({ code: 'provider-failed' });
  });

  it('are closed in the middle of a run, which ends the run and nothing else', async () => {
    // The shipped detector: a run of eight such pictures takes a second.
    const models = fileURLToPath(new URL('../../models', import.meta.url));
    for (const waitMs of [0, 20, 200]) {
      const pool = await InferencePool.open(await loadManifest(models), cpuPool);
      const large = Array.from({ length: 8 }, () => picture(640));
      const running = pool.run('detector', large);
      const ended = expect(running).rejects.toMatchObject({ code: 'provider-failed' });
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await pool.close();
      await ended;
    }
  });

  it('ends waiting runs when they are cancelled', async () => {
    await writeTestModels(join(folder, 'models'));
    const models = await load();
    const cancelled = AbortSignal.abort();
    await expect(models.identity.embed([picture(16)], cancelled)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('an accelerator that fails in the middle of a run', () => {
  async function runnerOver(primary: InferencePool) {
    const reasons: string[] = [];
    const good = await loadManifest(await writeTestModels(join(folder, 'good')));
    const runner = new FallbackRunner({
      primary,
      openCpu: () => InferencePool.open(good, cpuPool),
      onFallback: (error) => reasons.push(error.message),
    });
    onTestFinished(() => runner.close());
    return { reasons, detector: new FaceDetector(runner, good.manifest.detector) };
  }
  const block = { x: 32, y: 16, side: 8 };

  it('gives the same faces from the CPU and reports once', async () => {
    const failing = await loadManifest(
      await writeTestModels(join(folder, 'failing'), {
        detector: buildDetector({ failsOnRed: true }),
      }),
    );
    const { reasons, detector } = await runnerOver(
      await InferencePool.open(failing, { ...cpuPool, streams: 1 }),
    );
    const before = await detector.detect([await detector.prepare(picture(64, block))]);
    expect(reasons).toEqual([]);
    const red = picture(64, { x: 0, y: 0, side: 64 });
    const prepared = await Promise.all(
      [red, picture(64, block), red].map((r) => detector.prepare(r)),
    );
    const [allRed, one] = await detector.detect(prepared);
    expect(one).toEqual(before[0]);
    expect(allRed?.length).toBeGreaterThan(10);
    expect(reasons).toHaveLength(1);
    await detector.detect(prepared);
    expect(reasons).toHaveLength(1);
  });

  it('survives the end of its process', async () => {
    const models = await loadManifest(await writeTestModels(join(folder, 'models')));
    const pool = await InferencePool.open(models, { ...cpuPool, host: 'process', streams: 1 });
    const { reasons, detector } = await runnerOver(pool);
    const prepared = await detector.prepare(picture(64, block));
    const expected = await detector.detect([prepared]);
    for (const pid of pool.processIds) {
      process.kill(pid, 'SIGKILL');
    }
    const lists = await Promise.all(Array.from({ length: 8 }, () => detector.detect([prepared])));
    expect(lists).toEqual(Array(8).fill(expected));
    expect(reasons).toEqual([expect.stringContaining('SIGKILL')]);
  });

  it('counts numbers that are not finite as a failure', async () => {
    const broken = await loadManifest(
      await writeTestModels(join(folder, 'broken'), {
        edit: ({ detector }) => Object.assign(detector.input, { std: [0, 0, 0] }),
      }),
    );
    const { reasons, detector } = await runnerOver(await InferencePool.open(broken, cpuPool));
    const [found] = await detector.detect([await detector.prepare(picture(64, block))]);
    expect(found).toHaveLength(1);
    expect(reasons).toEqual([expect.stringContaining('finite')]);
  });
});

describe('an inference host that ends', () => {
  it('costs the run in work and is replaced for the next', async () => {
    const models = await loadManifest(await writeTestModels(join(folder, 'models')));
    const pool = await InferencePool.open(models, { ...cpuPool, host: 'process', streams: 1 });
    onTestFinished(() => pool.close());
    const [pid] = pool.processIds;
    const lost = pool.run('identity', [picture(16)]);
    process.kill(pid as number, 'SIGKILL');
    await expect(lost).rejects.toMatchObject({ code: 'provider-failed' });
    expect((await pool.run('identity', [picture(16)])).shape).toEqual([1, 6]);
  });
});

describe('compareProbe', () => {
  it('accepts equal outputs and names what differs', async () => {
    const { manifest, ...rest } = await loadManifest(await writeTestModels(join(folder, 'models')));
    const pool = await InferencePool.open({ manifest, ...rest }, cpuPool);
    onTestFinished(() => pool.close());
    const reference = await runProbe(pool, probeBatch(manifest));
    expect(compareProbe(reference, reference, manifest)).toBeNull();
    const moved = { ...reference.detector, data: reference.detector.data.map((v) => v + 2) };
    expect(compareProbe(reference, { ...reference, detector: moved }, manifest)).toMatch(/boxes/);
    const turned = { ...reference.look, data: reference.look.data.map((v, i) => v * (i % 3)) };
    expect(compareProbe(reference, { ...reference, look: turned }, manifest)).toMatch(/look/);
  });
});

describe('the choice of a provider', () => {
  /** A machine without a graphics driver: the loader finds an empty list of drivers. */
  function withoutDriver() {
    vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent.json');
    vi.stubEnv('VK_DRIVER_FILES', '/nonexistent.json');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
  }

  it('ends on the CPU where no driver is installed, and says why', async () => {
    withoutDriver();
    await writeTestModels(join(folder, 'models'));
    const { report } = await load({ provider: 'webgpu' });
    expect(report.active).toBe('cpu');
    expect(report.probeImagesPerSecond).toBeGreaterThan(0);
    expect(report.refused).toEqual([
      { provider: 'webgpu', cause: 'failed', reason: expect.any(String) },
    ]);
  });

  it('refuses a provider that this platform does not have', async () => {
    await writeTestModels(join(folder, 'models'));
    const provider = process.platform === 'win32' ? 'coreml' : 'directml';
    const { report } = await load({ provider });
    expect(report).toMatchObject({
      active: 'cpu',
      refused: [{ provider, cause: 'absent', reason: expect.stringContaining(process.platform) }],
    });
  });

  it('tries what did not end once more, and then no more until models or machine change', async () => {
    withoutDriver();
    await writeTestModels(join(folder, 'models'));
    await load({ provider: 'webgpu' });
    const path = join(folder, 'cache', 'providers.json');
    const results = JSON.parse(await readFile(path, 'utf8'));
    const loadAfter = async (attempts: number, key = results.key) => {
      const outcomes = { webgpu: { state: 'probing', attempts } };
      await writeFile(path, JSON.stringify({ ...results, key, outcomes }));
      const { report } = await load({ provider: 'webgpu' });
      return report.refused[0];
    };
    // The window was closed during the first one, perhaps.
    expect(await loadAfter(1)).toMatchObject({ cause: 'failed' });
    expect(await loadAfter(2)).toMatchObject({
      cause: 'unfinished',
      reason: expect.stringContaining('did not end'),
    });
    expect(await loadAfter(2, 'another machine')).toMatchObject({ cause: 'failed' });
  });

  it('holds nothing against a provider whose probe was ended with the models', async () => {
    withoutDriver();
    await writeTestModels(join(folder, 'models'));
    const path = join(folder, 'cache', 'providers.json');
    const abort = new AbortController();
    const loading = load({ provider: 'webgpu', signal: abort.signal });
    const ended = expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => existsSync(path));
    expect(await readFile(path, 'utf8')).toContain('probing');
    abort.abort();
    expect(await readFile(path, 'utf8')).not.toContain('webgpu');
    await ended;
    expect(await readFile(path, 'utf8')).not.toContain('webgpu');
  });

  it('works on a disk that cannot be written, and is made anew in the next process', async () => {
    withoutDriver();
    await writeTestModels(join(folder, 'models'));
    await writeFile(join(folder, 'file'), '');
    const { report } = await load({ provider: 'webgpu', cacheFolder: join(folder, 'file') });
    expect(report).toMatchObject({ active: 'cpu', refused: [{ cause: 'failed' }] });
    expect(report.probeImagesPerSecond).toBeGreaterThan(0);
  });

  it('probes anew where the stored outcomes are damaged', async () => {
    await writeTestModels(join(folder, 'models'));
    await load();
    await writeFile(join(folder, 'cache', 'providers.json'), '{');
    expect((await load()).report.probeImagesPerSecond).toBeGreaterThan(0);
  });
});

const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const vulkanLoader = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';
const missing = [softwareDriver, vulkanLoader].filter((path) => !existsSync(path));
if (missing.length > 0) {
  console.warn(`The WebGPU provider is not tested: ${missing.join(' and ')} not installed.`);
}

describe.skipIf(missing.length > 0)('WebGPU on a software Vulkan driver', () => {
  beforeEach(async () => {
    vi.stubEnv('VK_ICD_FILENAMES', softwareDriver);
    vi.stubEnv('VK_DRIVER_FILES', softwareDriver);
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    await writeTestModels(join(folder, 'models'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is used when asked for, agrees with the CPU, and is not probed twice', async () => {
    const cpu = await load();
    const gpu = await load({ provider: 'webgpu' });
    expect(gpu.report).toMatchObject({ active: 'webgpu', refused: [] });
    const raster = picture(256, { x: 120, y: 56, side: 48 });
    const [byCpu, byGpu] = await Promise.all(
      [cpu, gpu].map(async ({ detector }) =>
        detector.detect(Array(5).fill(await detector.prepare(raster))),
      ),
    );
    expect(byGpu).toEqual(byCpu);
    const path = join(folder, 'cache', 'providers.json');
    const stored = await readFile(path, 'utf8');
    expect((await load({ provider: 'webgpu' })).report).toEqual(gpu.report);
    expect(await readFile(path, 'utf8')).toBe(stored);
  });

  it('gives way to the CPU when its process dies', async () => {
    const reports: ProviderReport[] = [];
    const models = await loadManifest(join(folder, 'models'));
    const gpu = await InferencePool.open(models, {
      ...cpuPool,
      provider: 'webgpu',
      host: 'process',
      streams: 1,
    });
    const runner = new FallbackRunner({
      primary: gpu,
      openCpu: () => InferencePool.open(models, cpuPool),
      onFallback: (error) =>
        reports.push({
          active: 'cpu',
          probeImagesPerSecond: null,
          refused: [{ provider: 'webgpu', cause: 'failed', reason: error.message }],
        }),
    });
    onTestFinished(() => runner.close());
    const before = await runner.run('look', [picture(24)]);
    process.kill(gpu.processIds[0] as number, 'SIGKILL');
    expect((await runner.run('look', [picture(24)])).data).toEqual(before.data);
    expect(reports).toHaveLength(1);
  });
});
