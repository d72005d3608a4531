import { css, html, nothing, type TemplateResult } from 'lit';

interface Action {
  readonly label: string;
  readonly run: (event: MouseEvent) => void;
}

interface Screen {
  readonly id: string;
  readonly picture: TemplateResult;
  readonly title: string;
  readonly text?: string;
  /** A second, quieter line: a remedy, or how to. */
  readonly hint?: string;
  /** The first is the one that most people want. */
  readonly actions?: readonly Action[];
  readonly more?: TemplateResult | typeof nothing;
  /** Interrupts readers; for what went wrong. */
  readonly urgent?: boolean;
}

/** A whole page (or the results' place) that says one thing and what to do about it. */
export function screen(content: Screen): TemplateResult {
  const { actions = [] } = content;
  return html`<section
    class="screen"
    id=${content.id}
    role=${content.urgent === true ? 'alert' : 'region'}
    aria-label=${content.title}
  >
    <div class="art">${content.picture}</div>
    <h2>${content.title}</h2>
    ${content.text === undefined ? nothing : html`<p>${content.text}</p>`}
    ${content.hint === undefined ? nothing : html`<p class="muted">${content.hint}</p>`}
    ${
      actions.length === 0
        ? nothing
        : html`<div class="actions">
            ${actions.map((action, index) => button(action, index === 0 ? 'primary' : 'secondary'))}
          </div>`
    }
    ${content.more ?? nothing}
  </section>`;
}

interface Banner {
  readonly id: string;
  readonly icon: TemplateResult;
  readonly title: string;
  readonly text?: string;
  /** A second, quieter line: the remedy. */
  readonly hint?: string;
  readonly actions?: readonly Action[];
  readonly kind: 'info' | 'error';
  readonly close?: {
    readonly label: string;
    readonly run: () => void;
    readonly icon: TemplateResult;
  };
}

/** A note above the results that leaves them usable. */
export function banner(content: Banner): TemplateResult {
  const { actions = [], close } = content;
  return html`<div
    class="banner ${content.kind}"
    id=${content.id}
    role=${content.kind === 'error' ? 'alert' : 'note'}
  >
    ${content.icon}
    <div class="words">
      <strong>${content.title}</strong>
      ${content.text === undefined ? nothing : html`<p>${content.text}</p>`}
      ${content.hint === undefined ? nothing : html`<p class="hint">${content.hint}</p>`}
      ${
        actions.length === 0
          ? nothing
          : html`<div class="links">
              ${actions.map(
                (action) =>
                  html`<button class="link" @click=${action.run}>${action.label}</button>`,
              )}
            </div>`
      }
    </div>
    ${
      close === undefined
        ? nothing
        : html`<button
            class="icon-button"
            title=${close.label}
            aria-label=${close.label}
            @click=${close.run}
          >
            ${close.icon}
          </button>`
    }
  </div>`;
}

function button(action: Action, appearance: 'primary' | 'secondary'): TemplateResult {
  return html`<vscode-button appearance=${appearance} @click=${action.run}>
    ${action.label}
  </vscode-button>`;
}

/**
 * Something that turns, for the eye alone: the toolkit's ring would interrupt readers with an
 * English word. What is under way is to be said beside it.
 */
export function spinner(): TemplateResult {
  return html`<span class="spinner" aria-hidden="true">
    <vscode-progress-ring></vscode-progress-ring>
  </span>`;
}

/** Grey cards in the place of results. */
export function resultSkeleton(label: string): TemplateResult {
  return html`<div class="skeletons" role="status" aria-label=${label} aria-busy="true">
    ${Array.from(
      { length: 12 },
      () => html`<div>
        <div class="skeleton square"></div>
        <div class="skeleton line"></div>
      </div>`,
    )}
  </div>`;
}

/** Grey shapes in the place of a query image and its faces. */
export function querySkeleton(label: string): TemplateResult {
  return html`<div class="query-skeleton" id="opening" role="status">
    <div class="skeleton stage"></div>
    <div class="row">
      <div class="skeleton chip"></div>
      <div class="skeleton chip"></div>
      <div class="skeleton chip"></div>
    </div>
    <p class="working">
      ${spinner()}<span>${label}</span>
    </p>
  </div>`;
}

export const screenStyles = css`
  .screen {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 10px;
    max-width: 420px;
    margin: auto;
    padding: 24px 12px;
    text-align: center;
    line-height: 1.45;
  }

  .screen h2 {
    font-size: 1.15em;
    font-weight: 600;
    text-wrap: balance;
  }

  .screen p {
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }

  .muted {
    color: var(--ff-muted);
  }

  .art {
    color: var(--ff-muted);
  }

  .art .portrait {
    width: 88px;
    height: 88px;
  }

  .art .corners {
    color: var(--ff-accent-text);
    stroke: currentColor;
  }

  .art > .icon {
    width: 40px;
    height: 40px;
    stroke-width: 0.8;
  }

  .actions {
    display: flex;
    flex-direction: column;
    align-items: stretch;
    gap: 8px;
    width: min(100%, 260px);
    margin-top: 6px;
  }

  .banner {
    display: flex;
    gap: 8px;
    padding: 8px 10px;
    border-radius: 6px;
    line-height: 1.4;
    background: var(--ff-tile);
    border: 1px solid var(--ff-line);
  }

  .banner > .icon {
    margin-top: 1px;
    color: var(--ff-accent-text);
  }

  .banner.error {
    background: var(--vscode-inputValidation-errorBackground, var(--ff-tile));
    border-color: var(--vscode-inputValidation-errorBorder, var(--ff-line));
    color: var(--vscode-inputValidation-errorForeground, var(--ff-foreground));
  }

  .banner.error > .icon {
    color: inherit;
  }

  .words {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .words strong {
    font-weight: 600;
  }

  .words .hint {
    margin-top: 3px;
  }

  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin-top: 3px;
  }

  .link {
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
    text-underline-offset: 2px;
    text-align: start;
  }

  .banner.error .link {
    color: inherit;
  }

  .link:hover {
    color: var(--vscode-textLink-activeForeground);
  }

  .skeletons {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 76px), 1fr));
    gap: 8px;
  }

  .square {
    aspect-ratio: 1;
    border-radius: 6px;
  }

  .skeletons .line {
    width: 70%;
    height: 10px;
    margin: 7px 2px 14px;
  }

  .query-skeleton {
    display: flex;
    flex-direction: column;
    gap: 10px;
  }

  .query-skeleton .stage {
    height: var(--ff-stage-height);
  }

  .query-skeleton .row {
    display: flex;
    gap: 6px;
  }

  .query-skeleton .chip {
    width: 40px;
    height: 40px;
    border-radius: 8px;
  }

  .working {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--ff-muted);
    overflow-wrap: anywhere;
  }

  .spinner {
    flex: none;
  }

  .spinner vscode-progress-ring {
    width: 16px;
    height: 16px;
  }
`;
