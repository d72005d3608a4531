import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import { rowsToDraw } from './gridShape.ts';

export interface Row {
  readonly index: number;
  /** From the top of the list. */
  readonly startPx: number;
}

export interface RowList {
  /** What scrolls; the list lies somewhere in it. */
  readonly scroller: HTMLElement;
  readonly count: number;
  /** Height of a row with the gap below it. */
  readonly rowPx: number;
  /** Where the list begins in the scroller. */
  readonly offsetPx: number;
  /** Height of what sticks to the scroller's top and hides rows. */
  readonly stickyPx: number;
  readonly gapPx: number;
  /** A row to draw wherever it is. */
  readonly alwaysDrawn: number;
  /** Whether `rowPx` may differ from the last time. */
  readonly resized: boolean;
}

/** Which rows of a long list are in sight and have to be in the document. */
export class RowWindow {
  readonly #onDidChange: () => void;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;
  #stop: (() => void) | undefined;

  constructor(onDidChange: () => void) {
    this.#onDidChange = onDidChange;
  }

  /** Whether `update` has been called since the last `close`. */
  get isOpen(): boolean {
    return this.#virtualizer !== null;
  }

  get totalPx(): number {
    return this.#virtualizer?.getTotalSize() ?? 0;
  }

  /** The rows to draw: those in sight, a few around them, and the one that is always drawn. */
  get rows(): Row[] {
    const margin = this.#virtualizer?.options.scrollMargin ?? 0;
    const items = this.#virtualizer?.getVirtualItems() ?? [];
    return items.map(({ index, start }) => ({ index, startPx: start - margin }));
  }

  /** The first and the last row in sight; null where none is. */
  get inSight(): { readonly first: number; readonly last: number } | null {
    const range = this.#virtualizer?.range ?? null;
    return range === null ? null : { first: range.startIndex, last: range.endIndex };
  }

  update(list: RowList): void {
    const options = {
      count: list.count,
      getScrollElement: () => list.scroller,
      estimateSize: () => list.rowPx,
      scrollMargin: list.offsetPx,
      scrollPaddingStart: list.stickyPx + list.gapPx,
      scrollPaddingEnd: list.gapPx,
      overscan: 2,
      rangeExtractor: ({ startIndex, endIndex, overscan, count }) =>
        rowsToDraw(startIndex - overscan, endIndex + overscan, count, list.alwaysDrawn),
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: this.#onDidChange,
    } satisfies ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0];
    if (this.#virtualizer === null) {
      this.#virtualizer = new Virtualizer(options);
      this.#stop = this.#virtualizer._didMount();
    } else {
      this.#virtualizer.setOptions(options);
    }
    if (list.resized) {
      this.#virtualizer.measure();
    }
    this.#virtualizer._willUpdate();
  }

  /** Brings a row into sight, by as little as needed. */
  scrollTo(row: number): void {
    this.#virtualizer?.scrollToIndex(row, { align: 'auto' });
  }

  close(): void {
    this.#stop?.();
    this.#virtualizer = null;
  }
}
