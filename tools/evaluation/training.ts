import type { Manifest } from '../../src/engine/models/manifest.ts';
import type { DataFolder } from './dataFolder.ts';

/** What is known of the characters that the identity model has seen. */
export interface TrainingData {
  /** Null where the manifest does not state it. */
  readonly stated: readonly string[] | null;
  /** Whether the character, or its twin in another set, was trained on. */
  readonly hasSeen: (character: string) => boolean;
  /** Whether the character is only known by its twin in another set. */
  readonly hasSeenTwinOnly: (character: string) => boolean;
}

export function trainingData({ identity }: Manifest, { twins }: DataFolder): TrainingData {
  const stated = identity.trainedOn ?? null;
  const covers = (character: string) =>
    (stated ?? []).some((entry) => character === entry || character.startsWith(`${entry}/`));
  const twinsOf = (character: string) => {
    const original = twins.get(character) ?? character;
    const others = [...twins].filter(([, to]) => to === original).map(([from]) => from);
    return [original, ...others].filter((one) => one !== character);
  };
  const twinSeen = (character: string) => twinsOf(character).some(covers);
  return {
    stated,
    hasSeen: (character) => covers(character) || twinSeen(character),
    hasSeenTwinOnly: (character) => !covers(character) && twinSeen(character),
  };
}
