import { css, html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { CharacterCard, ListCard } from '../../src/protocol/charactersViewProtocol.ts';
import { characterText } from '../characterStrings.ts';
import { icons } from '../icons.ts';
import { count, text } from '../strings.ts';
import type { CellPlace } from './cardGrid.ts';
import { headPicture } from './headPicture.ts';

export interface HeadPlace extends CellPlace {
  readonly selected: boolean;
  readonly editing: boolean;
  /** Whether something that is dragged would be dropped here. */
  readonly target: boolean;
}

/** What a card lets people do; each is told which card. */
export interface HeadActions {
  readonly click: (card: ListCard, index: number, event: MouseEvent) => void;
  readonly toggle: (card: ListCard) => void;
  readonly edit: (card: CharacterCard) => void;
  readonly endEdit: (card: CharacterCard, name: string | null, then: 'stay' | 'next') => void;
  readonly drag: (card: CharacterCard, event: DragEvent) => void;
  readonly dragOver: (card: CharacterCard, event: DragEvent) => void;
  readonly drop: (card: CharacterCard, event: DragEvent) => void;
  readonly dragEnd: () => void;
}

/** One place of a grid of heads: a character or a face, or grey where its page has not arrived. */
export function headCell(
  card: ListCard | null,
  at: HeadPlace,
  actions: HeadActions,
): TemplateResult {
  const isCharacter = card?.kind === 'character';
  const drags = isCharacter && !at.editing;
  return html`<div
    class="card ${card === null ? 'waiting' : ''} ${at.target ? 'target' : ''}"
    role="gridcell"
    aria-colindex=${at.column + 1}
    aria-selected=${card === null ? nothing : String(at.selected)}
    aria-busy=${card === null ? 'true' : nothing}
    aria-description=${card === null ? nothing : descriptionOf(card)}
    title=${card === null || at.editing ? nothing : titleOf(card)}
    tabindex=${at.active ? 0 : -1}
    draggable=${drags ? 'true' : nothing}
    data-index=${at.index}
    data-id=${card?.id ?? nothing}
    @click=${(event: MouseEvent) => card !== null && actions.click(card, at.index, event)}
    @dragstart=${(event: DragEvent) => isCharacter && actions.drag(card, event)}
    @dragover=${(event: DragEvent) => isCharacter && actions.dragOver(card, event)}
    @drop=${(event: DragEvent) => isCharacter && actions.drop(card, event)}
    @dragend=${() => actions.dragEnd()}
  >
    ${keyed(card?.id, card === null ? skeleton() : content(card, at, actions))}
  </div>`;
}

function skeleton(): TemplateResult {
  return html`<span class="hidden">${text.loading()}</span>
    <div class="picture skeleton"></div>
    <div class="caption"><span class="skeleton line"></span></div>`;
}

function content(card: ListCard, at: HeadPlace, actions: HeadActions): TemplateResult {
  return html`<span class="hidden">${labelOf(card, at)}</span>
    <div class="picture" aria-hidden="true">
      ${headPicture(card.head)}
      ${
        card.kind === 'character'
          ? html`<span class="match">${count(card.faces)}</span>`
          : card.confirmed
            ? html`<span class="match sure">${icons.check}</span>`
            : nothing
      }
      <span
        class="pick ${at.selected ? 'on' : ''}"
        @click=${(event: Event) => {
          event.stopPropagation();
          actions.toggle(card);
        }}
        >${at.selected ? icons.check : nothing}</span
      >
    </div>
    ${card.kind === 'character' ? nameOf(card, at, actions) : faceCaption(card.name)}`;
}

function faceCaption(name: string): TemplateResult {
  return html`<div class="caption" aria-hidden="true"><span class="name">${name}</span></div>`;
}

function nameOf(card: CharacterCard, at: HeadPlace, actions: HeadActions): TemplateResult {
  if (!at.editing) {
    return html`<div
      class="caption"
      aria-hidden="true"
      @click=${(event: MouseEvent) => {
        event.stopPropagation();
        actions.edit(card);
      }}
    >
      <span class="name ${card.name === null ? 'unnamed' : ''}">${shownName(card)}</span>
    </div>`;
  }
  const end = (event: Event, then: 'stay' | 'next') => {
    actions.endEdit(card, (event.target as HTMLInputElement).value, then);
  };
  return html`<div class="caption">
    <input
      class="rename"
      type="text"
      list="names"
      maxlength="200"
      autocomplete="off"
      aria-label=${characterText.nameOf(shownName(card))}
      placeholder=${characterText.name()}
      .value=${card.name ?? ''}
      @click=${(event: Event) => event.stopPropagation()}
      @keydown=${(event: KeyboardEvent) => {
        // What is typed is no command of the grid.
        event.stopPropagation();
        if (event.key === 'Enter' || event.key === 'Tab') {
          event.preventDefault();
          end(event, event.key === 'Tab' && !event.shiftKey ? 'next' : 'stay');
        } else if (event.key === 'Escape') {
          event.preventDefault();
          actions.endEdit(card, null, 'stay');
        }
      }}
      @blur=${(event: Event) => end(event, 'stay')}
    />
  </div>`;
}

export function shownName({ name }: CharacterCard): string {
  return name ?? characterText.unnamed();
}

/** The card in one breath: who or what, how many, which of how many. */
function labelOf(card: ListCard, at: HeadPlace): string {
  const position = text.position(at.index + 1, at.total);
  return card.kind === 'character'
    ? characterText.card(shownName(card), card.faces, position)
    : characterText.faceCard(
        card.confirmed ? `${card.name}, ${characterText.confirmed()}` : card.name,
        position,
      );
}

function titleOf(card: ListCard): string {
  if (card.kind === 'face') {
    return [
      card.folder === '' ? card.name : `${card.folder}/${card.name}`,
      descriptionOf(card),
    ].join('\n');
  }
  return [
    shownName(card),
    ...(card.aliases.length === 0 ? [] : [characterText.aliases(card.aliases)]),
    descriptionOf(card),
  ].join('\n');
}

function descriptionOf(card: ListCard): string {
  if (card.kind === 'face') {
    return [...(card.confirmed ? [characterText.confirmed()] : []), characterText.faceKeys()].join(
      '\n',
    );
  }
  const confirmed = card.confirmed === 0 ? [] : [characterText.confirmedCount(card.confirmed)];
  return [characterText.faces(card.faces), ...confirmed, characterText.keys()].join('\n');
}

/** What heads add to the cards of results. */
export const headCardStyles = css`
  .card {
    user-select: none;
  }

  .picture .head {
    width: auto;
    height: auto;
  }

  .card[aria-selected='true'] .picture {
    outline: 2px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }

  .card.target .picture {
    outline: 2px dashed var(--vscode-focusBorder);
    outline-offset: 1px;
  }

  .caption {
    height: 2em;
    cursor: text;
  }

  .name {
    text-align: center;
  }

  .unnamed {
    color: var(--ff-muted);
    font-style: italic;
  }

  .sure {
    padding: 2px 5px;
  }

  .sure svg,
  .pick svg {
    width: 12px;
    height: 12px;
  }

  .pick {
    position: absolute;
    inset-block-start: 5px;
    inset-inline-end: 5px;
    display: grid;
    place-items: center;
    width: 20px;
    height: 20px;
    border-radius: 50%;
    color: var(--vscode-badge-foreground);
    background: color-mix(in srgb, var(--vscode-badge-background) 55%, transparent);
    border: 1.5px solid var(--vscode-badge-foreground);
    opacity: 0;
  }

  .card:hover .pick,
  .pick.on {
    opacity: 1;
  }

  .pick.on {
    background: var(--vscode-badge-background);
  }

  .rename {
    width: 100%;
    min-width: 0;
    font: inherit;
    text-align: center;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-focusBorder));
    border-radius: 2px;
    padding: 0 2px;
  }
`;
