import { type Box, iou } from '../../src/common/geometry.ts';
import type { Detection } from '../../src/engine/models/detections.ts';

export interface FrameResult {
  readonly faces: readonly Box[];
  /** Best first; down to a very low score where the split has faces, else those of the shipped threshold. */
  readonly detections: readonly Detection[];
}

interface Scored {
  readonly score: number;
  readonly hit: boolean;
}

/** Pairs detections, best first, each with the free face that it overlaps most. */
export function matchFaces({ faces, detections }: FrameResult, iouLimit: number): Scored[] {
  const free = new Set(faces);
  return detections.map(({ box, score }) => {
    let best: Box | undefined;
    for (const face of free) {
      if (iou(box, face) >= iouLimit && (best === undefined || iou(box, face) > iou(box, best))) {
        best = face;
      }
    }
    if (best !== undefined) {
      free.delete(best);
    }
    return { score, hit: best !== undefined };
  });
}

/**
 * Average precision, 0…1: the area under the precision envelope over recall, all points
 * (PASCAL VOC 2010 and later).
 */
export function averagePrecision(results: readonly FrameResult[], iouLimit: number): number {
  const total = results.reduce((sum, { faces }) => sum + faces.length, 0);
  const scored = results
    .flatMap((result) => matchFaces(result, iouLimit))
    .sort((a, b) => b.score - a.score);
  let hits = 0;
  const points = scored.map(({ hit }, index) => {
    hits += hit ? 1 : 0;
    return { recall: hits / total, precision: hits / (index + 1) };
  });
  let area = 0;
  let envelope = 0;
  for (const [index, { recall, precision }] of [...points.entries()].reverse()) {
    envelope = Math.max(envelope, precision);
    area += envelope * (recall - (points[index - 1]?.recall ?? 0));
  }
  return area;
}

export interface DetectionMeasures {
  readonly images: number;
  readonly faces: number;
  /** These five are null where no face is labelled at all, which leaves nothing to find. */
  readonly ap50: number | null;
  readonly ap30: number | null;
  /** At the shipped threshold, IoU ≥ 0.5. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly threshold: number;
  readonly faceFreeImages: number;
  /** Null where every picture has a face. */
  readonly falsePositivesPerFaceFreeImage: number | null;
}

/** What `FrameResult` looks like at a score threshold. */
function above(result: FrameResult, threshold: number): FrameResult {
  return { ...result, detections: result.detections.filter(({ score }) => score >= threshold) };
}

export function measureFrames(
  results: readonly FrameResult[],
  threshold: number,
): DetectionMeasures {
  const shipped = results.map((result) => above(result, threshold));
  const faces = results.reduce((sum, result) => sum + result.faces.length, 0);
  const matches = shipped.flatMap((result) => matchFaces(result, 0.5));
  const hits = matches.filter(({ hit }) => hit).length;
  const faceFree = shipped.filter((result) => result.faces.length === 0);
  const falsePositives = faceFree.reduce((sum, { detections }) => sum + detections.length, 0);
  const labelled = faces > 0;
  return {
    images: results.length,
    faces,
    ap50: labelled ? averagePrecision(results, 0.5) : null,
    ap30: labelled ? averagePrecision(results, 0.3) : null,
    precision: labelled ? hits / Math.max(1, matches.length) : null,
    recall: labelled ? hits / faces : null,
    f1: labelled ? (2 * hits) / (matches.length + faces) : null,
    threshold,
    faceFreeImages: faceFree.length,
    falsePositivesPerFaceFreeImage: faceFree.length === 0 ? null : falsePositives / faceFree.length,
  };
}
