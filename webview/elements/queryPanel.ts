import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ViewQuery } from '../../src/protocol/viewProtocol.ts';
import { icons } from '../icons.ts';
import type { SearchModel } from '../state/searchModel.ts';
import { text } from '../strings.ts';
import { BoxDrawing } from './boxDrawing.ts';
import { screenStyles } from './emptyStateStyles.ts';
import { banner } from './emptyStates.ts';
import { RovingFocus } from './rovingFocus.ts';
import { pictureArrived, pictureStyles, sharedStyles } from './styles.ts';
import './faceOverlay.ts';
import './faceThumbnails.ts';

/** The images that are searched for: one at a time with its faces, several as tabs. */
export class QueryPanel extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    screenStyles,
    css`
      :host,
      .query {
        display: flex;
        flex-direction: column;
        gap: 10px;
        min-width: 0;
      }

      .tabs {
        display: flex;
        gap: 6px;
        overflow-x: auto;
        padding: 3px;
        margin: -3px;
      }

      .tab {
        flex: none;
        width: 52px;
        height: 40px;
        overflow: hidden;
        border-radius: 6px;
        border: 1px solid var(--ff-line);
        background: var(--ff-tile);
        opacity: 0.75;
      }

      .tab[aria-selected='true'] {
        border: 2px solid var(--ff-accent);
        opacity: 1;
      }

      .tab img {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: cover;
        object-position: 50% 25%;
      }

      .title {
        display: flex;
        align-items: flex-start;
        gap: 6px;
      }

      .names {
        flex: 1;
        min-width: 0;
        line-height: 1.35;
      }

      .name,
      .label {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        unicode-bidi: plaintext;
      }

      .name {
        font-weight: 600;
      }

      .label {
        font-size: 0.88em;
        color: var(--ff-muted);
      }

      .hint {
        color: var(--ff-muted);
        line-height: 1.4;
      }

      details {
        font-size: 0.92em;
        color: var(--ff-muted);
      }

      summary {
        cursor: pointer;
      }

      details ul {
        list-style: none;
        max-height: 110px;
        overflow-y: auto;
        padding-inline-start: 16px;
      }

      details li {
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
      }
    `,
  ];

  @property({ attribute: false }) accessor model: SearchModel | null = null;
  @property({ attribute: false }) accessor queries: readonly ViewQuery[] = [];
  @property({ attribute: false }) accessor copiesOfQuery: readonly string[] = [];
  /** The image whose tab is open; the first where it is none of them. */
  @property({ attribute: false }) accessor openId: string | null = null;
  @state() private accessor drawing: BoxDrawing | null = null;

  constructor() {
    super();
    new RovingFocus(this);
  }

  /** Begins or ends drawing a box on the open image. */
  draw(byKeyboard: boolean): void {
    const query = this.#open;
    if (this.drawing !== null || query === undefined) {
      this.#endDrawing();
      return;
    }
    this.drawing = new BoxDrawing({
      size: query,
      byKeyboard,
      take: (box) => {
        this.model?.addFace(query.queryId, box);
        this.#endDrawing();
      },
      giveUp: () => this.#endDrawing(),
      onDidChange: () => this.#stage?.requestUpdate(),
    });
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('openId') || !this.queries.some(({ queryId }) => queryId === this.openId)) {
      this.drawing = changed.has('openId') ? null : this.drawing;
    }
  }

  get #open(): ViewQuery | undefined {
    return this.queries.find(({ queryId }) => queryId === this.openId) ?? this.queries[0];
  }

  get #stage() {
    return this.renderRoot.querySelector('ff-face-overlay') as LitElement | null;
  }

  #endDrawing(): void {
    this.drawing = null;
    const chips = this.renderRoot.querySelector('ff-face-thumbnails');
    chips?.shadowRoot?.querySelector<HTMLElement>('[data-roving="draw"]')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const query = this.#open;
    if (query === undefined) {
      return nothing;
    }
    return html`
      ${this.queries.length > 1 ? this.#tabs(query) : nothing}
      <div class="query" role=${this.queries.length > 1 ? 'tabpanel' : nothing} id="query">
        ${this.#title(query)}
        <ff-face-overlay
          .query=${query}
          .drawing=${this.drawing}
          .choose=${(ids: readonly number[]) => this.model?.selectFaces(query.queryId, ids)}
          .removeFace=${(id: number) => this.model?.removeFace(query.queryId, id)}
        ></ff-face-overlay>
        ${this.#belowStage(query)}
        <ff-face-thumbnails
          .query=${query}
          .drawing=${this.drawing !== null}
          .choose=${(ids: readonly number[]) => this.model?.selectFaces(query.queryId, ids)}
          .removeFace=${(id: number) => this.model?.removeFace(query.queryId, id)}
          .draw=${(event: MouseEvent) => this.draw(isFromKey(event))}
        ></ff-face-thumbnails>
        ${this.#copies()}
      </div>
    `;
  }

  #title(query: ViewQuery): TemplateResult {
    const close = text.closeQuery(query.name);
    return html`<div class="title">
      <div class="names">
        <div class="name" title=${query.name}>${query.name}</div>
        <div class="label" title=${query.label}>
          ${query.label}${query.inLibrary ? nothing : html` · ${text.outsideLibrary()}`}
        </div>
      </div>
      <button
        class="icon-button"
        id="close-query"
        title=${close}
        aria-label=${close}
        @click=${() => this.model?.closeQuery(query.queryId)}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  /** One line on what is being searched by, where that is not plain from the picture. */
  #belowStage(query: ViewQuery): TemplateResult | typeof nothing {
    if (this.drawing !== null) {
      return html`<p class="hint" role="status">${this.drawing.byKeyboard ? text.drawKeys() : text.drawInstructions()}</p>`;
    }
    if (query.faces.length === 0) {
      return banner({
        id: 'no-face',
        kind: 'info',
        icon: icons.info,
        title: text.noFaceTitle(),
        text: text.noFaceText(),
        actions: [{ label: text.drawFace(), run: (event) => this.draw(isFromKey(event)) }],
      });
    }
    return query.selectedFaceIds.length === 0
      ? html`<p class="hint" role="status">${text.byWholeImage()}</p>`
      : nothing;
  }

  #copies(): TemplateResult | typeof nothing {
    const { copiesOfQuery } = this;
    if (copiesOfQuery.length === 0) {
      return nothing;
    }
    const count = copiesOfQuery.length;
    return html`<details>
      <summary>${text.copiesOfQuery(count)}</summary>
      <ul>
        ${copiesOfQuery.map((path) => html`<li>${path}</li>`)}
      </ul>
    </details>`;
  }

  #tabs(open: ViewQuery): TemplateResult {
    return html`<div class="tabs" role="tablist" aria-label=${text.queryImages()}>
      ${repeat(
        this.queries,
        ({ queryId }) => queryId,
        (query) => html`<button
          class="tab"
          role="tab"
          data-roving=${query.queryId}
          aria-selected=${query === open}
          aria-controls="query"
          aria-label=${text.queryImage(query.name)}
          title=${query.name}
          @click=${() => this.#choose(query.queryId)}
        >
          <img src=${query.preview} alt="" draggable="false" @load=${pictureArrived} />
        </button>`,
      )}
    </div>`;
  }

  #choose(queryId: string): void {
    this.openId = queryId;
    this.dispatchEvent(new CustomEvent('querychosen', { detail: queryId }));
  }
}

/** A click that comes from a key has no press count. */
function isFromKey(event: MouseEvent): boolean {
  return event.detail === 0;
}

customElements.define('ff-query-panel', QueryPanel);
