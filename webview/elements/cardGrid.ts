import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ResultPages } from '../state/resultPages.ts';
import { place } from './fileLocation.ts';
import { columnsFor, moveInGrid } from './gridShape.ts';
import { gapPx } from './gridStyles.ts';
import { type Row, RowWindow } from './rowWindow.ts';

/** Least width of a card, by the width of the grid: small ones in a narrow side bar. */
const leastCardPx = (width: number) => (width < 300 ? 76 : width < 640 ? 112 : 144);

/** Where in the grid a card is drawn. */
export interface CellPlace {
  readonly index: number;
  readonly total: number;
  readonly column: number;
  /** Whether it is the one card that the Tab key reaches. */
  readonly active: boolean;
}

/**
 * A long list of cards, of which only the rows in sight are in the document. It scrolls with the
 * page: `scroller` is the page's scrolling element, the grid lies somewhere below its top. Its
 * cells are elements with the role `gridcell` and their index in `data-index`.
 */
export abstract class CardGrid<C> extends LitElement {
  @property({ attribute: false }) accessor pages: ResultPages<C> | null = null;
  /** Changes with every change of the pages, so that the grid draws again. */
  @property({ type: Number }) accessor revision = 0;
  @property({ attribute: false }) accessor scroller: HTMLElement | null = null;
  @property({ attribute: false }) accessor sessionId = '';
  /** Height of what sticks to the top of the page and would hide cards. */
  @property({ type: Number }) accessor stickyPx = 0;

  @state() private accessor width = 0;
  /** The size of the text, which the height of a card depends on. */
  @state() private accessor emPx = 13;
  @state() protected accessor active = 0;
  @query('.em') private accessor em: HTMLElement | null = null;

  readonly #window = new RowWindow(() => this.requestUpdate());
  #focusNext = false;
  #hadFocus = false;
  #menuIsOpen = false;

  readonly #sizes = new ResizeObserver(() => this.#measure());

  /** What the grid is called. */
  protected abstract readonly label: string;
  /** Height of what stands below a card's square picture, in em. */
  protected abstract readonly captionEm: number;
  /** Draws one place: a card, or null where its page has not arrived. */
  protected abstract cell(card: C | null, at: CellPlace): TemplateResult;
  /** Takes a key that was pressed on a card. @returns whether it meant something. */
  protected abstract takeKey(event: KeyboardEvent, card: C, index: number): boolean;

  /** Whether several cards can be selected. */
  protected get selectsSeveral(): boolean {
    return false;
  }

  /** What is drawn beside the grid. */
  protected renderBeside(): TemplateResult | typeof nothing {
    return nothing;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
    this.addEventListener('keydown', this.#onKey);
    // Inside: a move of the focus from card to card is not to be heard outside of the shadow root.
    this.renderRoot.addEventListener('focusin', this.#onFocus);
    this.addEventListener('contextmenu', this.#onMenu);
    window.addEventListener('focus', this.#onReturn);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('focus', this.#onReturn);
    this.#sizes.disconnect();
    this.#window.close();
  }

  /** Makes the first card the one that the Tab key reaches, as for a new list. */
  rewind(): void {
    this.active = 0;
  }

  /** Gives the focus to the card that the Tab key reaches. */
  focusCard(): void {
    this.#goTo(this.active);
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

  /** A square picture and the caption below it. */
  get #rowPx(): number {
    const card = (this.width - gapPx * (this.#columns - 1)) / this.#columns;
    return Math.ceil(card + this.captionEm * this.emPx + gapPx);
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
        aria-label=${this.label}
        aria-rowcount=${Math.ceil(pages.total / columns)}
        aria-colcount=${columns}
        aria-multiselectable=${this.selectsSeveral ? 'true' : nothing}
        ${place({ '--total': `${this.#window.totalPx}px`, '--columns': String(columns) })}
      >
        ${repeat(
          rows,
          (row) => row.index,
          (row) => this.#row(row, pages, columns),
        )}
      </div>
      ${this.renderBeside()}
    `;
  }

  #row(row: Row, pages: ResultPages<C>, columns: number): TemplateResult {
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
        (index) =>
          this.cell(pages.cardAt(index), {
            index,
            total: pages.total,
            column: index - first,
            active: index === this.active,
          }),
      )}
    </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
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

  /** VS Code draws the menu elsewhere: the focus comes back to the page, and is to be on the card. */
  readonly #onMenu = (event: Event): void => {
    this.#menuIsOpen = cellOf(event) !== undefined;
  };

  readonly #onReturn = (): void => {
    if (this.#menuIsOpen && this.shadowRoot?.activeElement == null) {
      this.#focusActive();
    }
    this.#menuIsOpen = false;
  };

  readonly #onFocus = (event: Event): void => {
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
    // On a card that is still on its way these do nothing, rather than scroll the page.
    const waits = card === null && ['Enter', ' '].includes(event.key);
    if (waits || (card !== null && this.takeKey(event, card, this.active))) {
      event.preventDefault();
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
    this.requestUpdate();
  }
}

function cellOf(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find(
      (node): node is HTMLElement =>
        node instanceof HTMLElement && node.getAttribute('role') === 'gridcell',
    );
}
