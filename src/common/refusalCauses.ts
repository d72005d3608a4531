/**
 * Why an accelerator is not used:
 * - `absent`: the runtime of this platform does not have it.
 * - `unfinished`: the process ended while it was tried for the first time.
 * - `failed`: it did not start, or gave up in the middle.
 * - `different`: its answers are not those of the CPU.
 * - `slower`: the CPU is faster.
 */
export const refusalCauses = ['absent', 'unfinished', 'failed', 'different', 'slower'] as const;
