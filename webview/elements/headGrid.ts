import { html, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { CharacterCard, ListCard } from '../../src/protocol/charactersViewProtocol.ts';
import { CardGrid, type CellPlace } from './cardGrid.ts';
import { cardStyles } from './cardStyles.ts';
import { gridStyles } from './gridStyles.ts';
import { type HeadActions, headCardStyles, headCell } from './headCard.ts';
import { headStyles } from './headPicture.ts';
import { opensBeside } from './resultCard.ts';
import { pictureStyles, sharedStyles, skeletonStyles } from './styles.ts';

/** What the grid asks of whoever shows it. */
export interface HeadGridHandlers {
  readonly open: (card: ListCard, options: { readonly beside: boolean }) => void;
  readonly select: (ids: ReadonlySet<number>) => void;
  readonly name: (card: CharacterCard, name: string) => void;
  readonly merge: (ids: readonly number[]) => void;
  /** The names that can be completed are needed. */
  readonly readNames: () => void;
}

/** Heads of characters or faces: to open, select, name in place and drag onto each other. */
export class HeadGrid extends CardGrid<ListCard> {
  static override styles = [
    sharedStyles,
    pictureStyles,
    skeletonStyles,
    cardStyles,
    gridStyles,
    headStyles,
    headCardStyles,
  ];

  @property({ attribute: false }) accessor handlers: HeadGridHandlers | null = null;
  @property({ attribute: false }) accessor selected: ReadonlySet<number> = new Set();
  @property({ attribute: false }) accessor names: readonly string[] = [];
  @property({ attribute: false }) override accessor label = '';

  @state() private accessor editing: number | null = null;
  @state() private accessor target: number | null = null;

  /** `.caption` is as high. */
  protected override readonly captionEm = 2;
  #dragged: readonly number[] = [];
  /** Where a selection by Shift begins. */
  #anchor = 0;
  #focusInput = false;
  readonly #actions: HeadActions = {
    click: (card, index, event) => this.#click(card, index, event),
    toggle: (card) => this.#toggle(card.id),
    edit: (card) => this.#edit(card),
    endEdit: (card, name, then) => this.#endEdit(card, name, then),
    drag: (card, event) => this.#drag(card, event),
    dragOver: (card, event) => this.#dragOver(card, event),
    drop: (card, event) => this.#drop(card, event),
    dragEnd: () => {
      this.#dragged = [];
      this.target = null;
    },
  };

  /** Begins to name the card that the Tab key reaches. */
  editActive(): void {
    const card = this.pages?.cardAt(this.active);
    if (card?.kind === 'character') {
      this.#edit(card);
    }
  }

  get activeIndex(): number {
    return this.active;
  }

  /** Makes a card the one that the Tab key reaches. */
  activate(index: number): void {
    this.active = index;
  }

  protected override get selectsSeveral(): boolean {
    return true;
  }

  protected override cell(card: ListCard | null, at: CellPlace): TemplateResult {
    const selected = card !== null && this.selected.has(card.id);
    const editing = card?.kind === 'character' && card.id === this.editing;
    const target = card !== null && card.id === this.target;
    return headCell(card, { ...at, selected, editing, target }, this.#actions);
  }

  protected override takeKey(event: KeyboardEvent, card: ListCard, index: number): boolean {
    if (event.key === 'Enter') {
      this.handlers?.open(card, { beside: opensBeside(event) });
    } else if (event.key === ' ') {
      this.#anchor = index;
      this.#toggle(card.id);
    } else if (event.key === 'F2' && card.kind === 'character') {
      this.#edit(card);
    } else if (event.key === 'Escape' && this.selected.size > 0) {
      this.handlers?.select(new Set());
    } else {
      return false;
    }
    return true;
  }

  protected override renderBeside(): TemplateResult {
    return html`<datalist id="names">
      ${this.names.map((name) => html`<option value=${name}></option>`)}
    </datalist>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.#focusInput && changed.has('editing')) {
      this.#focusInput = false;
      const input = this.renderRoot.querySelector<HTMLInputElement>('.rename');
      input?.focus();
      input?.select();
    }
  }

  #click(card: ListCard, index: number, event: MouseEvent): void {
    if (event.shiftKey) {
      this.#selectTo(index);
    } else if (event.ctrlKey || event.metaKey || this.selected.size > 0) {
      this.#anchor = index;
      this.#toggle(card.id);
    } else {
      this.#anchor = index;
      this.handlers?.open(card, { beside: event.altKey });
    }
  }

  #toggle(id: number): void {
    const selected = new Set(this.selected);
    if (!selected.delete(id)) {
      selected.add(id);
    }
    this.handlers?.select(selected);
  }

  /** Selects from where the last selection began; cards that have not arrived are left out. */
  #selectTo(index: number): void {
    const selected = new Set(this.selected);
    const [first, last] = [Math.min(index, this.#anchor), Math.max(index, this.#anchor)];
    for (let at = first; at <= last; at++) {
      const card = this.pages?.cardAt(at);
      if (card != null) {
        selected.add(card.id);
      }
    }
    this.handlers?.select(selected);
  }

  #edit(card: CharacterCard): void {
    this.handlers?.readNames();
    this.editing = card.id;
    this.#focusInput = true;
  }

  #endEdit(card: CharacterCard, name: string | null, then: 'stay' | 'next'): void {
    // Losing the focus ends it as well, when it has ended already.
    if (this.editing !== card.id) {
      return;
    }
    const hadFocus = this.renderRoot.querySelector('.rename:focus') !== null;
    this.editing = null;
    if (name !== null && name.trim() !== (card.name ?? '')) {
      this.handlers?.name(card, name);
    }
    const next = then === 'next' ? this.pages?.cardAt(this.active + 1) : null;
    if (next?.kind === 'character') {
      this.active += 1;
      this.#edit(next);
    } else if (hadFocus) {
      this.focusCard();
    }
  }

  #drag(card: CharacterCard, event: DragEvent): void {
    this.#dragged = this.selected.has(card.id) ? [...this.selected] : [card.id];
    if (event.dataTransfer !== null) {
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', card.name ?? '');
    }
  }

  #dragOver(card: CharacterCard, event: DragEvent): void {
    const takes = this.#dragged.length > 0 && !this.#dragged.includes(card.id);
    this.target = takes ? card.id : null;
    if (takes) {
      event.preventDefault();
    }
  }

  #drop(card: CharacterCard, event: DragEvent): void {
    event.preventDefault();
    event.stopPropagation();
    if (this.target === card.id) {
      this.handlers?.merge([card.id, ...this.#dragged]);
    }
    this.#dragged = [];
    this.target = null;
  }
}

customElements.define('ff-head-grid', HeadGrid);
