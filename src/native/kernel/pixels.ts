// Compiled to WebAssembly by AssemblyScript (`tools/scripts/kernel.ts`): vectors of 128 bits do in one step
// what JavaScript does in eight or sixteen. Everything is in the module's memory, laid out by
// `src/engine/imaging/`; reading beyond the memory traps.

// Resampling. Weights are fixed-point numbers of 16 bits, 2^14 for the whole, in pairs of taps. Rows
// between the two passes are of 16 bits, 2^6 for each level.

/** From 2^14 to 2^6, and from 2^20 to whole levels. */
const downShift: i32 = 8;
const acrossShift: i32 = 20;

/**
 * One row between the passes: the weighted sum of rows that lie below each other.
 *
 * @param source first of 2 · `pairs` rows of bytes, `stride` bytes apart.
 * @param bytes to do, of each row; up to 15 more are read and up to 30 more written.
 * @param target 16-bit values.
 */
export function blendDown(
  source: usize,
  stride: i32,
  bytes: i32,
  weights: usize,
  pairs: i32,
  target: usize,
): void {
  const half = i32x4.splat(1 << (downShift - 1));
  for (let x = 0; x < bytes; x += 16) {
    let from = source + x;
    let sum0 = half;
    let sum1 = half;
    let sum2 = half;
    let sum3 = half;
    for (let pair = 0; pair < pairs; pair++) {
      const weight = v128.load32_splat(weights + (pair << 2));
      const upper = v128.load(from);
      const lower = v128.load(from + stride);
      // Bytes of both rows side by side, so that one instruction weighs and adds a pair of taps.
      const first = firstBesideEachOther(upper, lower);
      const last = lastBesideEachOther(upper, lower);
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(first), weight));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(first), weight));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(last), weight));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(last), weight));
      from += stride << 1;
    }
    const to = target + (x << 1);
    v128.store(to, narrow(sum0, sum1, downShift));
    v128.store(to + 16, narrow(sum2, sum3, downShift));
  }
}

/**
 * Two rows of the result, of two rows between the passes: sharing the weights makes it a fifth faster.
 *
 * @param upper 16-bit values, three to a pixel; so is `lower`. Up to 16 bytes beyond a tap are read.
 * @param starts for each pixel of the result, the first pixel of the row that it takes.
 * @param weights of all pixels, `pairs` pairs each.
 * @param upperTarget `count` pixels of three bytes; so is `lowerTarget`.
 */
export function blendAcross(
  upper: usize,
  lower: usize,
  starts: usize,
  weights: usize,
  pairs: i32,
  count: i32,
  upperTarget: usize,
  lowerTarget: usize,
): void {
  const half = i32x4.splat(1 << (acrossShift - 1));
  let weight = weights;
  let upperTo = upperTarget;
  let lowerTo = lowerTarget;
  for (let x = 0; x < count; x++) {
    const start = 6 * load<i32>(starts + (x << 2));
    let upperFrom = upper + start;
    let lowerFrom = lower + start;
    let upperSum = half;
    let lowerSum = half;
    for (let pair = 0; pair < pairs; pair++) {
      const both = v128.load32_splat(weight);
      upperSum = i32x4.add(upperSum, i32x4.dot_i16x8_s(colourwise(v128.load(upperFrom)), both));
      lowerSum = i32x4.add(lowerSum, i32x4.dot_i16x8_s(colourwise(v128.load(lowerFrom)), both));
      upperFrom += 12;
      lowerFrom += 12;
      weight += 4;
    }
    const values = narrow(upperSum, lowerSum, acrossShift);
    const bytes = i8x16.narrow_i16x8_u(values, values);
    v128.store16_lane(upperTo, bytes, 0);
    v128.store8_lane(upperTo + 2, bytes, 2);
    v128.store16_lane(lowerTo, bytes, 2);
    v128.store8_lane(lowerTo + 2, bytes, 6);
    upperTo += 3;
    lowerTo += 3;
  }
}

/** The first eight bytes of one row, each followed by the other row's. */
function firstBesideEachOther(row: v128, other: v128): v128 {
  // biome-ignore format: a line shows the pattern
  return i8x16.shuffle(row, other, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** The last eight, likewise. */
function lastBesideEachOther(row: v128, other: v128): v128 {
  // biome-ignore format: a line shows the pattern
  return i8x16.shuffle(row, other, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Two pixels of three 16-bit values each: their reds, greens and blues beside each other. */
function colourwise(pixels: v128): v128 {
  return i16x8.shuffle(pixels, pixels, 0, 3, 1, 4, 2, 5, 2, 5);
}

/** Two times four sums, rounded before, as eight 16-bit values. */
function narrow(first: v128, last: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(first, shift), i32x4.shr_s(last, shift));
}

// Transparency.

/**
 * Composites RGBA pixels (straight alpha) on a grey: (colour · alpha + grey · (255 − alpha)) / 255,
 * rounded down, to the last bit what libvips does.
 *
 * @param source a multiple of four pixels, and so is `target`, of three bytes each; four more bytes are
 *   written.
 * @returns 1 where any of the pixels is not opaque, otherwise 0.
 */
export function flatten(source: usize, pixels: i32, grey: i32, target: usize): i32 {
  const background = i16x8.splat(<i16>grey);
  let alphas = i8x16.splat(-1);
  let to = target;
  for (let pixel = 0; pixel < pixels; pixel += 4) {
    const colours = v128.load(source + (pixel << 2));
    // biome-ignore format: a line shows the pattern
    const alpha = i8x16.shuffle(colours, colours, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
    alphas = v128.and(alphas, alpha);
    const first = composite(
      i16x8.extend_low_i8x16_u(colours),
      i16x8.extend_low_i8x16_u(alpha),
      background,
    );
    const last = composite(
      i16x8.extend_high_i8x16_u(colours),
      i16x8.extend_high_i8x16_u(alpha),
      background,
    );
    const flat = i8x16.narrow_i16x8_u(first, last);
    // biome-ignore format: a line shows the pattern
    v128.store(to, i8x16.shuffle(flat, flat, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 14, 14, 14, 14));
    to += 12;
  }
  return i8x16.all_true(i8x16.eq(alphas, i8x16.splat(-1))) ? 0 : 1;
}

/** Eight values of 0…255 each; sums reach 255 · 255 and so fill 16 bits without a sign. */
function composite(colours: v128, alpha: v128, background: v128): v128 {
  const behind = i16x8.mul(background, i16x8.sub(i16x8.splat(255), alpha));
  const sum = i16x8.add(i16x8.mul(colours, alpha), behind);
  // Division by 255, exact for every such sum.
  const more = i16x8.add(i16x8.add(sum, i16x8.splat(1)), i16x8.shr_u(sum, 8));
  return i16x8.shr_u(more, 8);
}
