import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import type { EngineProcess } from './engineProcess.ts';

/** What a search from one file answers: path → score, of whole images and of one face. */
export interface Answer {
  readonly byLook: ReadonlyMap<string, number>;
  readonly byFace: ReadonlyMap<string, number>;
}

/** Results of a face search that are compared: further down the index is only nearly exact. */
const comparedFaces = 8;
const tolerance = 1e-4;

export async function ask(engine: EngineProcess, folder: string, file: string): Promise<Answer> {
  const source = { kind: 'path' as const, path: join(folder, file) };
  const { queryId, faces } = await engine.request('query/open', { source });
  const scores = async (faceIds: number[], weight: number, limit: number) => {
    const queries = [{ queryId, faceIds }];
    const params = { queries, weight, offset: 0, limit };
    const { results } = await engine.request('query/similar', params);
    return new Map(results.map(({ relativePath, score }) => [relativePath, score]));
  };
  // Ids may differ between two libraries; places do not.
  const [first] = [...faces].sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x);
  return {
    byLook: await scores([], 0, 5_000),
    byFace: first === undefined ? new Map() : await scores([first.id], 0.6, comparedFaces),
  };
}

/** Whether an answer is what it was before the fault, but for files that are not there. */
export function assertSameAnswer(
  file: string,
  actual: Answer,
  expected: Answer,
  missing: ReadonlySet<string> = new Set(),
): void {
  const paths = [...expected.byLook.keys()].filter((path) => !missing.has(path)).sort();
  assert.deepEqual([...actual.byLook.keys()].sort(), paths, `results for ${file}`);
  for (const [path, score] of actual.byLook) {
    const right = expected.byLook.get(path) as number;
    assert.ok(Math.abs(score - right) < tolerance, `${file} → ${path}: ${score}, not ${right}`);
  }
  if (missing.size === 0) {
    const rounded = ({ byFace }: Answer) =>
      [...byFace].map(([path, score]) => `${path} ${score.toFixed(4)}`);
    assert.equal(actual.byFace.size, expected.byFace.size, `faces found for ${file}`);
    for (const [n, score] of [...actual.byFace.values()].entries()) {
      const right = [...expected.byFace.values()][n] as number;
      assert.ok(
        Math.abs(score - right) < tolerance,
        `faces of ${file}: ${rounded(actual)}, not ${rounded(expected)}`,
      );
    }
  }
}
