import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ModelSet } from "../../../src/engine/models/modelSet.ts";
import { EvaluationPipeline } from "../../../tools/evaluation/evaluationPipeline.ts";

/**
 * The engine's stages with the shipped models on the CPU.
 *
 * @param cache folder for what the engine remembers of this machine.
 * @param threads where the environment variable THREADS does not say how many.
 */
export async function openShippedPipeline(
  cache: string,
  threads: number,
  onProgress: (what: string, done: number, total: number) => void,
): Promise<EvaluationPipeline> {
  const models = await ModelSet.load({
    folder: fileURLToPath(new URL("../../../models", import.meta.url)),
    provider: "cpu",
    threads: Number(process.env["THREADS"] ?? threads),
    cacheFolder: join(cache, "providers"),
    log: () => undefined,
    onFallback: () => undefined,
  });
  return new EvaluationPipeline(models, onProgress);
}
