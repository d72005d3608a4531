import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { Card } from '../../src/protocol/viewProtocol.ts';
import { text } from '../strings.ts';
import { place } from './fileLocation.ts';
import { cardContext, opensBeside, pathOf } from './resultCard.ts';
import { RovingFocus } from './rovingFocus.ts';
import { sharedStyles } from './styles.ts';

const widthPx = 260;
const marginPx = 8;

/** The files that share the content of one card, in a pop-over beside its badge. */
export class CopyList extends LitElement {
  static override styles = [
    sharedStyles,
    css`
      :host {
        display: block;
      }

      [popover] {
        position: fixed;
        inset: auto;
        margin: 0;
        left: var(--left);
        top: var(--top);
        width: min(${widthPx}px, 100vw - ${2 * marginPx}px);
        max-height: min(320px, 60vh);
        overflow-y: auto;
        padding: 6px;
        border-radius: 6px;
        color: var(--vscode-menu-foreground, var(--ff-foreground));
        background: var(--vscode-menu-background, var(--ff-background));
        border: 1px solid var(--vscode-menu-border, var(--vscode-widget-border, var(--ff-line)));
        box-shadow: 0 2px 10px var(--vscode-widget-shadow, transparent);
      }

      h2 {
        padding: 2px 6px 6px;
        font-size: 11px;
        font-weight: 600;
        color: var(--ff-muted);
      }

      ul {
        list-style: none;
      }

      .place {
        display: block;
        width: 100%;
        padding: 4px 6px;
        border-radius: 4px;
        text-align: start;
        line-height: 1.35;
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
      }

      .place:hover,
      .place:focus-visible {
        color: var(--vscode-menu-selectionForeground);
        background: var(--vscode-menu-selectionBackground);
        outline: 1px solid var(--vscode-menu-selectionBorder, transparent);
        outline-offset: -1px;
      }
    `,
  ];

  @property({ attribute: false }) accessor sessionId = '';
  @property({ attribute: false }) accessor open: (
    card: Card,
    options: { place: number; beside: boolean },
  ) => void = () => undefined;
  @state() private accessor card: Card | null = null;
  @state() private accessor at = { left: 0, top: 0 };
  @query('[popover]') private accessor popup: HTMLElement | null = null;
  #anchor: HTMLElement | null = null;

  constructor() {
    super();
    new RovingFocus(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('resize', this.#hide);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('resize', this.#hide);
  }

  /** As menus do: its badge may be anywhere else by now. */
  readonly #hide = (): void => {
    this.popup?.hidePopover();
  };

  /** Opens the list below the badge that asked for it. */
  async show(card: Card, anchor: HTMLElement): Promise<void> {
    const badge = anchor.getBoundingClientRect();
    const width = Math.min(widthPx, innerWidth - 2 * marginPx);
    this.#anchor = anchor;
    this.card = card;
    this.at = {
      left: Math.max(marginPx, Math.min(badge.right - width, innerWidth - width - marginPx)),
      top: badge.bottom + 4,
    };
    await this.updateComplete;
    this.popup?.showPopover();
    this.#keepInWindow(badge);
    this.popup?.querySelector<HTMLElement>('[data-roving]')?.focus();
  }

  /** Opens upwards where there is no room below. */
  #keepInWindow(badge: DOMRect): void {
    const height = this.popup?.getBoundingClientRect().height ?? 0;
    if (this.at.top + height > innerHeight - marginPx) {
      this.at = { ...this.at, top: Math.max(marginPx, badge.top - height - 4) };
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { card } = this;
    return html`<div
      popover
      role="dialog"
      aria-label=${text.copiesTitle()}
      @toggle=${(event: ToggleEvent) => this.#onToggle(event)}
      ${place({ '--left': `${this.at.left}px`, '--top': `${this.at.top}px` })}
    >
      ${
        card === null
          ? nothing
          : html`<h2>${text.copiesTitle()}</h2>
            <ul>
              ${[pathOf(card), ...card.copies].map((path, index) => this.#place(card, path, index))}
            </ul>`
      }
    </div>`;
  }

  #place(card: Card, path: string, index: number): TemplateResult {
    return html`<li>
      <button
        class="place"
        data-roving=${index}
        data-vscode-context=${JSON.stringify(cardContext(card, index, this.sessionId))}
        @click=${(event: MouseEvent) => this.open(card, { place: index, beside: opensBeside(event) })}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Enter' && opensBeside(event)) {
            event.preventDefault();
            this.open(card, { place: index, beside: true });
          }
        }}
      >
        ${path}
      </button>
    </li>`;
  }

  #onToggle(event: ToggleEvent): void {
    if (event.newState === 'closed') {
      this.card = null;
      if (this.#anchor?.isConnected === true && this.shadowRoot?.activeElement !== null) {
        this.#anchor.focus();
      }
    }
  }
}

customElements.define('ff-copy-list', CopyList);
