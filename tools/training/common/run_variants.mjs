// Runs models on raw pictures (uint8 [N, S, S, 3] RGB, read as float32 [N, 3, S, S] in 0..255).
//
//     node run_variants.mjs ranges PICTURES.u8 SIDE ranges.json EXPOSED.onnx
//     node run_variants.mjs vectors PICTURES.u8 SIDE OUT MODEL.onnx MODEL.onnx …
//
// "ranges" writes {tensor: [lowest, highest]} of the model's outputs, each the mean over batches of eight, which is less moved
// by single pictures than the extremes. "vectors" writes OUT/<n>.f32 of each model and prints, for each, the CPU milliseconds a
// picture on one thread: the models take turns picture by picture, so that other work on the machine weighs on all alike.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import ort from "onnxruntime-node";

const [mode, picturesFile, sideText, out, ...files] = process.argv.slice(2);
const side = Number(sideText);
const pictures = readFileSync(picturesFile);
const plane = side * side;
const count = pictures.length / (3 * plane);
const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
const sessions = await Promise.all(files.map((file) => ort.InferenceSession.create(file, options)));

function batch(first, size) {
  const data = new Float32Array(size * 3 * plane);
  for (let n = 0; n < size; n += 1) {
    for (let pixel = 0; pixel < plane; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        data[(n * 3 + channel) * plane + pixel] = pictures[((first + n) * plane + pixel) * 3 + channel];
      }
    }
  }
  return new ort.Tensor("float32", data, [size, 3, side, side]);
}

async function findRanges([session]) {
  const sums = Object.fromEntries(session.outputNames.map((name) => [name, [0, 0]]));
  const size = 8;
  const batches = Math.floor(count / size);
  for (let number = 0; number < batches; number += 1) {
    const outputs = await session.run({ [session.inputNames[0]]: batch(number * size, size) });
    for (const [name, { data }] of Object.entries(outputs)) {
      let low = Infinity;
      let high = -Infinity;
      for (const value of data) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      sums[name][0] += low / batches;
      sums[name][1] += high / batches;
    }
  }
  writeFileSync(out, JSON.stringify(sums));
}

async function findVectors() {
  const rows = sessions.map(() => []);
  const spent = sessions.map(() => []);
  for (let n = 0; n < count; n += 1) {
    const input = batch(n, 1);
    for (const [index, session] of sessions.entries()) {
      const before = process.cpuUsage();
      const outputs = await session.run({ [session.inputNames[0]]: input });
      const { user, system } = process.cpuUsage(before);
      spent[index].push((user + system) / 1000);
      rows[index].push(outputs[session.outputNames[0]].data);
    }
  }
  for (const [index, vectors] of rows.entries()) {
    writeFileSync(`${out}/${index}.f32`, Buffer.concat(vectors.map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength))));
  }
  const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  console.log(JSON.stringify(spent.map(median)));
}

await (mode === "ranges" ? findRanges(sessions) : findVectors());
