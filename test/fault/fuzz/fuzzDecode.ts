import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Report, Task } from './decodeWorker.ts';

const worker = fileURLToPath(new URL('decodeWorker.ts', import.meta.url));

/** A file that takes longer is a hang: far beyond what any of the small files needs. */
const limitMs = 60_000;
const batch = 100;

export interface FuzzOptions {
  readonly seed: number;
  readonly files: number;
  readonly workers: number;
}

export interface FuzzResult {
  /** Format → outcome → how many. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Numbers of the mutants that ended their process, with how. */
  readonly deaths: readonly string[];
  readonly hangs: readonly number[];
  /** Outcomes that say nothing to people, or a raster that is not what it says. */
  readonly wrong: readonly string[];
  readonly slowest: Extreme;
  readonly largest: Extreme;
}

/** Milliseconds or bytes, and of which mutant. */
interface Extreme {
  readonly value: number;
  readonly file: string;
}

const rightOutcomes: ReadonlySet<string> = new Set([
  'decoded',
  'image-format',
  'image-damaged',
  'image-too-large',
]);

/** Decodes mutants in processes of their own; a death or a hang costs that one file. */
export async function fuzzDecode({ seed, files, workers }: FuzzOptions): Promise<FuzzResult> {
  const run = new FuzzRun(seed, files);
  await Promise.all(Array.from({ length: workers }, () => run.work()));
  return run.result();
}

class FuzzRun {
  readonly #seed: number;
  readonly #files: number;
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #deaths: string[] = [];
  readonly #hangs: number[] = [];
  readonly #wrong: string[] = [];
  #next = 0;
  #slowest: Extreme = { value: 0, file: '' };
  #largest: Extreme = { value: 0, file: '' };

  constructor(seed: number, files: number) {
    this.#seed = seed;
    this.#files = files;
  }

  /** Keeps one process busy, and a new one where it ends, until all is decoded. */
  async work(): Promise<void> {
    let left: number[] = [];
    while (left.length > 0 || this.#next < this.#files) {
      left = await this.#useProcess(left);
    }
  }

  result(): FuzzResult {
    return {
      outcomes: this.#outcomes,
      deaths: this.#deaths,
      hangs: this.#hangs,
      wrong: this.#wrong,
      slowest: this.#slowest,
      largest: this.#largest,
    };
  }

  /** @returns what a process that ended early has left of its batch. */
  #useProcess(remaining: readonly number[]): Promise<number[]> {
    const child = fork(worker, [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let left = [...remaining];
    let current: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: Report) => {
      clearTimeout(timer);
      if (message.kind === 'begin') {
        current = message.number;
        timer = setTimeout(() => {
          this.#hangs.push(message.number);
          child.kill('SIGKILL');
        }, limitMs);
      } else if (message.kind === 'end') {
        current = undefined;
        left = left.filter((number) => number !== message.number);
        this.#count(message);
      } else {
        left = left.length > 0 ? left : this.#take();
        this.#send(child, left);
      }
    });
    return new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        if (current !== undefined) {
          if (!this.#hangs.includes(current)) {
            this.#deaths.push(`${current}: ${signal ?? `exit code ${code}`}`);
          }
          left = left.filter((number) => number !== current);
        }
        resolve(left);
      });
    });
  }

  #send(child: ChildProcess, numbers: readonly number[]): void {
    if (numbers.length === 0) {
      child.disconnect();
      return;
    }
    const task: Task = { seed: this.#seed, numbers };
    child.send(task);
  }

  #take(): number[] {
    const start = this.#next;
    this.#next = Math.min(this.#files, start + batch);
    return Array.from({ length: this.#next - start }, (_, n) => start + n);
  }

  #count({ number, name, outcome, milliseconds, rssBytes }: Report & { kind: 'end' }): void {
    const counts = this.#outcomes.get(name) ?? new Map<string, number>();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.#outcomes.set(name, counts);
    if (!rightOutcomes.has(outcome)) {
      this.#wrong.push(`${number} (${name}): ${outcome}`);
    }
    const file = `${number} (${name})`;
    if (milliseconds > this.#slowest.value) {
      this.#slowest = { value: milliseconds, file };
    }
    if (rssBytes > this.#largest.value) {
      this.#largest = { value: rssBytes, file };
    }
  }
}
