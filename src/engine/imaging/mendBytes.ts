import { lfsPointer } from './decodeFailure.ts';

const lfsHead = 'version https://git-lfs.github.com/spec/';

/** @throws FamiliarError `image-format` where the file is a text that Git LFS put in its place. */
export function refuseLfsPointer(bytes: Uint8Array): void {
  if (Buffer.from(bytes.subarray(0, lfsHead.length)).toString('latin1') === lfsHead) {
    throw lfsPointer();
  }
}

/**
 * The bytes as the decoder takes them: an animated AVIF (brand `avis`) says that it is a still one
 * too, which its compatible brands promise; other bytes are returned as they are.
 */
export function asStillAvif(bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(bytes.subarray(4, 64)).toString('latin1');
  if (!head.startsWith('ftypavis') || !/avif|mif1/.test(head)) {
    return bytes;
  }
  const still = Buffer.from(bytes);
  still.write('avif', 8, 'latin1');
  return still;
}

/**
 * A JPEG without its end mark gets one. Nothing else is made up: a picture of which more is missing
 * makes the decoder warn, and warnings are refused for what was mended.
 */
export function withJpegEnd(bytes: Uint8Array): { bytes: Uint8Array; isMended: boolean } {
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
  const tail = Buffer.from(bytes.subarray(-64));
  if (!isJpeg || tail.includes(Buffer.from([0xff, 0xd9]))) {
    return { bytes, isMended: false };
  }
  const end = bytes.at(-1) === 0xff ? [0xd9] : [0xff, 0xd9];
  return { bytes: Buffer.concat([bytes, Buffer.from(end)]), isMended: true };
}
