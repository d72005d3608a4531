import { Throttle } from '../../common/throttle.ts';

/** Each notification costs a search where results are open. */
const notifyIntervalMs = 1_000;

/** Counts the changes of the library: answers of equal epochs are equal. */
export class LibraryEpoch {
  readonly #changed: Throttle;
  #value = 0;

  /** @param onChanged is called at most once a second */
  constructor(onChanged: (epoch: number) => void) {
    this.#changed = new Throttle(notifyIntervalMs, () => onChanged(this.#value));
  }

  get value(): number {
    return this.#value;
  }

  /** The library has changed. */
  advance(): void {
    this.#value++;
    this.#changed.request();
  }

  /** Notifies at once of a change that still waits to be told. */
  flush(): void {
    this.#changed.flush();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
