// Writes the weights that the npm package `nsfwjs` bundles as JavaScript into the usual NAME.json + NAME.bin pair.
// node unpack_nsfwjs.mjs <folder of the package nsfwjs> <model: mobilenet_v2_mid> <output folder>
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [packageFolder, model, outputFolder] = process.argv.slice(2);
if (packageFolder === undefined || model === undefined || outputFolder === undefined) {
  throw new Error("Expected: unpack_nsfwjs.mjs <package folder> <model> <output folder>.");
}
const require = createRequire(import.meta.url);
const folder = join(packageFolder, "dist", "cjs", "models", model);
const load = (name) => {
  const loaded = require(resolve(folder, `${name}.min.js`));
  return loaded.default ?? loaded;
};
const topology = load("model");
const shards = topology.weightsManifest.flatMap((group) => group.paths);
mkdirSync(outputFolder, { recursive: true });
writeFileSync(join(outputFolder, `${model}.json`), JSON.stringify(topology));
writeFileSync(join(outputFolder, `${model}.bin`), Buffer.concat(shards.map((name) => Buffer.from(load(name), "base64"))));
