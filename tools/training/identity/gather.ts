// What the engine's own functions make of every labelled picture, for the measures in this folder.
//
//     node gather.ts DATA CACHE
//
// Writes CACHE/engine.json, a list of {set, character, artwork, path, head} in the order of names, where head is the row of
// the picture's head in CACHE/heads.u8 (uint8 [H, 112, 112, 3] RGB; null where no face was found), and CACHE/looks.f32
// (float32 [N, 224], little-endian) with the look vector of each. A head crop is its own head; in whole pictures the detector
// finds it. Identity vectors are left to torch, because every split of the data has weights of its own.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { letterbox } from "../../../src/engine/imaging/resize.ts";
import { type LabelledPicture, readDataFolder } from "../../../tools/evaluation/dataFolder.ts";
import { openShippedPipeline } from "../common/shippedPipeline.ts";

const [dataFolder, cache] = process.argv.slice(2);
if (dataFolder === undefined || cache === undefined) {
  throw new Error("Expected: gather.ts <data folder> <cache folder>.");
}
const pipeline = await openShippedPipeline(cache, 1, (what, done, total) => done === total && console.log(`${what}: ${total}`));
const { models } = pipeline;
const { identity } = models.manifest;

async function see({ path, set }: LabelledPicture) {
  const { raster } = await pipeline.decode(path);
  const look = await pipeline.lookOf(raster);
  if (set.startsWith("faces/")) {
    return { look, head: (await letterbox(raster, identity.input)).raster };
  }
  const [[best] = []] = await models.faces.read([await models.detector.prepare(raster)]);
  return { look, head: best === undefined ? null : await models.cropFace(raster, best.box) };
}

mkdirSync(cache, { recursive: true });
const data = await readDataFolder(dataFolder, null);
const heads = openSync(join(cache, "heads.u8"), "w");
const looks = openSync(join(cache, "looks.f32"), "w");
const list = [];
let count = 0;
for (const { name, pictures } of data.sets) {
  const seen = await pipeline.each(name, pictures, see);
  for (const [i, { look, head }] of seen.entries()) {
    const { path, character, artwork } = pictures[i] as LabelledPicture;
    list.push({ set: name, character: data.twins.get(character) ?? character, artwork,
      path: path.slice(resolve(dataFolder).length + 1), head: head === null ? null : count });
    writeSync(looks, look);
    if (head !== null) {
      writeSync(heads, head.data);
      count += 1;
    }
  }
}
closeSync(heads);
closeSync(looks);
writeFileSync(join(cache, "engine.json"), JSON.stringify({ revision: models.revision, pictures: list }));
await models.dispose();
