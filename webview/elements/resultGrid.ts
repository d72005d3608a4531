import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Card } from '../../src/protocol/viewProtocol.ts';
import type { ResultPages } from '../state/resultPages.ts';
import { text } from '../strings.ts';
import { cardStyles } from './cardStyles.ts';
import type { CopyList } from './copyList.ts';
import { place } from './fileLocation.ts';
import { columnsFor, moveInGrid } from './gridShape.ts';
import { gapPx, gridStyles } from './gridStyles.ts';
import { type CardActions, opensBeside, resultCell } from './resultCard.ts';
import { type Row, RowWindow } from './rowWindow.ts';
import { pictureStyles, sharedStyles, skeletonStyles } from './styles.ts';
import './copyList.ts';

/** Least width of a card, by the width of the grid: small ones in a narrow side bar. */
const leastCardPx = (width: number) => (width < 300 ? 76 : width < 640 ? 112 : 144);

/**
 * The results, of which only the rows in sight are in the document. It scrolls with the page:
 * `scroller` is the page's scrolling element, the grid lies somewhere below its top.
 */
export class ResultGrid extends LitElement {
  static override styles = [sharedStyles, pictureStyles, skeletonStyles, cardStyles, gridStyles];

  @property({ attribute: false }) accessor pages: ResultPages | null = null;
  /** Changes with every change of the pages, so that the grid draws again. */
  @property({ type: Number }) accessor revision = 0;
  @property({ attribute: false }) accessor scroller: HTMLElement | null = null;
  @property({ attribute: false }) accessor sessionId = '';
  /** Height of what sticks to the top of the page and would hide cards. */
  @property({ type: Number }) accessor stickyPx = 0;
  @property({ attribute: false }) accessor open: (
    card: Card,
    options: { place: number; beside: boolean },
  ) => void = () => undefined;
  @property({ attribute: false }) accessor searchFrom: (card: Card) => void = () => undefined;

  @state() private accessor width = 0;
  /** The size of the text, which the height of a card depends on. */
  @state() private accessor emPx = 13;
  @state() private accessor active = 0;
  @query('.em') private accessor em: HTMLElement | null = null;
  @query('ff-copy-list') private accessor copyList: CopyList | null = null;

  readonly #broken = new Set<string>();
  readonly #window = new RowWindow(() => this.requestUpdate());
  #focusNext = false;
  #hadFocus = false;

  readonly #sizes = new ResizeObserver(() => this.#measure());
  readonly #actions: CardActions = {
    open: (card, beside) => this.open(card, { place: 0, beside }),
    searchFrom: (card) => this.searchFrom(card),
    showCopies: (card, anchor) => this.copyList?.show(card, anchor),
    thumbnailFailed: (card) => {
      this.#broken.add(thumbnailKey(card));
      this.requestUpdate();
    },
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
    this.addEventListener('keydown', this.#onKey);
    this.addEventListener('focusin', this.#onFocus);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
    this.#window.close();
  }

  /** Makes the first card the one that the Tab key reaches, as for a new list. */
  rewind(): void {
    this.active = 0;
  }

  /** Where the grid begins has changed, as when what lies above it grows. */
  #measure(): void {
    const { scroller } = this;
    if (scroller === null) {
      return;
    }
    this.emPx = Number.parseFloat(getComputedStyle(this).fontSize);
    this.width = this.clientWidth;
    this.requestUpdate();
  }

  get #columns(): number {
    return columnsFor(this.width, leastCardPx(this.width), gapPx);
  }

  /** A square picture and the caption below it (`.caption` is 3.1 em high). */
  get #rowPx(): number {
    const card = (this.width - gapPx * (this.#columns - 1)) / this.#columns;
    return Math.ceil(card + 3.1 * this.emPx + gapPx);
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const total = this.pages?.total ?? 0;
    if (this.active >= total) {
      this.active = Math.max(0, total - 1);
    }
    this.#hadFocus = this.shadowRoot?.activeElement?.closest('.card') != null;
    this.#virtualise(changed.has('width') || changed.has('emPx'));
  }

  #virtualise(resized: boolean): void {
    const { scroller } = this;
    if (scroller === null || this.width === 0) {
      return;
    }
    this.#window.update({
      scroller,
      count: Math.ceil((this.pages?.total ?? 0) / this.#columns),
      rowPx: this.#rowPx,
      offsetPx: this.#offsetIn(scroller),
      stickyPx: this.stickyPx,
      gapPx,
      // Focus must not be lost when the card that has it is scrolled out of sight.
      alwaysDrawn: this.#activeRow,
      resized,
    });
  }

  get #activeRow(): number {
    return Math.floor(this.active / this.#columns);
  }

  #offsetIn(scroller: HTMLElement): number {
    const top = this.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    return Math.round(top + scroller.scrollTop);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { pages } = this;
    const rows = this.#window.rows;
    if (pages === null || !this.#window.isOpen || pages.total === 0) {
      return nothing;
    }
    const columns = this.#columns;
    return html`
      <div class="em"></div>
      <div
        class="grid"
        role="grid"
        aria-label=${text.results()}
        aria-rowcount=${Math.ceil(pages.total / columns)}
        aria-colcount=${columns}
        ${place({ '--total': `${this.#window.totalPx}px`, '--columns': String(columns) })}
      >
        ${repeat(
          rows,
          (row) => row.index,
          (row) => this.#row(row, pages, columns),
        )}
      </div>
      <ff-copy-list .sessionId=${this.sessionId} .open=${this.open}></ff-copy-list>
    `;
  }

  #row(row: Row, pages: ResultPages, columns: number): TemplateResult {
    const first = row.index * columns;
    const indices = Array.from(
      { length: Math.min(columns, pages.total - first) },
      (_, column) => first + column,
    );
    return html`<div
      class="row"
      role="row"
      aria-rowindex=${row.index + 1}
      ${place({ '--start': `${row.startPx}px` })}
    >
      ${repeat(
        indices,
        (index) => index,
        (index) => this.#cell(index, index - first, pages),
      )}
    </div>`;
  }

  #cell(index: number, column: number, pages: ResultPages): TemplateResult {
    const card = pages.cardAt(index);
    const at = {
      index,
      total: pages.total,
      column,
      active: index === this.active,
      sessionId: this.sessionId,
      thumbnailBroken: card !== null && this.#broken.has(thumbnailKey(card)),
    };
    return resultCell(card, at, this.#actions);
  }

  protected override updated(): void {
    if (this.em !== null) {
      this.#sizes.observe(this.em);
    }
    this.#fetchInSight();
    // A card that moved to another row is another element: the focus moves along.
    const lost = this.#hadFocus && this.shadowRoot?.activeElement == null;
    if (this.#focusNext || lost) {
      this.#focusActive();
    }
  }

  /** Asks for the cards in sight; the active row may lie elsewhere and is asked for itself. */
  #fetchInSight(): void {
    const { inSight } = this.#window;
    if (inSight !== null) {
      const columns = this.#columns;
      this.pages?.ensure((inSight.first - 2) * columns, (inSight.last + 3) * columns - 1);
      this.pages?.ensure(this.active, this.active);
    }
  }

  #focusActive(): void {
    const cell = this.renderRoot.querySelector<HTMLElement>(`[data-index="${this.active}"]`);
    if (cell !== null) {
      this.#focusNext = false;
      cell.focus({ preventScroll: true });
    }
  }

  readonly #onFocus = (event: FocusEvent): void => {
    const cell = cellOf(event);
    if (cell !== undefined) {
      this.active = Number(cell.dataset['index']);
    }
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const cell = cellOf(event);
    const onCell = event.composedPath()[0] === cell;
    if (cell === undefined || this.pages === null || !onCell) {
      return;
    }
    const card = this.pages.cardAt(this.active);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (card !== null) {
        this.#actions.open(card, opensBeside(event));
      }
      return;
    }
    const target = event.altKey ? null : moveInGrid(event.key, this.active, this.#shape());
    if (target !== null) {
      event.preventDefault();
      this.#goTo(target);
    }
  };

  #shape() {
    const visible = (this.scroller?.clientHeight ?? 0) - this.stickyPx;
    return {
      count: this.pages?.total ?? 0,
      columns: this.#columns,
      rowsPerPage: Math.max(1, Math.floor(visible / this.#rowPx)),
      rtl: getComputedStyle(this).direction === 'rtl',
    };
  }

  #goTo(index: number): void {
    this.active = index;
    this.#focusNext = true;
    this.#window.scrollTo(this.#activeRow);
  }
}

function thumbnailKey(card: Card): string {
  return `${card.imageId} ${card.thumbnail}`;
}

function cellOf(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find(
      (node): node is HTMLElement =>
        node instanceof HTMLElement && node.getAttribute('role') === 'gridcell',
    );
}

customElements.define('ff-result-grid', ResultGrid);
