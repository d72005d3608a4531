import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { area, type Box } from '../../src/common/geometry.ts';
import type { ViewFace, ViewQuery } from '../../src/protocol/viewProtocol.ts';
import { percent, text } from '../strings.ts';
import { type BoxDrawing, boxDrawingStyles, drawBox } from './boxDrawing.ts';
import { chosenFaces, type FaceChoice } from './faceChoice.ts';
import { place } from './fileLocation.ts';
import { RovingFocus } from './rovingFocus.ts';
import { pictureArrived, pictureStyles, sharedStyles } from './styles.ts';

/** The query image with its faces as numbered buttons where they lie, and a box being drawn. */
export class FaceOverlay extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    boxDrawingStyles,
    css`
      :host {
        display: flex;
        justify-content: center;
        overflow: auto;
        max-height: var(--ff-stage-height);
        border-radius: 6px;
        background: var(--ff-tile);
        border: 1px solid var(--ff-line);
        /* Faces lie above each other, but not above what is not the picture. */
        isolation: isolate;
      }

      .frame {
        position: relative;
        flex: none;
        width: min(100%, var(--ff-stage-height) * var(--ratio));
        aspect-ratio: var(--ratio);
        margin: auto;
        direction: ltr;
      }

      /* A tall strip keeps a width at which its faces can be hit, and scrolls to those in focus. */
      .frame.workable {
        width: min(100%, max(120px, var(--ff-stage-height) * var(--ratio)));
      }

      img {
        display: block;
        width: 100%;
        height: 100%;
        user-select: none;
        -webkit-user-drag: none;
      }

      .region {
        position: absolute;
        left: var(--left);
        top: var(--top);
        width: var(--width);
        height: var(--height);
        border: 2px solid var(--ff-outline);
        border-radius: 4px;
        box-shadow:
          0 0 0 1px var(--ff-halo),
          inset 0 0 0 1px var(--ff-halo);
      }

      /* The smallest faces stay big enough to be hit. */
      .region::before {
        content: '';
        position: absolute;
        inset: 50% auto auto 50%;
        width: max(100%, 24px);
        height: max(100%, 24px);
        transform: translate(-50%, -50%);
      }

      .region:hover {
        background: color-mix(in srgb, var(--ff-accent) 18%, transparent);
      }

      .region[aria-pressed='true'] {
        border-color: var(--ff-accent);
        border-width: 3px;
      }

      .region:focus-visible {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 2px;
      }

      .number {
        position: absolute;
        left: 0;
        top: 0;
        transform: translate(var(--number-x), var(--number-y));
        min-width: 17px;
        padding: 0 4px;
        border-radius: 9px;
        font-size: 11px;
        font-weight: 600;
        line-height: 17px;
        color: var(--ff-halo);
        background: var(--ff-outline);
      }

      .region[aria-pressed='true'] .number {
        color: var(--ff-accent-foreground);
        background: var(--ff-accent);
      }

      @media (forced-colors: active) {
        .region[aria-pressed='true'] {
          outline: 2px solid Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) accessor query: ViewQuery | null = null;
  @property({ attribute: false }) accessor choose: FaceChoice = () => undefined;
  @property({ attribute: false }) accessor removeFace: (faceId: number) => void = () => undefined;
  @property({ attribute: false }) accessor drawing: BoxDrawing | null = null;
  @state() private accessor broken = false;

  constructor() {
    super();
    new RovingFocus(this);
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get('query') as ViewQuery | null | undefined;
    if (changed.has('query') && before?.preview !== this.query?.preview) {
      this.broken = false;
    }
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get('query') as ViewQuery | null | undefined;
    if (changed.has('query') && before?.selectedFaceIds[0] !== this.query?.selectedFaceIds[0]) {
      this.#showChosen();
    }
    if (changed.has('drawing')) {
      this.renderRoot.querySelector<HTMLElement>('.drawing')?.focus({ preventScroll: true });
    }
  }

  /** A tall strip scrolls, within itself, to the face that is searched by. */
  #showChosen(): void {
    const region = this.renderRoot.querySelector<HTMLElement>('.region[aria-pressed="true"]');
    if (region !== null) {
      this.scrollTop = region.offsetTop + region.offsetHeight / 2 - this.clientHeight / 2;
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { query } = this;
    if (query === null) {
      return nothing;
    }
    const workable = query.faces.length > 0 || this.drawing !== null;
    return html`
      <div class=${workable ? 'frame workable' : 'frame'} ${place({ '--ratio': `${query.width / query.height}` })}>
        ${
          this.broken
            ? nothing
            : html`<img
                src=${query.preview}
                alt=${text.queryImage(query.name)}
                draggable="false"
                @load=${pictureArrived}
                @error=${() => {
                  this.broken = true;
                }}
              />`
        }
        <div role="group" aria-label=${text.facesOf(query.name)} ?inert=${this.drawing !== null}>
          ${repeat(
            query.faces,
            (face) => face.id,
            (face) => this.#region(query, face),
          )}
        </div>
        ${this.drawing === null ? nothing : drawBox(this.drawing, query)}
      </div>
    `;
  }

  #region(query: ViewQuery, face: ViewFace): TemplateResult {
    const pressed = query.selectedFaceIds.includes(face.id);
    return html`<button
      class="region"
      data-roving=${face.id}
      aria-pressed=${pressed}
      aria-label=${faceLabel(face)}
      title="${faceLabel(face)}&#10;${text.faceHint()}"
      aria-description=${text.faceHint()}
      @click=${(event: MouseEvent) => this.choose(chosenFaces(query, face.id, event))}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event, query, face)}
      ${place(regionStyles(face.box, query))}
    >
      <span class="number" aria-hidden="true">${face.number}</span>
    </button>`;
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

/** What readers and tooltips say of a face. */
export function faceLabel(face: ViewFace): string {
  const name =
    face.character === null ? text.face(face.number) : text.faceNamed(face.number, face.character);
  const origin = face.source === 'manual' ? text.faceManual() : text.faceScore(percent(face.score));
  return `${name}, ${origin}`;
}

/** Small faces lie above the large ones that contain them. */
function regionStyles(box: Box, query: ViewQuery): Record<string, string> {
  const share = area(box) / (query.width * query.height);
  return {
    '--left': `${(box.x / query.width) * 100}%`,
    '--top': `${(box.y / query.height) * 100}%`,
    '--width': `${(box.width / query.width) * 100}%`,
    '--height': `${(box.height / query.height) * 100}%`,
    ...numberPlace(box, query),
    'z-index': String(1000 - Math.round(Math.min(1, share) * 999)),
  };
}

/** Half outside of its box, above a small one, and inside at the image's edges. */
function numberPlace(box: Box, query: ViewQuery): Record<string, string> {
  const small = box.width / query.width < 0.1;
  const left = box.x / query.width;
  const atEdge = left > 0.9 ? 'calc(8px - 100%)' : '-2px';
  return {
    '--number-x': left < 0.04 || left > 0.9 || small ? atEdge : '-55%',
    '--number-y': box.y / query.height < 0.04 ? '-2px' : small ? '-96%' : '-55%',
  };
}

customElements.define('ff-face-overlay', FaceOverlay);
