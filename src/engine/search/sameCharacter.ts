import type { LibraryNearness, Nearness } from '../library/nearness.ts';

/** Of thirteen libraries in the mean, for one whose faces were not grouped yet. */
const usualLibrary: LibraryNearness = { faces: 700, first: 0.82, fifth: 0.7, twentieth: 0.58 };
/** The largest library that the model was fitted on. */
const mostFaces = 3_000;

/**
 * The probability that a result shows the character of a queried face.
 *
 * The same cosine says much in a library of many styles and little where everybody looks alike, so
 * the model (a logistic regression on the first twenty results of many searches in thirteen sets and
 * parts of them) also reads how near the first results of this list are, how near they are in the
 * library's lists in the mean, and how many faces there are. Within one list a higher cosine is always more likely.
 *
 * @param cosine of the identity vectors
 * @param list of the faces most like the queried one
 * @param library null where it is not known yet
 */
export function sameCharacterProbability(
  cosine: number,
  list: Nearness,
  library: LibraryNearness | null,
): number {
  const usual = library ?? usualLibrary;
  const logit =
    2.144 +
    12.442 * cosine -
    2.005 * list.first +
    0.251 * list.fifth -
    3.606 * list.twentieth -
    11.58 * usual.first +
    5.846 * usual.fifth +
    6.634 * usual.twentieth -
    0.926 * Math.log(Math.max(1, Math.min(mostFaces, usual.faces)));
  return 1 / (1 + Math.exp(-logit));
}
