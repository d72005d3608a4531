import { fromBufferPromise } from 'yauzl';
import { FamiliarError, isAbort } from '../../common/failure.ts';
import { damaged } from './decodeFailure.ts';

// Krita documents and OpenRaster are ZIP archives that hold, beside their layers, one PNG of the
// whole picture. Source: OpenRaster specification, "File Layout".

const mergedName = 'mergedimage.png';

/** The PNG of 268 megapixels of noise is a little larger; real ones have a hundredth of that. */
const maxBytes = 1024 ** 3;
/** Krita writes some files a layer; an archive with more than this was not made by painting. */
const maxEntries = 100_000;

export type LayeredFormat = 'kra' | 'ora';

/** The format of an archive of layers; null for other bytes. Old Krita did not name itself in it. */
export function layeredFormat(bytes: Uint8Array): LayeredFormat | null {
  const head = Buffer.from(bytes.subarray(0, 128)).toString('latin1');
  if (!head.startsWith('PK\u0003\u0004')) {
    return null;
  }
  return head.includes('image/openraster') ? 'ora' : 'kra';
}

/**
 * The picture that the program merged of the layers, as a PNG file. Nothing else is unpacked.
 *
 * @throws FamiliarError `image-damaged`, `image-too-large`, `image-format` where it was saved without
 * that picture
 */
export async function readMergedPicture(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const archive = await fromBufferPromise(asBuffer(bytes));
    let entries = 0;
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName === mergedName) {
        refuseTooLong(entry.uncompressedSize);
        // The reader ends where more arrives than the entry claims.
        const parts = await (await archive.openReadStreamPromise(entry)).toArray();
        return Buffer.concat(parts);
      }
      if (++entries > maxEntries) {
        throw damaged(`Expected at most ${maxEntries} entries but the archive has more`);
      }
    }
  } catch (error) {
    if (error instanceof FamiliarError || isAbort(error)) {
      throw error;
    }
    throw damaged('Expected a complete archive of layers but received a damaged one', error);
  }
  throw new FamiliarError('image-format', `Expected ${mergedName} in the archive but found none`, {
    remedy: 'Save the file again in the program that made it, or export it as PNG.',
  });
}

function refuseTooLong(claimedBytes: number): void {
  if (claimedBytes > maxBytes) {
    throw new FamiliarError(
      'image-too-large',
      `Expected a merged picture of at most ${maxBytes} bytes but received ${claimedBytes}`,
      { remedy: 'Export a smaller version as PNG, or exclude the file.' },
    );
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
