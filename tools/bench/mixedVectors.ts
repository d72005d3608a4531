import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalise } from '../../src/common/vector.ts';
import { generateSample } from '../sample/generateSample.ts';
import { openBenchEngine } from './benchEngine.ts';
import { gaussian, randomFrom } from './syntheticVectors.ts';

/** What the models saw of a face and of its picture. */
export interface SeenFace {
  readonly identity: Float32Array;
  readonly look: Float32Array;
}

/** The faces of a sample library, as the models in the folder see them. */
export async function seeSampleFaces(
  models: string,
  sample: { readonly characters: number; readonly images: number },
): Promise<SeenFace[]> {
  const base = await mkdtemp(join(tmpdir(), 'bench-sample-'));
  try {
    const folder = join(base, 'art');
    await generateSample({ folder, ...sample, seed: 17 });
    const engine = await openBenchEngine(folder, join(base, 'library'), models, 'cpu');
    try {
      engine.indexing.start({ force: false });
      await engine.settled();
      return [...engine.library.records().pages]
        .flat()
        .flatMap(({ image: { look, faces } }) => faces.map(({ identity }) => ({ identity, look })));
    } finally {
      await engine.close();
    }
  } finally {
    await rm(base, { recursive: true });
  }
}

/** Faces to ask for, spread over all, and the others, which libraries are mixed from. */
export function splitSeen(seen: readonly SeenFace[], queries: number) {
  const every = Math.max(2, Math.floor(seen.length / queries));
  const isAsked = (_: SeenFace, n: number) => n % every === 0 && n < every * queries;
  return {
    asked: seen.filter(isAsked),
    mixed: seen.filter((face, n) => !isAsked(face, n)),
  };
}

/** Length of the noise beside a unit vector. */
const noise = 0.2;

/**
 * As many vectors as a large library has, made of the few that models gave: each is a mix of two
 * of them with a little noise. Directions in which real vectors do not differ stay narrow, which
 * decides how well trees part them; clusters drawn by chance are far harder to part, or far easier.
 */
export class MixedVectors {
  readonly #seen: readonly SeenFace[];
  readonly #random: () => number;

  constructor(seen: readonly SeenFace[], seed: number) {
    this.#seen = seen;
    this.#random = randomFrom(seed);
  }

  next(): SeenFace {
    const one = this.#pick();
    const other = this.#pick();
    const share = 0.5 + 0.5 * this.#random();
    return {
      identity: this.#mix(one.identity, other.identity, share),
      look: this.#mix(one.look, other.look, share),
    };
  }

  #pick(): SeenFace {
    return this.#seen[Math.floor(this.#random() * this.#seen.length)] as SeenFace;
  }

  #mix(one: Float32Array, other: Float32Array, share: number): Float32Array {
    const step = noise / Math.sqrt(one.length);
    return normalise(
      one.map(
        (value, i) =>
          share * value + (1 - share) * (other[i] as number) + step * gaussian(this.#random),
      ),
    );
  }
}
