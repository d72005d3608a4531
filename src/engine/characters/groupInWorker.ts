import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FaceDecisions, FacesToGroup, GroupedFaces } from './groupFaces.ts';

export interface GroupingTask {
  readonly faces: FacesToGroup;
  readonly decisions: FaceDecisions;
}

// The bundled engine finds the thread's program beside it under the same name.
const entry = new URL(
  import.meta.url.endsWith('.ts') ? './groupWorker.ts' : './groupWorker.js',
  import.meta.url,
);

/**
 * Groups faces on a thread of its own, so that searches go on meanwhile. The vectors move there and
 * cannot be used here any more.
 *
 * @throws AbortError where the signal ends it; whatever ends the thread otherwise.
 */
export async function groupInWorker(
  task: GroupingTask,
  signal: AbortSignal,
): Promise<GroupedFaces> {
  signal.throwIfAborted();
  const vectors = task.faces.identities.values.buffer as ArrayBuffer;
  const worker = new Worker(entry, { workerData: task, transferList: [vectors], execArgv: [] });
  try {
    const [grouped] = await once(worker, 'message', { signal });
    return grouped as GroupedFaces;
  } finally {
    await worker.terminate();
  }
}
