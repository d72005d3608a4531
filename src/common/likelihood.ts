/** How likely two faces are one character, in words that hold on libraries of any kind. */
export type Likelihood = 'veryLikely' | 'likely' | 'possible' | 'unlikely';

/** Least probability of each band but the last, from where on others are probably shown. */
const bands = { veryLikely: 0.9, likely: 0.6, possible: 0.25 } as const;

/**
 * The band of a probability. On a library that it was not fitted on the number itself may be off by
 * more than a percentage would admit; `models/cards/identity.md` says how often each band was right.
 */
export function likelihoodOf(probability: number): Likelihood {
  if (probability >= bands.veryLikely) {
    return 'veryLikely';
  }
  if (probability >= bands.likely) {
    return 'likely';
  }
  return probability >= bands.possible ? 'possible' : 'unlikely';
}
