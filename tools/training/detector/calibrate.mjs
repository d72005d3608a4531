// Writes the range of every float tensor of a detector's graph over some pictures, for `quantise.py`.
//
//     node calibrate.mjs FLOAT32.onnx FOLDER_OF_PICTURES ranges.json
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require("onnxruntime-node");
const sharp = require("sharp");

const PICTURES = 64;
const SIDE = 320;
// The share of values that may lie outside the range on either side: single spikes would coarsen every other value.
const TAIL = 2e-5;

const [model, folder, target] = process.argv.slice(2);
const session = await InferenceSession.create(readFileSync(model), { intraOpNumThreads: 2 });
const names = readdirSync(folder).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
const step = Math.max(1, Math.floor(names.length / PICTURES));
const ranges = {};
for (const name of names.filter((_, index) => index % step === 0).slice(0, PICTURES)) {
  const fit = { width: SIDE, height: SIDE, fit: "contain", background: "#727272" };
  const bytes = await sharp(join(folder, name)).flatten({ background: "#727272" }).resize(fit).removeAlpha().toColourspace("srgb").raw().toBuffer();
  const data = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) {
    data[(index % 3) * SIDE * SIDE + Math.floor(index / 3)] = bytes[index] / 255;
  }
  const outputs = await session.run({ images: new Tensor("float32", data, [1, 3, SIDE, SIDE]) });
  for (const [output, tensor] of Object.entries(outputs)) {
    const values = Float32Array.from(tensor.data).sort();
    const tail = Math.floor(values.length * TAIL);
    const [low, high] = ranges[output] ?? [0, 0];
    ranges[output] = [Math.min(low, values[tail]), Math.max(high, values[values.length - 1 - tail])];
  }
}
writeFileSync(target, JSON.stringify(ranges));
