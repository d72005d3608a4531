import type { ChildProcess } from 'node:child_process';
import type { SelfTest } from '../../protocol/selfTest.ts';
import type { EngineExit } from './engineProcess.ts';

/** Far beyond what a slow disk and a virus scanner need: it only ends what would never end. */
const answerLimitMs = 60_000;

/** What GLib writes when the objects of one copy of it reach another: see isolateSharp.ts. */
const glibMessage = /\b(GLib[\w-]*|GObject|Gtk|Gdk[\w-]*)-(CRITICAL|WARNING|ERROR) \*\*:/;

/** What speaks against a runtime. */
export interface Verdict {
  readonly reason: string;
  /** Whether another process on this runtime would fail as well. */
  readonly lasting: boolean;
}

/**
 * The time in which an engine process proves its runtime: from its start until it has passed its
 * self-test and is initialised. A runtime that fails is followed by another one.
 */
export class RuntimeTrial {
  readonly #child: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  /** Null once it is over, with whatever result. */
  #verdict: Verdict | 'open' | 'tested' | null = 'open';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#timer = setTimeout(() => {
      this.#fail(`no answer within ${answerLimitMs / 1000} seconds`, false);
    }, answerLimitMs);
  }

  /** Takes the result of the self-test. The engine ends by itself where it failed. */
  receive({ failures }: SelfTest): void {
    const required = failures.filter((failure) => failure.required);
    if (this.#verdict !== 'open') {
      return;
    }
    clearTimeout(this.#timer);
    this.#verdict =
      required.length === 0
        ? 'tested'
        : {
            reason: required.map(({ part, message }) => `${part}: ${message}`).join('; '),
            lasting: true,
          };
  }

  /** Takes a line of the standard error. */
  read(line: string): void {
    if (glibMessage.test(line)) {
      this.#fail(line, true);
    }
  }

  /** The engine has answered: whatever happens to it later is not for its runtime. */
  pass(): void {
    clearTimeout(this.#timer);
    if (this.#verdict === 'open' || this.#verdict === 'tested') {
      this.#verdict = null;
    }
  }

  /**
   * Takes the end of the process.
   * @returns what speaks against the runtime; null where the end has nothing to do with it
   */
  end(how: string, exit: EngineExit | null): Verdict | null {
    clearTimeout(this.#timer);
    const verdict = this.#verdict;
    this.#verdict = null;
    if (verdict === 'open') {
      // A person or the system may end any process.
      return exit === 'killed' ? null : { reason: how, lasting: exit !== null };
    }
    return verdict === 'tested' ? null : verdict;
  }

  #fail(reason: string, lasting: boolean): void {
    if (this.#verdict === 'open' || this.#verdict === 'tested') {
      this.#verdict = { reason, lasting };
      this.#child.kill('SIGKILL');
    }
  }
}
