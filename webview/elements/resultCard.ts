import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { likelihoodOf } from '../../src/common/likelihood.ts';
import type { Card, CardContext } from '../../src/protocol/viewProtocol.ts';
import { icons } from '../icons.ts';
import { count, decimal, text } from '../strings.ts';
import { place } from './fileLocation.ts';
import { pictureArrived } from './styles.ts';

/** What a card lets people do; each is told which card. */
export interface CardActions {
  readonly open: (card: Card, beside: boolean) => void;
  readonly searchFrom: (card: Card) => void;
  readonly showCopies: (card: Card, anchor: HTMLElement) => void;
  readonly thumbnailFailed: (card: Card) => void;
}

export interface CardPlace {
  readonly index: number;
  readonly total: number;
  readonly column: number;
  /** Whether it is the one card that the Tab key reaches. */
  readonly active: boolean;
  readonly sessionId: string;
  readonly thumbnailBroken: boolean;
}

/**
 * One place of the grid: its card, or grey where the card's page has not arrived. Either is drawn
 * into the same element, which keeps the focus when the one takes the place of the other.
 */
export function resultCell(card: Card | null, at: CardPlace, actions: CardActions): TemplateResult {
  return html`<div
    class=${card === null ? 'card waiting' : 'card'}
    role="gridcell"
    aria-colindex=${at.column + 1}
    aria-busy=${card === null ? 'true' : nothing}
    aria-description=${card === null ? nothing : cardDetails(card).join('\n')}
    title=${card === null ? nothing : [pathOf(card), ...cardDetails(card)].join('\n')}
    tabindex=${at.active ? 0 : -1}
    data-index=${at.index}
    data-image-id=${card?.imageId ?? nothing}
    data-vscode-context=${card === null ? nothing : JSON.stringify(cardContext(card, 0, at.sessionId))}
    @click=${(event: MouseEvent) => card !== null && actions.open(card, opensBeside(event))}
    @auxclick=${(event: MouseEvent) =>
      card !== null && event.button === 1 && actions.open(card, true)}
  >
    ${keyed(card?.imageId, card === null ? skeleton() : content(card, at, actions))}
  </div>`;
}

function skeleton(): TemplateResult {
  return html`<span class="hidden">${text.loading()}</span>
    <div class="picture skeleton"></div>
    <div class="caption"><span class="skeleton line"></span></div>`;
}

function content(card: Card, at: CardPlace, actions: CardActions): TemplateResult {
  return html`<span class="hidden">${cardLabel(card, at)}</span>
    <div class="picture" aria-hidden="true">${picture(card, at, actions)}${match(card)}</div>
    <div class="caption" aria-hidden="true">
      <span class="name">${card.name}</span>
      ${folderOf(card)}
    </div>
    <div class="tools">
      <button
        class="tool from"
        tabindex=${at.active ? 0 : -1}
        title=${text.searchFromHere()}
        aria-label=${text.searchFromHere()}
        @click=${(event: Event) => {
          event.stopPropagation();
          actions.searchFrom(card);
        }}
      >
        ${icons.search}
      </button>
      ${card.copies.length === 0 ? nothing : copiesButton(card, at, actions)}
    </div>`;
}

/** Where the pictures of one search lie differs at the end: the path is shortened before it. */
function folderOf({ folder }: Card): TemplateResult {
  const end = folder.lastIndexOf('/');
  return end <= 0
    ? html`<span class="folder">${folder || ' '}</span>`
    : html`<span class="folder path"
        ><span>${folder.slice(0, end)}</span><span>${folder.slice(end)}</span></span
      >`;
}

/** The object that VS Code hands to the command chosen in the card's context menu. */
export function cardContext(card: Card, copy: number, sessionId: string): CardContext {
  return {
    webviewSection: 'result',
    preventDefaultContextMenuItems: true,
    sessionId,
    imageId: card.imageId,
    place: copy,
    hasFace: card.face !== null && card.queryFaceId !== null,
  };
}

/** Whether the click or key asks for an editor beside the present one. */
export function opensBeside(event: {
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}): boolean {
  return event.altKey || event.ctrlKey || event.metaKey;
}

function picture(card: Card, at: CardPlace, actions: CardActions): TemplateResult {
  if (card.thumbnail === null || at.thumbnailBroken) {
    return html`<span class="missing" title=${text.noThumbnail()}>${icons.image}</span>`;
  }
  return html`<div class="frame" ${place({ '--ratio': `${card.width / card.height}` })}>
    <img
      src=${card.thumbnail}
      alt=""
      decoding="async"
      draggable="false"
      @load=${pictureArrived}
      @error=${() => actions.thumbnailFailed(card)}
    />
    ${outline(card)}
  </div>`;
}

/** The matching face, over the picture. */
function outline(card: Card): TemplateResult | typeof nothing {
  if (card.face === null) {
    return nothing;
  }
  const { box } = card.face;
  return html`<div
    class="outline"
    ${place({
      left: `${(box.x / card.width) * 100}%`,
      top: `${(box.y / card.height) * 100}%`,
      width: `${(box.width / card.width) * 100}%`,
      height: `${(box.height / card.height) * 100}%`,
    })}
  ></div>`;
}

function match(card: Card): TemplateResult {
  if (card.probability === null) {
    return html`<span class="match feel">${text.feel(decimal(card.lookCosine))}</span>`;
  }
  const share = text.likelihood(likelihoodOf(card.probability));
  const who = card.face?.character;
  return html`<span class="match"
    >${who == null ? nothing : html`<bdi class="who">${who}</bdi>`}<span>${share}</span></span
  >`;
}

function copiesButton(card: Card, at: CardPlace, actions: CardActions): TemplateResult {
  const label = copiesLabel(card);
  return html`<button
    class="tool copies"
    tabindex=${at.active ? 0 : -1}
    title=${label}
    aria-label=${label}
    aria-haspopup="dialog"
    @click=${(event: MouseEvent) => {
      event.stopPropagation();
      actions.showCopies(card, event.currentTarget as HTMLElement);
    }}
  >
    ${icons.copies}<span>${count(card.copies.length)}</span>
  </button>`;
}

function copiesLabel(card: Card): string {
  return text.copies(card.copies.length);
}

/** The card in one breath: what, how like, which of how many. */
function cardLabel(card: Card, at: CardPlace): string {
  const who = card.face?.character;
  const parts = [card.name, ...(who == null ? [] : [who]), matchText(card)];
  if (card.copies.length > 0) {
    parts.push(copiesLabel(card));
  }
  return [...parts, text.position(at.index + 1, at.total)].join(', ');
}

function matchText(card: Card): string {
  return card.probability === null
    ? text.feel(decimal(card.lookCosine))
    : text.character(likelihoodOf(card.probability));
}

function cardDetails(card: Card): string[] {
  const who = card.face?.character;
  const details = [...(who == null ? [] : [who]), matchText(card)];
  if (card.identityCosine !== null) {
    details.push(text.identityCosine(decimal(card.identityCosine)));
  }
  return [
    ...details,
    text.lookCosine(decimal(card.lookCosine)),
    text.pixels(card.width, card.height),
  ];
}

export function pathOf(card: Card): string {
  return card.folder === '' ? card.name : `${card.folder}/${card.name}`;
}
