import { html, nothing, type TemplateResult } from 'lit';
import type { FamiliarError } from '../../src/common/failure.ts';
import type { ViewState } from '../../src/protocol/viewProtocol.ts';
import { icons, portrait } from '../icons.ts';
import type { DropAndPaste } from '../input/dropAndPaste.ts';
import type { SearchModel } from '../state/searchModel.ts';
import { remedyOf, text } from '../strings.ts';
import { querySkeleton, resultSkeleton, screen } from './emptyStates.ts';
import { indexingStrip } from './indexingStrip.ts';

/** The page where there is no query to show; `nothing` where there is one. */
export function wholePage(
  model: SearchModel,
  intake: DropAndPaste,
): TemplateResult | typeof nothing {
  const { state, startFailure } = model;
  if (startFailure !== null) {
    return startFailed(startFailure, () => void model.start());
  }
  if (state === null) {
    return skeleton(text.loading());
  }
  return (
    blocked(state, (method) => model.tell(method)) ?? withoutQuery(state, model, intake) ?? nothing
  );
}

/** The page where the host did not answer. */
export function startFailed(failure: FamiliarError, retry: () => void): TemplateResult {
  return screen({
    id: 'start-failed',
    urgent: true,
    picture: icons.warning,
    title: text.startFailedTitle(),
    text: failure.message,
    hint: remedyOf(failure),
    actions: [{ label: text.retry(), run: retry }],
  });
}

type Blocking = Pick<ViewState, 'engine' | 'engineFailure' | 'waiting'>;
type Unblock = 'folder/open' | 'trust/manage' | 'engine/restart' | 'log/show';

/** What must be done before anything can be shown; null where nothing is in the way. */
export function blocked(state: Blocking, tell: (method: Unblock) => void): TemplateResult | null {
  if (state.engine === 'none') {
    return screen({
      id: 'no-folder',
      picture: portrait,
      title: text.noFolderTitle(),
      text: text.noFolderText(),
      actions: [{ label: text.openFolder(), run: () => tell('folder/open') }],
    });
  }
  if (state.waiting?.reason === 'untrusted') {
    return screen({
      id: 'untrusted',
      picture: portrait,
      title: text.untrustedTitle(),
      text: text.untrustedText(),
      actions: [{ label: text.manageTrust(), run: () => tell('trust/manage') }],
    });
  }
  if (state.engine === 'lost') {
    return screen({
      id: 'engine-lost',
      urgent: true,
      picture: icons.warning,
      title: text.lostTitle(),
      text: state.engineFailure?.message ?? text.lostText(),
      ...(state.engineFailure === null ? {} : { hint: state.engineFailure.remedy }),
      actions: [
        { label: text.restart(), run: () => tell('engine/restart') },
        { label: text.showLog(), run: () => tell('log/show') },
      ],
    });
  }
  return null;
}

function withoutQuery(
  state: ViewState,
  model: SearchModel,
  intake: DropAndPaste,
): TemplateResult | null {
  if (state.queries.length > 0) {
    return null;
  }
  if (state.opening.length > 0) {
    const [first = ''] = state.opening;
    const many = state.opening.length > 1;
    return skeleton(many ? text.openingMany(state.opening.length) : text.opening(first));
  }
  const ways = [
    { label: text.choose(), run: () => model.tell('query/choose') },
    { label: text.paste(), run: () => void intake.readClipboard() },
  ];
  if (state.openFailure !== null) {
    return screen({
      id: 'open-failed',
      urgent: true,
      picture: icons.warning,
      title: text.openFailedTitle(),
      text: state.openFailure.message,
      hint: state.openFailure.remedy,
      actions: ways,
      more: libraryFoot(state, model),
    });
  }
  if (state.waiting?.reason === 'large') {
    return screen({
      id: 'large',
      picture: portrait,
      title: text.largeTitle({ value: state.waiting.count, isExact: state.waiting.isExact }),
      text: text.largeText(state.waiting.seconds),
      actions: [{ label: text.startIndexing(), run: () => model.tell('index/start') }],
    });
  }
  return screen({
    id: 'empty',
    picture: portrait,
    title: text.emptyTitle(),
    text: text.emptyHow(),
    actions: ways,
    more: html`<p class="target">${text.emptyDrop()}</p>
      ${libraryFoot(state, model)}`,
  });
}

/** How large the library is, and how it grows. */
function libraryFoot(state: ViewState, model: SearchModel): TemplateResult {
  const { library } = state;
  const size =
    library === null || library.images === 0 ? emptyText(state) : text.librarySize(library);
  return html`<div class="foot">
    <p class="muted">${state.engine === 'starting' ? text.starting() : size}</p>
    ${indexingStrip(state.progress, (method) => model.tell(method))}
  </div>`;
}

/** An empty library that is at rest will not fill by itself. */
function emptyText({ library, progress, waiting }: ViewState): string {
  const isAtRest = library !== null && progress.phase === 'idle' && !progress.interrupted;
  return isAtRest && waiting === null ? text.libraryEmpty() : text.libraryNotYet();
}

function skeleton(label: string): TemplateResult {
  return html`<div class="columns" id="loading">
    <div class="side">${querySkeleton(label)}</div>
    <div class="found">${resultSkeleton(label)}</div>
  </div>`;
}
