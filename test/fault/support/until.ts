import { setTimeout as delay } from 'node:timers/promises';

/** Ends what hangs; far beyond what any step needs on a busy machine. */
const limitMs = 90_000;

/** Waits until `check` holds. @throws where it does not within a minute and a half. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > end) {
      throw new Error('Expected a step to end but it hangs.');
    }
    await delay(20);
  }
}
