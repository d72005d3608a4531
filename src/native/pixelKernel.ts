import { readFileSync } from 'node:fs';
import { existingFile } from './binaryFile.ts';

/** The functions of `kernel/pixels.ts`, whose numbers are addresses in `memory` and counts. */
export interface PixelKernel {
  readonly memory: WebAssembly.Memory;
  readonly blendDown: (
    source: number,
    stride: number,
    bytes: number,
    weights: number,
    pairs: number,
    target: number,
  ) => void;
  readonly blendAcross: (
    upper: number,
    lower: number,
    starts: number,
    weights: number,
    pairs: number,
    count: number,
    upperTarget: number,
    lowerTarget: number,
  ) => void;
  readonly flatten: (source: number, pixels: number, grey: number, target: number) => number;
}

/** A kernel with memory of its own. @throws where the build has left it out. */
export function loadPixelKernel(): PixelKernel {
  const path = existingFile('pixels.wasm');
  if (path === undefined) {
    throw new Error('Expected native/pixels.wasm beside the engine. Run npm start to build it.');
  }
  const module = new WebAssembly.Module(readFileSync(path));
  return new WebAssembly.Instance(module).exports as unknown as PixelKernel;
}
