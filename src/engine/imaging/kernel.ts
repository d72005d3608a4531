import { loadPixelKernel, type PixelKernel } from '../../native/pixelKernel.ts';

let loaded: PixelKernel | undefined;

/**
 * The kernel that all pictures share. Whoever uses it lays out its memory anew and is done with it
 * before anything else runs: nothing in there lasts.
 */
export function pixelKernel(): PixelKernel {
  loaded ??= loadPixelKernel();
  return loaded;
}

/** What the kernel may read or write beyond the end of what it is given. */
const slackBytes = 64;

/** Addresses one after the other, aligned for numbers of every kind. */
export function placing(): (bytes: number) => number {
  let next = slackBytes;
  return (bytes) => {
    const at = next;
    next += Math.ceil((bytes + slackBytes) / 16) * 16;
    return at;
  };
}

const pageBytes = 65_536;

/** The kernel's memory, at least so large. What was taken of it before may be a detached buffer. */
export function kernelMemory({ memory }: PixelKernel, bytes: number): Uint8Array {
  const missing = bytes + slackBytes - memory.buffer.byteLength;
  if (missing > 0) {
    memory.grow(Math.ceil(missing / pageBytes));
  }
  return new Uint8Array(memory.buffer);
}
