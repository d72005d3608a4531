import { html, nothing, type TemplateResult } from 'lit';

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
