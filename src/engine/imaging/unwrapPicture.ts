import { asStillAvif } from './mendBytes.ts';
import { type LayeredFormat, layeredFormat, readMergedPicture } from './mergedPicture.ts';
import { inflateSvg } from './svg.ts';

export interface UnwrappedPicture {
  /** Bytes of a file that a decoder takes. */
  readonly picture: Uint8Array;
  /** The archive of layers from which the picture was taken. */
  readonly container: LayeredFormat | null;
}

/**
 * Takes the picture out of what it is wrapped in: gzip (SVG), an archive of layers (KRA, ORA), the brand
 * of an animation (AVIF). Other bytes are returned as they are.
 *
 * @throws FamiliarError as `readMergedPicture` and `inflateSvg`
 */
export async function unwrapPicture(bytes: Uint8Array): Promise<UnwrappedPicture> {
  const container = layeredFormat(bytes);
  if (container !== null) {
    return { picture: await readMergedPicture(bytes), container };
  }
  return { picture: asStillAvif(await inflateSvg(bytes)), container: null };
}
