import { examineNode, nodesOnPath } from './findNode.ts';
import { ownRuntime, type RejectedRuntime, type Runtime, type RuntimeReport } from './runtime.ts';
import type { RuntimeMemory } from './runtimeMemory.ts';

export interface RuntimeChooserOptions {
  /** Absent where nothing is to be remembered beyond this object. */
  readonly memory?: RuntimeMemory;
  /** Path of the Node.js that the person has chosen; empty or absent where there is no choice. */
  readonly chosen?: () => string;
  /** Folders of which no program is run. */
  readonly untrusted?: () => readonly string[];
  /** Whose `PATH` is searched; none where absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Tried before `PATH`; that of this process where absent. */
  readonly own?: Runtime;
}

/**
 * Chooses the program that runs the engine: the person's choice, then VS Code's own runtime, then a
 * Node.js on `PATH`. Each is asked for only when those before it have failed.
 */
export class RuntimeChooser {
  readonly #options: RuntimeChooserOptions;
  /** What failed in this session, by executable. */
  readonly #failed = new Map<string, string>();
  #report: RuntimeReport = { taken: null, rejected: [] };

  constructor(options: RuntimeChooserOptions = {}) {
    this.#options = options;
  }

  /** What the last choice was. */
  get report(): RuntimeReport {
    return this.#report;
  }

  /** The first runtime of which no failure is known; null where none is left. */
  async choose(): Promise<Runtime | null> {
    const rejected: RejectedRuntime[] = [];
    const seen = new Set<string>();
    let taken: Runtime | null = null;
    for await (const candidate of this.#candidates()) {
      if (seen.has(candidate.executable)) {
        continue;
      }
      seen.add(candidate.executable);
      const reason = await this.#reasonAgainst(candidate);
      if (reason === null) {
        taken = candidate;
        break;
      }
      rejected.push({ ...candidate, reason });
    }
    this.#report = { taken, rejected };
    return taken;
  }

  /**
   * Never chooses the runtime again.
   * @param lasting whether that holds for later sessions and other windows too
   */
  async reject({ executable, ...rest }: Runtime, reason: string, lasting: boolean): Promise<void> {
    this.#failed.set(executable, reason);
    if (lasting) {
      await this.#options.memory?.remember({ executable, ...rest }, reason);
    }
  }

  /** Every runtime is tried again. */
  async forget(): Promise<void> {
    this.#failed.clear();
    await this.#options.memory?.forget();
  }

  async *#candidates(): AsyncGenerator<Runtime | RejectedRuntime> {
    const { chosen, own = ownRuntime(), env = {}, untrusted } = this.#options;
    const shared = { env, untrusted: untrusted?.() ?? [] };
    const path = chosen?.() ?? '';
    if (path !== '') {
      yield await examineNode(path, { origin: 'setting', ...shared });
    }
    yield own;
    for (const found of await nodesOnPath(env)) {
      yield await examineNode(found, { origin: 'path', ...shared });
    }
  }

  async #reasonAgainst(candidate: Runtime | RejectedRuntime): Promise<string | null> {
    if ('reason' in candidate) {
      return candidate.reason;
    }
    const { memory } = this.#options;
    return (
      this.#failed.get(candidate.executable) ?? (await memory?.reasonAgainst(candidate)) ?? null
    );
  }
}
