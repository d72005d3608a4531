import { parentPort, workerData } from 'node:worker_threads';
import { loadAnnoy } from '../../native/annoy.ts';
import { groupFaces } from './groupFaces.ts';
import type { GroupingTask } from './groupInWorker.ts';

/** The thread that groups faces: it gets all of them when it starts, answers once, and ends. */
const { faces, decisions } = workerData as GroupingTask;
const loaded = loadAnnoy();
const annoy = 'module' in loaded ? loaded.module : undefined;
// Whoever loses patience ends the thread.
const grouped = await groupFaces(faces, decisions, annoy, new AbortController().signal);
parentPort?.postMessage(grouped);
