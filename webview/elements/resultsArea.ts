import { html, nothing, type TemplateResult } from 'lit';
import type { Card, ViewResults, ViewState } from '../../src/protocol/viewProtocol.ts';
import { icons } from '../icons.ts';
import type { SearchModel } from '../state/searchModel.ts';
import { text } from '../strings.ts';
import { banner, resultSkeleton, screen, spinner } from './emptyStates.ts';
import { indexingStrip, isIndexing } from './indexingStrip.ts';

interface ResultsArea {
  readonly model: SearchModel;
  readonly state: ViewState;
  readonly results: ViewResults;
  readonly revision: number;
  readonly scroller: HTMLElement | null;
  readonly stickyPx: number;
  readonly open: (card: Card, options: { place: number; beside: boolean }) => void;
  readonly searchFrom: (card: Card) => void;
}

/** The slider with the count, which stay in sight, and the results or what is in their place. */
export function resultsArea(area: ResultsArea): TemplateResult {
  const { model, state } = area;
  const weighable = state.queries.some(({ selectedFaceIds }) => selectedFaceIds.length > 0);
  return html`
    <div class="bar">
      <ff-weight-slider
        .weight=${model.weight}
        .resetTo=${state.defaultWeight}
        ?disabled=${!weighable}
        .change=${(weight: number) => model.setWeight(weight)}
      ></ff-weight-slider>
      ${summary(area)}
    </div>
    ${notes(area)} ${body(area)}
  `;
}

/** How many there are, and whether more are on their way. */
function summary({ state, results, model }: ResultsArea): TemplateResult {
  const known = results.resultsId > 0 && state.searchFailure === null;
  return html`<div class="summary">
    <span role="status" id="count">${known ? countOf(results, state) : nothing}</span>
    ${
      known && results.search === 'exact'
        ? html`<span class="exact" role="img" aria-label=${text.exactSearch()} title=${text.exactSearch()}>
            ${icons.info}
          </span>`
        : nothing
    }
    ${
      state.searching
        ? html`${spinner()}<span class="hidden" role="status">${text.searching()}</span>`
        : nothing
    }
    ${
      isIndexing(state.progress)
        ? html`<div class="growth">
            ${indexingStrip(state.progress, (method) => model.tell(method))}
          </div>`
        : nothing
    }
  </div>`;
}

/** The number of results; that there are none is to be seen below, and said here. */
function countOf({ total, partial }: ViewResults, { progress }: ViewState): TemplateResult {
  if (total === 0) {
    const title = isIndexing(progress) ? text.nothingYetTitle() : text.nothingTitle();
    return html`<span class="hidden">${title}</span>`;
  }
  const count = text.resultCount(total);
  return partial && isIndexing(progress)
    ? html`${count} <span title=${text.partial()}>${text.soFar()}</span>`
    : html`${count}`;
}

/** Notes above the results that are still there: they remain usable. */
function notes({ state, results, model }: ResultsArea): TemplateResult {
  const { openFailure, searchFailure, progress, waiting } = state;
  return html`
    ${progress.phase === 'failed' ? indexingStrip(progress, (method) => model.tell(method)) : nothing}
    ${
      waiting?.reason === 'large'
        ? banner({
            id: 'large',
            kind: 'info',
            icon: icons.info,
            title: text.largeTitle({ value: waiting.count, isExact: waiting.isExact }),
            text: text.largeText(waiting.seconds),
            actions: [{ label: text.startIndexing(), run: () => model.tell('index/start') }],
          })
        : nothing
    }
    ${
      openFailure === null
        ? nothing
        : banner({
            id: 'open-failed',
            kind: 'error',
            icon: icons.warning,
            title: text.openFailedTitle(),
            text: openFailure.message,
            hint: openFailure.remedy,
          })
    }
    ${
      searchFailure !== null && results.total > 0
        ? banner({
            id: 'search-failed',
            kind: 'error',
            icon: icons.warning,
            title: text.searchFailedTitle(),
            text: searchFailure.message,
            hint: searchFailure.remedy,
            actions: [{ label: text.retry(), run: () => model.tell('search/retry') }],
          })
        : nothing
    }
  `;
}

function body(area: ResultsArea): TemplateResult {
  const { model, state, results } = area;
  if (state.searchFailure !== null && results.total === 0) {
    return screen({
      id: 'search-failed',
      urgent: true,
      picture: icons.warning,
      title: text.searchFailedTitle(),
      text: state.searchFailure.message,
      hint: state.searchFailure.remedy,
      actions: [
        { label: text.retry(), run: () => model.tell('search/retry') },
        { label: text.showLog(), run: () => model.tell('log/show') },
      ],
    });
  }
  if (results.resultsId === 0 || (state.searching && results.total === 0)) {
    return resultSkeleton(text.searching());
  }
  return results.total === 0 ? nothingFound(state) : grid(area);
}

function nothingFound(state: ViewState): TemplateResult {
  const library = state.library?.images ?? 0;
  const growing = isIndexing(state.progress);
  const enough = library > 1 ? text.nothingText() : text.nothingIndexed();
  return screen({
    id: 'nothing',
    picture: icons.search,
    title: growing ? text.nothingYetTitle() : text.nothingTitle(),
    text: growing ? text.nothingYet() : enough,
  });
}

function grid(area: ResultsArea): TemplateResult {
  return html`<ff-result-grid
    .pages=${area.model.pages}
    .revision=${area.revision}
    .scroller=${area.scroller}
    .stickyPx=${area.stickyPx}
    .sessionId=${area.model.session?.sessionId ?? ''}
    .open=${area.open}
    .searchFrom=${area.searchFrom}
  ></ff-result-grid>`;
}
