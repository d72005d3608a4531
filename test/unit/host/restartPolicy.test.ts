import { describe, expect, it } from 'vitest';
import { RestartPolicy } from '../../../src/host/client/restartPolicy.ts';

const minuteMs = 60_000;

describe('RestartPolicy', () => {
  it('waits longer after each crash, and no longer than half a minute', () => {
    const policy = new RestartPolicy(20);
    const pauses = Array.from({ length: 9 }, (_, n) => policy.countCrash(n));
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('gives up after more crashes than it was told', () => {
    const policy = new RestartPolicy(2);
    expect([1, 2, 3].map((now) => policy.countCrash(now))).toEqual([250, 500, null]);
    expect(policy.crashes).toBe(3);
  });

  it('counts no crashes that are ten minutes past', () => {
    const policy = new RestartPolicy(2);
    policy.countCrash(0);
    policy.countCrash(minuteMs);
    expect(policy.countCrash(10.5 * minuteMs)).toBe(500);
    expect(policy.crashes).toBe(2);
  });

  it('begins anew when it is told to forget', () => {
    const policy = new RestartPolicy(1);
    policy.countCrash(0);
    policy.forget();
    expect(policy.countCrash(1)).toBe(250);
  });
});
