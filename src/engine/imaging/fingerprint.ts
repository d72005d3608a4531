import type { Raster } from '../../common/raster.ts';
import { stretch } from './resize.ts';

/** Side of the square that a picture is reduced to, whatever its proportions. */
export const lumaSide = 32;
const hashBytes = 8;
/** Low frequencies on each axis: 8 × 8 of them make the 64 bits. */
const frequencies = 8;

/**
 * What a picture looks like in few bytes: 8 bytes of perceptual hash, then 32 × 32 luma values
 * (0…255, rows from top to bottom) of the picture stretched to a square.
 */
export type Fingerprint = Uint8Array;

export const fingerprintBytes = hashBytes + lumaSide * lumaSide;

/** The hash as two 32-bit halves, which compare faster than bytes. */
export interface PerceptualHash {
  readonly high: number;
  readonly low: number;
}

/** The fingerprint of a picture whose transparency lies on the neutral grey. */
export async function computeFingerprint(raster: Raster): Promise<Fingerprint> {
  const { data } = await stretch(raster, { width: lumaSide, height: lumaSide });
  const fingerprint = new Uint8Array(fingerprintBytes);
  const luma = fingerprint.subarray(hashBytes);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = Math.round(lumaOf(data, 3 * i));
  }
  writeHash(fingerprint, luma);
  return fingerprint;
}

/** Rec. 601 luma of the pixel at that byte. */
export function lumaOf(data: ArrayLike<number>, at: number): number {
  return (
    0.299 * (data[at] as number) +
    0.587 * (data[at + 1] as number) +
    0.114 * (data[at + 2] as number)
  );
}

export function hashOf(fingerprint: Fingerprint): PerceptualHash {
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset);
  return { high: view.getUint32(0), low: view.getUint32(4) };
}

export function lumaOfFingerprint(fingerprint: Fingerprint): Uint8Array {
  return fingerprint.subarray(hashBytes);
}

/**
 * The hash of the mirrored picture: a cosine of odd horizontal frequency changes its sign, and with
 * it its bit; in every byte those are the columns 1, 3, 5 and 7.
 */
export function mirrorHash({ high, low }: PerceptualHash): PerceptualHash {
  return { high: (high ^ 0x55555555) >>> 0, low: (low ^ 0x55555555) >>> 0 };
}

/** Bits in which two hashes differ, 0…64. */
export function hashDistance(a: PerceptualHash, b: PerceptualHash): number {
  return countBits(a.high ^ b.high) + countBits(a.low ^ b.low);
}

function countBits(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** cos((2x + 1) · u · π / 64) by u and x. */
const cosines = Array.from({ length: frequencies }, (_, u) =>
  Float64Array.from({ length: lumaSide }, (__, x) =>
    Math.cos(((2 * x + 1) * u * Math.PI) / (2 * lumaSide)),
  ),
);

/**
 * pHash (Zauner 2010): the signs of the lowest frequencies of the cosine transform. Signs instead of
 * comparisons with the median, so that the mirrored picture's hash follows from it.
 */
function writeHash(fingerprint: Uint8Array, luma: Uint8Array): void {
  for (let v = 0; v < frequencies; v++) {
    const rows = new Float64Array(lumaSide);
    for (let y = 0; y < lumaSide; y++) {
      for (let x = 0; x < lumaSide; x++) {
        rows[x] = (rows[x] as number) + (luma[y * lumaSide + x] as number) * cosine(v, y);
      }
    }
    let byte = 0;
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let x = 0; x < lumaSide; x++) {
        sum += (rows[x] as number) * cosine(u, x);
      }
      // The mean, which is always above 0, tells nothing: its bit stays 0.
      byte = (byte << 1) | (sum > 0 && u + v > 0 ? 1 : 0);
    }
    fingerprint[v] = byte;
  }
}

function cosine(frequency: number, at: number): number {
  return (cosines[frequency] as Float64Array)[at] as number;
}
