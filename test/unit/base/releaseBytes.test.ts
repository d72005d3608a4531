import { describe, expect, it } from 'vitest';
import { releaseBytes } from '../../../src/base/releaseBytes.ts';

describe('releaseBytes', () => {
  it('gives the memory back, and twice is once', () => {
    const bytes = new Uint8Array(1_000);
    releaseBytes(bytes);
    releaseBytes(bytes);
    expect(bytes.length).toBe(0);
    expect(bytes.buffer.byteLength).toBe(0);
  });

  it('keeps what shares its memory with others', () => {
    const whole = new Uint8Array(1_000).fill(7);
    releaseBytes(whole.subarray(10, 20));
    expect(whole[15]).toBe(7);
  });
});
