// What the engine finds in pictures with labelled boxes, and the identity vectors of that: what `fit.py` learns from.
//
//     node gather.ts DATA OUT
//
// DATA is laid out by `scenes.py`. Writes OUT/boxes.json, a list of {split, path, score, overlap} where `overlap` is the best
// IoU with a labelled box, and OUT/vectors.f32 (float32 [N, D], little-endian) with the identity vector of each.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { iou, scaleBox } from "../../../src/base/geometry.ts";
import { ModelSet } from "../../../src/engine/models/modelSet.ts";
import { type LabelledFrame, readDataFolder } from "../../../src/evaluation/dataFolder.ts";
import { Eyes } from "../../../src/evaluation/eyes.ts";

// Of what the detector gives less, no identity vector makes a face.
const leastScore = 0.2;

const [dataFolder, out] = process.argv.slice(2);
if (dataFolder === undefined || out === undefined) {
  throw new Error("Expected: gather.ts <data folder> <output folder>.");
}
const models = await ModelSet.load({
  folder: fileURLToPath(new URL("../..", import.meta.url)),
  provider: "cpu",
  threads: Number(process.env["THREADS"] ?? 2),
  cacheFolder: join(out, "providers"),
  log: () => undefined,
  onFallback: () => undefined,
});
const eyes = new Eyes(models, (what, done, total) => done % 500 === 0 && console.log(`${what}: ${done} of ${total}`));
const detector = models.detectorAt(leastScore);

async function see({ path, faces }: LabelledFrame) {
  const { raster, scale } = await eyes.decode(path);
  const [found = []] = await detector.detect([await detector.prepare(raster)]);
  const crops = await Promise.all(found.map(({ box }) => models.cropFace(raster, box)));
  const vectors = await models.identity.embed(crops);
  return found.map(({ box, score }, i) => {
    const overlaps = faces.map((face) => iou(face, scaleBox(box, 1 / scale)));
    return { score, overlap: Math.max(0, ...overlaps), vector: vectors[i] as Float32Array };
  });
}

mkdirSync(out, { recursive: true });
const data = await readDataFolder(dataFolder, null);
const file = openSync(join(out, "vectors.f32"), "w");
const boxes = [];
for (const { name, frames } of data.splits) {
  const seen = await eyes.each(name, frames, see);
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
