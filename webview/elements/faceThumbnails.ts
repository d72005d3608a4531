import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { headSquare } from '../../src/common/geometry.ts';
import type { ViewFace, ViewQuery } from '../../src/protocol/viewProtocol.ts';
import { icons } from '../icons.ts';
import { text } from '../strings.ts';
import { chosenFaces, type FaceChoice } from './faceChoice.ts';
import { faceLabel } from './faceOverlay.ts';
import { place } from './fileLocation.ts';
import { RovingFocus } from './rovingFocus.ts';
import { pictureArrived, pictureStyles, sharedStyles } from './styles.ts';

/** How much of the head around a face a chip shows; a matter of looks alone. */
const chipCrop = { scale: 1.5, shiftY: -0.06 };

/** The faces of the query as small portraits, with the whole image and drawing beside them. */
export class FaceThumbnails extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    css`
      :host {
        display: block;
        isolation: isolate;
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        /* Room for the focus ring; a crowd of faces scrolls. */
        padding: 6px 3px;
        margin: -6px -3px;
        max-height: 150px;
        overflow-y: auto;
      }

      .holder {
        position: relative;
        flex: none;
      }

      .chip {
        position: relative;
        display: block;
        width: 40px;
        height: 40px;
        overflow: hidden;
        border-radius: 8px;
        background: var(--ff-tile);
        box-shadow: inset 0 0 0 1px var(--ff-line);
      }

      .chip img {
        position: absolute;
        max-width: none;
        -webkit-user-drag: none;
      }

      .chip::after {
        content: '';
        position: absolute;
        inset: 0;
        border-radius: inherit;
        border: 1px solid var(--ff-line);
      }

      .chip:hover::after {
        border-color: var(--vscode-contrastActiveBorder, var(--ff-muted));
      }

      .chip[aria-pressed='true']::after {
        border: 3px solid var(--ff-accent);
        box-shadow: inset 0 0 0 1px var(--ff-halo);
      }

      .chip:not([aria-pressed='true']) img {
        opacity: 0.72;
      }

      .chip:hover img {
        opacity: 1;
      }

      .number {
        position: absolute;
        inset-inline-end: 0;
        bottom: 0;
        z-index: 1;
        min-width: 15px;
        padding: 0 3px;
        border-start-start-radius: 5px;
        font-size: 10px;
        font-weight: 600;
        line-height: 15px;
        text-align: center;
        color: var(--ff-halo);
        background: var(--ff-outline);
      }

      .chip[aria-pressed='true'] .number {
        color: var(--ff-accent-foreground);
        background: var(--ff-accent);
      }

      .symbol {
        display: flex;
        align-items: center;
        justify-content: center;
        color: var(--vscode-icon-foreground);
      }

      .symbol svg {
        width: 20px;
        height: 20px;
      }

      .remove {
        position: absolute;
        inset-block-start: -5px;
        inset-inline-end: -5px;
        z-index: 2;
        width: 18px;
        height: 18px;
        display: grid;
        place-items: center;
        border-radius: 50%;
        color: var(--ff-halo);
        background: var(--ff-outline);
        opacity: 0;
      }

      .remove svg {
        width: 12px;
        height: 12px;
      }

      .holder:hover .remove,
      .holder:focus-within .remove {
        opacity: 1;
      }

      @media (forced-colors: active) {
        .chip[aria-pressed='true']::after {
          border-color: Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) accessor query: ViewQuery | null = null;
  @property({ attribute: false }) accessor choose: FaceChoice = () => undefined;
  @property({ attribute: false }) accessor removeFace: (faceId: number) => void = () => undefined;
  @property({ attribute: false }) accessor draw: (event: MouseEvent) => void = () => undefined;
  @property({ type: Boolean }) accessor drawing = false;

  constructor() {
    super();
    new RovingFocus(this);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { query } = this;
    if (query === null) {
      return nothing;
    }
    const all = query.faces.map((face) => face.id);
    const selected = query.selectedFaceIds;
    return html`<div class="chips" role="toolbar" aria-label=${text.searchBy()}>
      ${repeat(
        query.faces,
        (face) => face.id,
        (face) => this.#chip(query, face),
      )}
      ${
        all.length > 1
          ? symbol({
              key: 'all',
              label: text.allFaces(),
              icon: icons.allFaces,
              pressed: selected.length === all.length,
              run: () => this.choose(all),
            })
          : nothing
      }
      ${symbol({
        key: 'whole',
        label: text.wholeImage(),
        icon: icons.wholeImage,
        pressed: selected.length === 0,
        run: () => this.choose([]),
      })}
      ${symbol({
        key: 'draw',
        label: text.drawFace(),
        hint: text.drawFaceHint(),
        icon: icons.drawBox,
        pressed: this.drawing,
        run: (event) => this.draw(event),
      })}
    </div>`;
  }

  #chip(query: ViewQuery, face: ViewFace): TemplateResult {
    const square = headSquare(face.box, chipCrop);
    const share = (pixels: number) => `${(pixels / square.width) * 100}%`;
    return html`<div class="holder">
      <button
        class="chip"
        data-roving=${face.id}
        aria-pressed=${query.selectedFaceIds.includes(face.id)}
        aria-label=${faceLabel(face)}
        title="${faceLabel(face)}&#10;${text.faceHint()}"
      aria-description=${text.faceHint()}
        @click=${(event: MouseEvent) => this.choose(chosenFaces(query, face.id, event))}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, query, face)}
      >
        <img
          src=${query.preview}
          alt=""
          draggable="false"
          @load=${pictureArrived}
          ${place({
            left: share(-square.x),
            top: share(-square.y),
            width: share(query.width),
            height: share(query.height),
          })}
        />
        <span class="number" aria-hidden="true">${face.number}</span>
      </button>
      <button
        class="remove"
        tabindex="-1"
        title=${removal(face)}
        aria-label=${text.removeFace(face.number)}
        @click=${() => this.removeFace(face.id)}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #onKey(event: KeyboardEvent, query: ViewQuery, face: ViewFace): void {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.choose(chosenFaces(query, face.id, event));
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.removeFace(face.id);
    }
  }
}

/** What the cross of a face does. */
function removal(face: ViewFace): string {
  const label = text.removeFace(face.number);
  return face.source === 'manual' ? label : `${label}\n${text.notAFace()}`;
}

interface SymbolChip {
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  readonly icon: TemplateResult;
  readonly pressed: boolean;
  readonly run: (event: MouseEvent) => void;
}

function symbol(chip: SymbolChip): TemplateResult {
  return html`<button
    class="chip symbol"
    data-roving=${chip.key}
    aria-pressed=${chip.pressed}
    aria-label=${chip.label}
    title=${chip.hint ?? chip.label}
    @click=${chip.run}
  >
    ${chip.icon}
  </button>`;
}

customElements.define('ff-face-thumbnails', FaceThumbnails);
