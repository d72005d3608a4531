import type { Raster } from '../../src/common/raster.ts';
import { dot } from '../../src/common/vector.ts';
import { stretch } from '../../src/engine/imaging/resize.ts';
import { cutTile } from '../../src/engine/imaging/tiles.ts';
import type { EvaluationPipeline } from './evaluationPipeline.ts';
import { type Retrieval, retrieveEach, summarise } from './retrieval.ts';

/** A picture of the gallery; `source` is the set that it comes from. */
export interface LookPicture {
  readonly path: string;
  readonly source: string;
  readonly artwork: string;
  readonly look: Float32Array;
}

export interface LookMeasures {
  /** Pictures of one source (series, game, artist) asked for by their like. */
  readonly source: Retrieval | null;
  readonly gallery: number;
  readonly queries: number;
  /** Share of pictures of which one corner is nearest to the opposite one among the gallery. */
  readonly cropsNearest: number;
  /** Share of mirrored, and of reduced and blurred pictures nearest to their original. */
  readonly mirroredNearest: number;
  readonly reducedNearest: number;
}

/** Pictures, spread over the gallery, that are cut and edited. */
const editedPictures = 400;
/** Side of a corner crop: the two share (2 · 0.8 − 1)² / 0.8² = 56 % of their area. */
const cropShare = 0.8;
/** Side of the reduced picture. */
const reducedShare = 0.4;

function corner(raster: Raster, which: 'top left' | 'bottom right'): Raster {
  const width = Math.max(1, Math.round(raster.width * cropShare));
  const height = Math.max(1, Math.round(raster.height * cropShare));
  const [x, y] = which === 'top left' ? [0, 0] : [raster.width - width, raster.height - height];
  return cutTile(raster, { x, y, width, height });
}

function mirror({ data, width, height }: Raster): Raster {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      mirrored.set(data.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { data: mirrored, width, height };
}

function reduce(raster: Raster): Promise<Raster> {
  return stretch(raster, {
    width: Math.max(1, Math.round(raster.width * reducedShare)),
    height: Math.max(1, Math.round(raster.height * reducedShare)),
  });
}

/** Whether `target` is nearer to `query` than every other drawing of the gallery. */
function isNearest(
  query: Float32Array,
  target: Float32Array,
  artwork: string,
  gallery: readonly LookPicture[],
): boolean {
  const wanted = dot(query, target);
  return gallery.every((one) => one.artwork === artwork || dot(query, one.look) < wanted);
}

/** @param sources pictures with a known source; `others` only fill the gallery. */
export async function measureLook(
  pipeline: EvaluationPipeline,
  sources: readonly LookPicture[],
  others: readonly LookPicture[],
): Promise<LookMeasures | null> {
  const gallery = [...sources, ...others];
  if (gallery.length === 0) {
    return null;
  }
  const step = Math.max(1, gallery.length / editedPictures);
  const asked = Array.from(
    { length: Math.min(gallery.length, editedPictures) },
    (_, i) => gallery[Math.floor(i * step)] as LookPicture,
  );
  const outcomes = await pipeline.each('look: crops and edits', asked, async (one) => {
    const { raster } = await pipeline.decode(one.path);
    const [first, second, mirrored, reduced] = await Promise.all([
      pipeline.lookOf(corner(raster, 'top left')),
      pipeline.lookOf(corner(raster, 'bottom right')),
      pipeline.lookOf(mirror(raster)),
      pipeline.lookOf(await reduce(raster)),
    ]);
    return {
      crops: isNearest(first, second, one.artwork, gallery),
      mirrored: isNearest(mirrored, one.look, one.artwork, gallery),
      reduced: isNearest(reduced, one.look, one.artwork, gallery),
    };
  });
  const share = (which: keyof (typeof outcomes)[number]) =>
    outcomes.filter((outcome) => outcome[which]).length / outcomes.length;
  return {
    source: measureSources(sources),
    gallery: gallery.length,
    queries: asked.length,
    cropsNearest: share('crops'),
    mirroredNearest: share('mirrored'),
    reducedNearest: share('reduced'),
  };
}

function measureSources(pictures: readonly LookPicture[]): Retrieval | null {
  if (new Set(pictures.map(({ source }) => source)).size < 2) {
    return null;
  }
  const scores = new Float32Array(pictures.length);
  const items = pictures.map(({ source, artwork }) => ({ label: source, artwork }));
  return summarise(
    retrieveEach(items, (i) => {
      const query = pictures[i]?.look as Float32Array;
      for (const [j, { look }] of pictures.entries()) {
        scores[j] = dot(query, look);
      }
      return scores;
    }),
  );
}
