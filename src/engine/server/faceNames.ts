import type { Engine } from '../engine.ts';
import type { QueryImage } from '../search/queryImage.ts';
import type { DecidedQuery } from '../search/querySessions.ts';
import type { SimilarResults } from '../search/similarResults.ts';

/** The image with the names of those whom its faces show. */
export function nameFaces({ characters }: Engine, image: QueryImage): QueryImage {
  const names = characters.namesOf(image.faces.map(({ id }) => id));
  const faces = image.faces.map((face) => ({ ...face, character: names.get(face.id) ?? null }));
  return { ...image, faces };
}

/** As `nameFaces`, after a decision about a face. */
export function nameDecided(engine: Engine, decided: DecidedQuery): DecidedQuery {
  return { ...decided, image: nameFaces(engine, decided.image) };
}

/** The results with the names of those whom their faces show. */
export function nameResults({ characters }: Engine, found: SimilarResults): SimilarResults {
  const names = characters.namesOf(found.results.flatMap(({ face }) => face?.id ?? []));
  const results = found.results.map((result) => {
    const { face } = result;
    return face === null
      ? result
      : { ...result, face: { ...face, character: names.get(face.id) ?? null } };
  });
  return { ...found, results };
}
