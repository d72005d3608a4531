import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import type {
  CharacterCards,
  CharactersState,
  ListCard,
} from '../../src/protocol/charactersViewProtocol.ts';
import { characterText } from '../characterStrings.ts';
import { icons } from '../icons.ts';
import type { CharactersModel } from '../state/charactersModel.ts';
import { text, useTranslations } from '../strings.ts';
import { appStyles } from './appStyles.ts';
import { charactersBar } from './charactersBar.ts';
import { charactersStyles } from './charactersStyles.ts';
import { screenStyles } from './emptyStateStyles.ts';
import { banner, resultSkeleton, screen } from './emptyStates.ts';
import type { HeadGrid, HeadGridHandlers } from './headGrid.ts';
import { headStyles } from './headPicture.ts';
import { indexingStrip, indexingStyles, isIndexing } from './indexingStrip.ts';
import { blocked, startFailed } from './pages.ts';
import { pictureStyles, sharedStyles, skeletonStyles } from './styles.ts';
import type { SuggestionStrip } from './suggestionStrip.ts';
import './headGrid.ts';
import './proposalList.ts';
import './suggestionStrip.ts';

/** The Characters page; it draws what the model holds. */
export class CharactersApp extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    skeletonStyles,
    screenStyles,
    indexingStyles,
    headStyles,
    appStyles,
    charactersStyles,
  ];

  readonly #model: CharactersModel;
  #revision = 0;
  #translated = false;
  #drawn: CharacterCards | null = null;
  /** Where the list of all characters was left. */
  #place = { index: 0, scrollTop: 0 };
  #wasAll = true;
  #takeFocus = false;

  @state() private accessor stickyPx = 0;
  @query('.page') private accessor page: HTMLElement | null = null;
  @query('.bar') private accessor bar: HTMLElement | null = null;
  @query('ff-head-grid') private accessor grid: HeadGrid | null = null;
  @query('ff-suggestion-strip') private accessor strip: SuggestionStrip | null = null;
  @query('#back') private accessor back: HTMLElement | null = null;

  readonly #layout = new ResizeObserver(() => {
    this.stickyPx = this.bar?.offsetHeight ?? 0;
    this.grid?.requestUpdate();
  });
  readonly #handlers: HeadGridHandlers = {
    open: (card, options) => this.#open(card, options),
    select: (ids) => this.#model.select(ids),
    name: (card, name) => void this.#model.name(card.id, name),
    merge: (ids) => void this.#model.ask('merge', { ids: [...ids] }),
    readNames: () => void this.#model.readNames(),
  };

  constructor(model: CharactersModel) {
    super();
    this.#model = model;
    model.addEventListener('change', () => this.#onChange());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#layout.disconnect();
  }

  #onChange(): void {
    const { session } = this.#model;
    if (session !== null && !this.#translated) {
      this.#translated = true;
      useTranslations(session.l10n);
      this.setAttribute('placement', session.placement);
    }
    this.#revision += 1;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    return html`<main class="page" @scroll=${() => this.#onScroll()}>${this.#content()}</main>`;
  }

  #content(): TemplateResult {
    const { state: current, list, startFailure } = this.#model;
    if (startFailure !== null) {
      return startFailed(startFailure, () => void this.#model.start());
    }
    if (current === null || list === null) {
      return resultSkeleton(text.loading());
    }
    const obstacle = blocked(current, (method) => this.#model.tell(method));
    return (
      obstacle ??
      html`${this.#notice()}
        <div class="bar">
          ${charactersBar({
            model: this.#model,
            state: current,
            list,
            edit: () => this.grid?.editActive(),
            show: (page) => this.#show(page),
          })}
        </div>
        ${this.#notes(current)}
        <div class="found">${this.#body(current, list)}</div>`
    );
  }

  #notice(): TemplateResult | typeof nothing {
    const { notice } = this.#model;
    if (notice === null) {
      return nothing;
    }
    const isFailure = notice.kind === 'failure';
    return html`<div class="notice">
      ${banner({
        id: 'notice',
        kind: isFailure ? 'error' : 'info',
        icon: isFailure ? icons.warning : icons.info,
        title: notice.message,
        ...(isFailure ? { text: notice.remedy } : {}),
        close: { label: text.dismiss(), run: () => this.#model.show(null), icon: icons.close },
      })}
    </div>`;
  }

  #notes(current: CharactersState): TemplateResult {
    const { clash } = this.#model;
    const { counts, page } = current;
    return html`
      ${indexingStrip(current.progress, (method) => this.#model.tell(method))}
      ${
        clash === null
          ? nothing
          : banner({
              id: 'clash',
              kind: 'info',
              icon: icons.info,
              title: characterText.exists(clash.existing.name),
              text: characterText.existsText(),
              actions: [
                {
                  label: characterText.mergeWith(clash.existing.name),
                  run: () => this.#model.settleClash(true),
                },
                {
                  label: characterText.keepApart(),
                  run: () => this.#model.settleClash(false),
                },
              ],
            })
      }
      ${
        page.kind === 'all' && counts.proposals > 0 && current.filter === ''
          ? banner({
              id: 'proposals',
              kind: 'info',
              icon: icons.rename,
              title: characterText.proposals(counts.proposals),
              actions: [{ label: text.lookAtThem(), run: () => this.#show({ kind: 'proposals' }) }],
            })
          : nothing
      }
    `;
  }

  #body(current: CharactersState, list: CharacterCards): TemplateResult {
    const { page, failure } = current;
    if (failure !== null && list.total === 0) {
      return screen({
        id: 'list-failed',
        urgent: true,
        picture: icons.warning,
        title: characterText.failed(),
        text: failure.message,
        hint: failure.remedy,
        actions: [{ label: text.showLog(), run: () => this.#model.tell('log/show') }],
      });
    }
    if (page.kind === 'proposals') {
      return html`<ff-proposal-list
        .proposals=${page.proposals}
        .accept=${(accepted: { id: number; name: string }[]) => {
          void this.#model.ask('proposals/accept', { accepted });
        }}
      ></ff-proposal-list>`;
    }
    if (list.resultsId === 0) {
      return resultSkeleton(text.loading());
    }
    return html`
      ${
        page.kind === 'character'
          ? html`<ff-suggestion-strip
              .character=${page.character}
              .suggestions=${page.suggestions}
              .judge=${(faceId: number, same: boolean) => {
                const { id } = page.character;
                void this.#model.ask('judge', { id, faceIds: [faceId], same });
              }}
              .open=${(faceId: number) => this.#openFace(faceId, false)}
            ></ff-suggestion-strip>`
          : nothing
      }
      ${list.total === 0 ? empty(current) : this.#headGrid(current)}
    `;
  }

  #headGrid({ page }: CharactersState): TemplateResult {
    return html`<ff-head-grid
      .pages=${this.#model.pages}
      .revision=${this.#revision}
      .scroller=${this.page}
      .stickyPx=${this.stickyPx}
      .sessionId=${this.#model.session?.sessionId ?? ''}
      .handlers=${this.#handlers}
      .selected=${this.#model.selected}
      .names=${this.#model.names}
      .label=${labelOf(page)}
    ></ff-head-grid>`;
  }

  protected override updated(): void {
    if (this.bar !== null) {
      this.#layout.observe(this.bar);
    }
    const { list, state: current } = this.#model;
    if (list !== null && current !== null && list !== this.#drawn) {
      this.#drawn = list;
      if (list.reason === 'query') {
        this.#onNewList(current.page.kind === 'all');
      }
    }
  }

  /** Another list begins at its top; that of all characters where it was left. */
  #onNewList(isAll: boolean): void {
    const returns = isAll && !this.#wasAll;
    this.#wasAll = isAll;
    const { index, scrollTop } = returns ? this.#place : { index: 0, scrollTop: 0 };
    this.grid?.activate(index);
    if (this.page !== null) {
      this.page.scrollTop = scrollTop;
    }
    if (this.#takeFocus) {
      this.#takeFocus = false;
      if (isAll) {
        this.grid?.focusCard();
      } else {
        this.back?.focus();
      }
    }
  }

  #open(card: ListCard, { beside }: { readonly beside: boolean }): void {
    if (card.kind === 'face') {
      this.#openFace(card.id, beside);
    } else {
      this.#show({ kind: 'character', id: card.id });
    }
  }

  #openFace(faceId: number, beside: boolean): void {
    void this.#model.ask('face/open', { faceId, beside });
  }

  #show(page: Parameters<CharactersModel['open']>[0]): void {
    if (this.#model.state?.page.kind === 'all') {
      this.#place = {
        index: this.grid?.activeIndex ?? 0,
        scrollTop: this.page?.scrollTop ?? 0,
      };
    }
    this.#takeFocus = true;
    this.#model.open(page);
  }

  #onScroll(): void {
    this.bar?.classList.toggle('stuck', (this.page?.scrollTop ?? 0) > 0);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (isTyping(event)) {
      return;
    }
    const key = event.key.toLowerCase();
    if (key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      this.#model.tell('undo');
    } else if (this.strip?.takeKey(event) === true) {
      event.preventDefault();
    } else if (event.key === 'Escape' && this.#model.state?.page.kind !== 'all') {
      this.#show({ kind: 'all' });
    }
  };
}

function labelOf(page: CharactersState['page']): string {
  if (page.kind === 'character') {
    return page.character.name ?? characterText.unnamed();
  }
  return characterText.title();
}

function empty(current: CharactersState): TemplateResult {
  const { page, filter, hidden, grouping, progress } = current;
  if (page.kind === 'character') {
    return screen({ id: 'no-faces', picture: icons.image, title: characterText.noFaces() });
  }
  if (page.kind === 'singles') {
    return screen({ id: 'no-singles', picture: icons.image, title: characterText.noSingles() });
  }
  if (filter !== '') {
    return screen({
      id: 'no-match',
      picture: icons.search,
      title: characterText.noMatchTitle(),
      text: characterText.noMatchText(),
    });
  }
  if (hidden) {
    return screen({ id: 'no-hidden', picture: icons.image, title: characterText.noHidden() });
  }
  if (grouping && !isIndexing(progress)) {
    return resultSkeleton(characterText.grouping());
  }
  return screen({
    id: 'none',
    picture: icons.allFaces,
    title: characterText.noneTitle(),
    text: characterText.noneText(),
  });
}

/** Whether the key goes into a field. */
function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return target instanceof HTMLInputElement && target.type !== 'checkbox';
}

customElements.define('ff-characters-app', CharactersApp);
