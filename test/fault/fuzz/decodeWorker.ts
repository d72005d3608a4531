// Decodes mutants one after another and says which one it is at, so that its death names it.
import { FamiliarError } from '../../../src/common/failure.ts';
import { defaultSettings } from '../../../src/common/settings.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { mutate } from './mutate.ts';
import { createSeedFiles } from './seedFiles.ts';

export interface Task {
  readonly seed: number;
  readonly numbers: readonly number[];
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begin'; readonly number: number }
  | {
      readonly kind: 'end';
      readonly number: number;
      readonly name: string;
      /** `decoded`, a code, or what else was thrown. */
      readonly outcome: string;
      readonly milliseconds: number;
      readonly rssBytes: number;
    };

function report(message: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

async function decode(bytes: Uint8Array): Promise<string> {
  try {
    const { raster } = await decodeImage(bytes, { maxPixels: defaultSettings.maxPixels });
    const expected = raster.width * raster.height * 3;
    return raster.data.length === expected ? 'decoded' : `raster of ${raster.data.length} bytes`;
  } catch (error) {
    return error instanceof FamiliarError ? error.code : `threw ${String(error)}`;
  }
}

const files = await createSeedFiles();
process.on('message', async ({ seed, numbers }: Task) => {
  for (const number of numbers) {
    await report({ kind: 'begin', number });
    const { name, bytes } = mutate(files, seed, number);
    const start = performance.now();
    const outcome = await decode(bytes);
    const milliseconds = performance.now() - start;
    const rssBytes = process.memoryUsage.rss();
    await report({ kind: 'end', number, name, outcome, milliseconds, rssBytes });
  }
  await report({ kind: 'ready' });
});
await report({ kind: 'ready' });
