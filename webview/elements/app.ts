import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import type { Card, ViewResults, ViewState } from '../../src/protocol/viewProtocol.ts';
import { icons } from '../icons.ts';
import { DropAndPaste } from '../input/dropAndPaste.ts';
import type { SearchModel } from '../state/searchModel.ts';
import { questionOf, type ViewMemory } from '../state/viewMemory.ts';
import { text, useTranslations } from '../strings.ts';
import { appStyles } from './appStyles.ts';
import { screenStyles } from './emptyStateStyles.ts';
import { banner, querySkeleton } from './emptyStates.ts';
import { indexingStyles } from './indexingStrip.ts';
import { wholePage } from './pages.ts';
import type { ResultGrid } from './resultGrid.ts';
import { resultsArea } from './resultsArea.ts';
import { ScrollMemory } from './scrollMemory.ts';
import { sharedStyles, skeletonStyles } from './styles.ts';
import './queryPanel.ts';
import './resultGrid.ts';
import './weightSlider.ts';

/** The whole page; it draws what the model holds. */
export class FamiliarFacesApp extends LitElement {
  static override styles = [sharedStyles, skeletonStyles, screenStyles, indexingStyles, appStyles];

  readonly #model: SearchModel;
  readonly #intake: DropAndPaste;
  readonly #scroll: ScrollMemory;
  #revision = 0;
  #translated = false;
  #drawn: ViewResults | null = null;
  #drawnQueries = '';

  @state() private accessor openId: string | null = null;
  @state() private accessor stickyPx = 0;
  @query('.page') private accessor page: HTMLElement | null = null;
  @query('.bar') private accessor bar: HTMLElement | null = null;
  @query('.side') private accessor side: HTMLElement | null = null;
  @query('ff-result-grid') private accessor grid: ResultGrid | null = null;

  /** What lies above the grid changes its place in the page. */
  readonly #layout = new ResizeObserver(() => this.#onLayout());

  constructor(model: SearchModel, memory: ViewMemory) {
    super();
    this.#model = model;
    this.#intake = new DropAndPaste({
      open: (sources) => model.open(sources),
      show: (notice) => model.show(notice),
      onDidDrag: () => this.requestUpdate(),
    });
    this.#scroll = new ScrollMemory(memory);
    model.addEventListener('change', () => this.#onChange());
    model.addEventListener('readclipboard', () => void this.#intake.readClipboard());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#intake.listen(document);
    document.addEventListener('keydown', this.#undoByKey);
    document.addEventListener('contextmenu', this.#exposeContext, { capture: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#intake.stop();
    this.#layout.disconnect();
    document.removeEventListener('keydown', this.#undoByKey);
    document.removeEventListener('contextmenu', this.#exposeContext, { capture: true });
  }

  #onChange(): void {
    const { session } = this.#model;
    if (session !== null && !this.#translated) {
      this.#translated = true;
      useTranslations(session.l10n);
      this.setAttribute('placement', session.placement);
      this.openId = this.#scroll.recall(session.sessionId);
    }
    this.#revision += 1;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { state: current, results } = this.#model;
    return html`<main class="page" @scroll=${() => this.#onScroll()}>
        ${this.#notice()}${
          current === null || results === null
            ? wholePage(this.#model, this.#intake)
            : this.#content(current, results)
        }
      </main>
      ${
        this.#intake.dragging
          ? html`<div class="drop" aria-hidden="true">
              <div>${icons.image}<span>${text.dropHere()}</span></div>
            </div>`
          : nothing
      }`;
  }

  #content(current: ViewState, results: ViewResults): TemplateResult {
    const whole = wholePage(this.#model, this.#intake);
    if (whole !== nothing) {
      return html`${whole}`;
    }
    return html`<div class="columns">
      <div class="side">
        ${
          current.opening.length > 0
            ? querySkeleton(openingText(current.opening))
            : html`<ff-query-panel
                .model=${this.#model}
                .queries=${current.queries}
                .openId=${this.openId}
                .copiesOfQuery=${results.copiesOfQuery}
                @querychosen=${(event: CustomEvent<string>) => {
                  this.openId = event.detail;
                  this.#remember();
                }}
              ></ff-query-panel>`
        }
      </div>
      <div class="found">
        ${resultsArea({
          model: this.#model,
          state: current,
          results,
          revision: this.#revision,
          scroller: this.page,
          stickyPx: this.stickyPx,
          open: (card, options) => this.#model.openResult(card.imageId, options),
          searchFrom: (card) => this.#searchFrom(card),
        })}
      </div>
    </div>`;
  }

  #notice(): TemplateResult | typeof nothing {
    const { notice } = this.#model;
    if (notice === null) {
      return nothing;
    }
    return html`<div class="notice">
      ${banner({
        id: 'notice',
        kind: notice.kind === 'failure' ? 'error' : 'info',
        icon: notice.kind === 'failure' ? icons.warning : icons.info,
        title: notice.message,
        ...(notice.kind === 'failure' ? { text: notice.remedy } : {}),
        close: {
          label: text.dismiss(),
          run: () => this.#model.show(null),
          icon: icons.close,
        },
      })}
    </div>`;
  }

  protected override updated(): void {
    for (const element of [this.bar, this.side]) {
      if (element !== null) {
        this.#layout.observe(element);
      }
    }
    const { results } = this.#model;
    if (results !== null && results !== this.#drawn) {
      this.#onNewResults(results, this.#drawn);
      this.#drawn = results;
    }
  }

  /** A new question or order begins at its top; a refresh and a reload keep the place. */
  #onNewResults(results: ViewResults, before: ViewResults | null): void {
    const { state: current } = this.#model;
    if (before === null && current !== null) {
      this.#scroll.restore(this.page, questionOf(current));
    } else if (results.reason !== 'refresh') {
      this.grid?.rewind();
      const queries = current?.queries.map(({ queryId }) => queryId).join() ?? '';
      if (results.reason === 'query' && queries !== this.#drawnQueries) {
        // Other images are asked about: they are what is to be seen first.
        this.page?.scrollTo({ top: 0 });
      } else {
        this.#scrollToResults();
      }
    }
    this.#drawnQueries = current?.queries.map(({ queryId }) => queryId).join() ?? '';
  }

  /** To the first result, where the page has been scrolled past it. */
  #scrollToResults(): void {
    const { page, bar } = this;
    if (page !== null && bar !== null) {
      const top = bar.getBoundingClientRect().top - page.getBoundingClientRect().top;
      const start = this.#barStart();
      if (top <= 0 && page.scrollTop > start) {
        page.scrollTop = start;
      }
    }
  }

  /** Where the bar lies in the page while it does not stick. */
  #barStart(): number {
    const found = this.bar?.parentElement;
    const { page } = this;
    if (found === null || found === undefined || page === null) {
      return 0;
    }
    const top = found.getBoundingClientRect().top - page.getBoundingClientRect().top;
    return Math.max(0, top + page.scrollTop);
  }

  #onLayout(): void {
    this.stickyPx = this.bar?.offsetHeight ?? 0;
    this.grid?.requestUpdate();
  }

  #onScroll(): void {
    const scrolled = this.page?.scrollTop ?? 0;
    this.bar?.classList.toggle('stuck', scrolled > this.#barStart());
    this.#remember();
  }

  #remember(): void {
    const { session, state: current } = this.#model;
    if (session !== null && current !== null && this.page !== null) {
      this.#scroll.keep({
        sessionId: session.sessionId,
        queryId: this.openId,
        scrollTop: this.page.scrollTop,
        question: questionOf(current),
      });
    }
  }

  #searchFrom(card: Card): void {
    this.#model.open([{ kind: 'result', imageId: card.imageId }]);
  }

  /** Ctrl+Z, and with Shift or as Ctrl+Y the way back; ⌘ on a Mac. The page has no text to edit. */
  readonly #undoByKey = (event: KeyboardEvent): void => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== 'z' && key !== 'y')) {
      return;
    }
    event.preventDefault();
    this.#model.tell(key === 'y' || event.shiftKey ? 'decision/redo' : 'decision/undo');
  };

  /**
   * VS Code looks for `data-vscode-context` from the event's target upwards, which from outside
   * is this element: the context of the part that was clicked is lent to it beforehand.
   */
  readonly #exposeContext = (event: Event): void => {
    const context = event
      .composedPath()
      .find(
        (node): node is HTMLElement =>
          node instanceof HTMLElement && node !== this && 'vscodeContext' in node.dataset,
      );
    this.dataset['vscodeContext'] =
      context?.dataset['vscodeContext'] ?? JSON.stringify({ preventDefaultContextMenuItems: true });
  };
}

function openingText(names: readonly string[]): string {
  return names.length === 1 ? text.opening(names[0] ?? '') : text.openingMany(names.length);
}

customElements.define('ff-app', FamiliarFacesApp);
