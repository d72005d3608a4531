import type {
  Card,
  ViewFace,
  ViewQuery,
  ViewResults,
  ViewState,
} from '../../../src/protocol/viewProtocol.ts';
import { drawScene, type Picture, random } from './pictures.ts';
import { emptyResults, idleState } from './states.ts';

/** A made-up library: image `i` shows character `i mod characters`, sometimes with a companion. */
const characters = 24;

export function pictureOf(imageId: number): Picture {
  const next = random(imageId + 5);
  const companions = next() < 0.18 ? [Math.floor(next() * characters)] : [];
  return drawScene([imageId % characters, ...companions], imageId);
}

/** A query of the given characters. Its preview is drawn from `seed`. */
export function sampleQuery(options: {
  cast: readonly number[];
  seed: number;
  origin: string;
  selected?: readonly number[];
  name?: string;
}): ViewQuery {
  const { cast, seed, origin } = options;
  const picture = drawScene(cast, seed);
  const faces: ViewFace[] = picture.faces.map((box, index) => ({
    id: seed * 100 + index,
    number: index + 1,
    box,
    score: 0.97 - index * 0.04,
    source: 'detected',
    character: null,
  }));
  return {
    queryId: `query-${seed}`,
    name: options.name ?? `festival_${seed}.png`,
    label: `assets/scenes/${options.name ?? `festival_${seed}.png`}`,
    width: picture.width,
    height: picture.height,
    preview: `${origin}/scene/${cast.join('-')}/${seed}.svg`,
    inLibrary: true,
    faces,
    selectedFaceIds: [...(options.selected ?? faces.slice(0, 1).map(({ id }) => id))],
  };
}

const moods = ['happy', 'sad', 'angry', 'asleep', 'running', 'portrait', 'battle', 'winter'];

/** The card at a place of the list; the closeness falls from place to place. */
export function sampleCard(index: number, options: { origin: string; weight: number }): Card {
  const next = random(index * 31 + 7);
  // Nearer to "feel", the order of characters dissolves.
  const imageId =
    2 + index * characters + (next() < 1 - options.weight ? Math.floor(next() * 20) : 0);
  const picture = pictureOf(imageId);
  const identity = Math.max(-0.1, 0.93 - index * 0.004 - next() * 0.05);
  const look = 0.35 + next() * 0.5;
  const [box] = picture.faces;
  return {
    imageId,
    name: `${index % 9 === 4 ? 'a_rather_long_name_for_the_character_' : 'alice_'}${moods[index % moods.length]}_${index + 1}.png`,
    folder: index % 5 === 3 ? '' : `assets/characters/chapter ${1 + (index % 12)}`,
    width: picture.width,
    height: picture.height,
    thumbnail: index === 7 ? null : `${options.origin}/image/${imageId}.svg`,
    score: options.weight * identity + (1 - options.weight) * look,
    probability: 1 / (1 + Math.exp(-12 * (identity - 0.55))),
    face:
      box === undefined
        ? null
        : { id: imageId * 10, box, character: index % 4 === 0 ? 'Alice' : null },
    queryFaceId: 100,
    identityCosine: identity,
    lookCosine: look,
    copies:
      index % 6 === 2
        ? [`backup/alice_${index + 1}.png`, `export/2024/final/alice_${index + 1} (copy).png`]
        : [],
  };
}

/** The state and the results of a search that found `total` images. */
export function foundState(
  origin: string,
  options: { total?: number; cast?: readonly number[]; state?: Partial<ViewState> } = {},
): { state: ViewState; results: ViewResults } {
  const { total = 240, cast = [2, 9, 14] } = options;
  const state: ViewState = {
    ...idleState,
    queries: [sampleQuery({ cast, seed: 3, origin })],
    ...options.state,
  };
  const cards = Array.from({ length: Math.min(200, total) }, (_, index) =>
    sampleCard(index, { origin, weight: state.weight }),
  );
  return {
    state,
    results: { ...emptyResults, resultsId: 1, total, cards, copiesOfQuery: [] },
  };
}
