import { FamiliarError } from '../../common/failure.ts';
import type { Size } from '../../common/geometry.ts';
import { damaged } from './decodeFailure.ts';

// A PSD is a header, a palette, resources, layers, and last the composite: the picture as it looks.
// Source: Adobe, "Photoshop File Format", and for PSB the same with some lengths of 8 bytes.

const headerBytes = 26;
/** The resource in which Photoshop says whether the composite is more than a white area. */
const versionInfoId = 1057;

export interface PsdHeader extends Size {
  /** Whether the file is a PSB, with longer lengths. */
  readonly isLarge: boolean;
  readonly channels: number;
  readonly bitsPerChannel: number;
}

export interface FlatPsd {
  /** A PSD of the header, the palette and the composite alone. */
  readonly bytes: Uint8Array;
  /** Whether its channel behind the colours is transparency; else it is a saved selection. */
  readonly isTransparent: boolean;
}

export function isPsd(bytes: Uint8Array): boolean {
  return (
    bytes.length > headerBytes && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '8BPS'
  );
}

export function readPsdHeader(bytes: Uint8Array): PsdHeader {
  const view = viewOf(bytes);
  return {
    isLarge: view.getUint16(4) === 2,
    channels: view.getUint16(12),
    height: view.getUint32(14),
    width: view.getUint32(18),
    bitsPerChannel: view.getUint16(22),
  };
}

/**
 * Leaves out the layers and resources, which are mostly all of a file and none of what is looked at.
 *
 * @throws FamiliarError `image-damaged`, or `image-format` where it was saved without a composite
 */
export function withoutLayers(bytes: Uint8Array): FlatPsd {
  const { isLarge } = readPsdHeader(bytes);
  const palette = section(bytes, headerBytes, 4);
  const resources = section(bytes, palette.end, 4);
  const layers = section(bytes, resources.end, isLarge ? 8 : 4);
  if (!hasComposite(bytes.subarray(resources.start, resources.end))) {
    throw new FamiliarError(
      'image-format',
      'Expected a PSD with a composite but found only layers',
      {
        remedy: 'Save it again in Photoshop with "Maximize Compatibility", or export it as PNG.',
      },
    );
  }
  return {
    bytes: Buffer.concat([
      bytes.subarray(0, palette.end),
      // No resources, no layers.
      Buffer.alloc(isLarge ? 12 : 8),
      bytes.subarray(layers.end),
    ]),
    isTransparent: isFirstAlphaTransparency(bytes.subarray(layers.start, layers.end), isLarge),
  };
}

/** Where the content of a section lies whose length, of so many bytes, is at `at`. */
function section(
  bytes: Uint8Array,
  at: number,
  lengthBytes: 4 | 8,
): { start: number; end: number } {
  const start = at + lengthBytes;
  const view = viewOf(bytes);
  if (start <= bytes.length) {
    const length = lengthBytes === 4 ? view.getUint32(at) : Number(view.getBigUint64(at));
    if (length <= bytes.length - start) {
      return { start, end: start + length };
    }
  }
  throw damaged('Expected a complete PSD but the file ends before its composite');
}

/** Only Photoshop says that it left the composite out; other programs always write it. */
function hasComposite(resources: Uint8Array): boolean {
  const view = viewOf(resources);
  for (let at = 0; at + 12 <= resources.length; ) {
    const nameBytes = 1 + (resources[at + 6] ?? 0);
    const lengthAt = at + 6 + nameBytes + (nameBytes % 2);
    if (lengthAt + 4 > resources.length) {
      return true;
    }
    const length = view.getUint32(lengthAt);
    if (view.getUint16(at + 4) === versionInfoId) {
      return resources[lengthAt + 8] !== 0;
    }
    at = lengthAt + 4 + length + (length % 2);
  }
  return true;
}

/** A negative count of layers says so; pictures of 16 and 32 bits have it in a block of its own. */
function isFirstAlphaTransparency(layers: Uint8Array, isLarge: boolean): boolean {
  const lengthBytes = isLarge ? 8 : 4;
  const view = viewOf(layers);
  const countAt = (at: number) => (at + 2 <= layers.length ? view.getInt16(at) : 0);
  if (layers.length < lengthBytes + 2 || view.getUint32(lengthBytes - 4) > 0) {
    return countAt(lengthBytes) < 0;
  }
  const block = Buffer.from(layers.buffer, layers.byteOffset, layers.byteLength);
  return ['Lr16', 'Lr32'].some((key) => {
    const at = block.indexOf(key, 0, 'latin1');
    return at >= 0 && countAt(at + 4 + lengthBytes) < 0;
  });
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
