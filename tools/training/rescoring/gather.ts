// What the engine finds in pictures with labelled boxes, and the identity vectors of that: what `fit.py` learns from.
//
//     node gather.ts DATA OUT
//
// DATA is laid out by `scenes.py`. Writes OUT/boxes.json, a list of {split, path, score, overlap} where `overlap` is the best
// IoU with a labelled box, and OUT/vectors.f32 (float32 [N, D], little-endian) with the identity vector of each.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { iou } from "../../../src/common/geometry.ts";
import { FacePipeline } from "../../../src/engine/models/facePipeline.ts";
import { type LabelledFrame, readDataFolder } from "../../../tools/evaluation/dataFolder.ts";
import { openShippedPipeline } from "../common/shippedPipeline.ts";

// Of what the detector gives less, no identity vector makes a face.
const leastScore = 0.2;

const [dataFolder, out] = process.argv.slice(2);
if (dataFolder === undefined || out === undefined) {
  throw new Error("Expected: gather.ts <data folder> <output folder>.");
}
const pipeline = await openShippedPipeline(out, 2, (what, done, total) => done % 500 === 0 && console.log(`${what}: ${done} of ${total}`));
const { models } = pipeline;
// Scores as the detector gives them: what is fitted here has no say in them yet.
const reader = new FacePipeline(
  { detector: models.detectorAt(leastScore), cropFace: (raster, face) => models.cropFace(raster, face), identity: models.identity },
  leastScore,
  undefined,
);

async function see({ path, faces }: LabelledFrame) {
  const found = await pipeline.readFaces(await pipeline.decode(path), reader);
  return found.map(({ box, score, identity }) => {
    const overlaps = faces.map((face) => iou(face, box));
    return { score, overlap: Math.max(0, ...overlaps), vector: identity };
  });
}

mkdirSync(out, { recursive: true });
const data = await readDataFolder(dataFolder, null);
const file = openSync(join(out, "vectors.f32"), "w");
const boxes = [];
for (const { name, frames } of data.splits) {
  const seen = await pipeline.each(name, frames, see);
  for (const [i, found] of seen.entries()) {
    const path = (frames[i] as LabelledFrame).path.slice(resolve(dataFolder).length + 1);
    for (const { score, overlap, vector } of found) {
      boxes.push({ split: name, path, score, overlap });
      writeSync(file, vector);
    }
  }
}
closeSync(file);
writeFileSync(join(out, "boxes.json"), JSON.stringify(boxes));
await models.dispose();
