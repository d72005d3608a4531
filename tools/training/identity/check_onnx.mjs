// Compares an exported model with torch's own output on the probe beside it, and times it.
// node check_onnx.mjs <model.onnx> <probe folder> [threads]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ort from "onnxruntime-node";

const [modelPath, probeFolder, threads = "2"] = process.argv.slice(2);
const probe = JSON.parse(readFileSync(join(probeFolder, "probe.json"), "utf8"));
const floats = (name) => new Float32Array(new Uint8Array(readFileSync(join(probeFolder, name))).buffer);
const session = await ort.InferenceSession.create(modelPath, { intraOpNumThreads: Number(threads) });
const [inputName] = session.inputNames;
const [outputName] = session.outputNames;
const run = async (data, shape) => (await session.run({ [inputName]: new ort.Tensor("float32", data, shape) }))[outputName];

const expected = floats("output.f32");
const input = floats("input.f32");
const actual = await run(input, probe.input);
let largest = 0;
for (const [position, value] of expected.entries()) {
  largest = Math.max(largest, Math.abs(value - actual.data[position]));
}
const single = input.slice(0, input.length / probe.input[0]);
const shape = [1, ...probe.input.slice(1)];
const times = [];
for (let round = 0; round < 40; round += 1) {
  const began = performance.now();
  await run(single, shape);
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ largestDifference: largest, medianMs: times[20], fastestMs: times[0], output: actual.dims }));
if (largest > 1e-4) {
  throw new Error(`Expected torch and onnxruntime to agree within 1e-4 but they differ by ${largest}.`);
}
