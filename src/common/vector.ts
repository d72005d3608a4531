/** How many numbers the vectors of one model revision have. */
export interface Dimensions {
  readonly identity: number;
  readonly look: number;
}

/** Σ aᵢ·bᵢ over vectors of one length; the cosine similarity where both are unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += (a[i] as number) * (b[i] as number);
  }
  return sum;
}

/**
 * A copy of Euclidean length 1. The zero vector, which has no direction, becomes the first
 * unit vector so that every stored vector keeps the length that the index relies on.
 */
export function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  const unit = new Float32Array(vector.length);
  if (length === 0 || !Number.isFinite(length)) {
    unit[0] = 1;
    return unit;
  }
  for (let i = 0; i < vector.length; i++) {
    unit[i] = (vector[i] as number) / length;
  }
  return unit;
}

/** [w·a ; (1 − w)·b], the query of the fusion: its dot product with [f ; g] is the weighted sum. */
export function fuse(a: Float32Array, b: Float32Array, weight: number): Float32Array {
  const fused = new Float32Array(a.length + b.length);
  for (let i = 0; i < a.length; i++) {
    fused[i] = weight * (a[i] as number);
  }
  for (let i = 0; i < b.length; i++) {
    fused[a.length + i] = (1 - weight) * (b[i] as number);
  }
  return fused;
}

/** [a ; b], the form in which a face is stored in the index. */
export function concatenate(a: Float32Array, b: Float32Array): Float32Array {
  const joined = new Float32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
