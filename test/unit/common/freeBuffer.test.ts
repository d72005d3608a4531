import { describe, expect, it } from 'vitest';
import { freeBuffer } from '../../../src/common/freeBuffer.ts';

describe('freeBuffer', () => {
  it('gives the memory back, and twice is once', () => {
    const bytes = new Uint8Array(1_000);
    freeBuffer(bytes);
    freeBuffer(bytes);
    expect(bytes.length).toBe(0);
    expect(bytes.buffer.byteLength).toBe(0);
  });

  it('keeps what shares its memory with others', () => {
    const whole = new Uint8Array(1_000).fill(7);
    freeBuffer(whole.subarray(10, 20));
    expect(whole[15]).toBe(7);
  });
});
