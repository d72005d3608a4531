import { html, type TemplateResult } from 'lit';
import { property, query } from 'lit/decorators.js';
import type { Card } from '../../src/protocol/viewProtocol.ts';
import { text } from '../strings.ts';
import { CardGrid, type CellPlace } from './cardGrid.ts';
import { cardStyles } from './cardStyles.ts';
import type { CopyList } from './copyList.ts';
import { gridStyles } from './gridStyles.ts';
import { type CardActions, opensBeside, resultCell } from './resultCard.ts';
import { pictureStyles, sharedStyles, skeletonStyles } from './styles.ts';
import './copyList.ts';

/** The results of a search. */
export class ResultGrid extends CardGrid<Card> {
  static override styles = [sharedStyles, pictureStyles, skeletonStyles, cardStyles, gridStyles];

  @property({ attribute: false }) accessor open: (
    card: Card,
    options: { place: number; beside: boolean },
  ) => void = () => undefined;
  @property({ attribute: false }) accessor searchFrom: (card: Card) => void = () => undefined;

  @query('ff-copy-list') private accessor copyList: CopyList | null = null;

  /** `.caption` is as high. */
  protected override readonly captionEm = 3.1;
  readonly #broken = new Set<string>();
  readonly #actions: CardActions = {
    open: (card, beside) => this.open(card, { place: 0, beside }),
    searchFrom: (card) => this.searchFrom(card),
    showCopies: (card, anchor) => this.copyList?.show(card, anchor),
    thumbnailFailed: (card) => {
      this.#broken.add(thumbnailKey(card));
      this.requestUpdate();
    },
  };

  protected override get label(): string {
    return text.results();
  }

  protected override cell(card: Card | null, at: CellPlace): TemplateResult {
    const { sessionId } = this;
    const thumbnailBroken = card !== null && this.#broken.has(thumbnailKey(card));
    return resultCell(card, { ...at, sessionId, thumbnailBroken }, this.#actions);
  }

  protected override takeKey(event: KeyboardEvent, card: Card): boolean {
    if (event.key !== 'Enter' && event.key !== ' ') {
      return false;
    }
    this.#actions.open(card, opensBeside(event));
    return true;
  }

  protected override renderBeside(): TemplateResult {
    return html`<ff-copy-list .sessionId=${this.sessionId} .open=${this.open}></ff-copy-list>`;
  }
}

function thumbnailKey(card: Card): string {
  return `${card.imageId} ${card.thumbnail}`;
}

customElements.define('ff-result-grid', ResultGrid);
