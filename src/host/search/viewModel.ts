import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { inReadingOrder } from '../../common/faceOrder.ts';
import type { SimilarResult } from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { Card, ViewQuery, ViewResults, ViewState } from '../../protocol/viewProtocol.ts';
import { inTheirLanguage } from '../l10n/failureTexts.ts';
import type { Library } from '../library/library.ts';
import type { OpenQuery } from './openQuery.ts';
import { firstWeight } from './sessionMemory.ts';
import type { SimilarSession } from './similarSession.ts';

/** Makes the URI by which a webview loads a file; every webview has its own. */
export type ToWebviewUri = (path: string) => string;

/** Puts what library and session know into the form that webviews draw. */
export function toViewState(
  library: Library,
  session: SimilarSession,
  toUri: ToWebviewUri,
): ViewState {
  return {
    ...toLibraryState(library),
    opening: [...session.opening],
    openFailure: session.openFailure,
    queries: session.queries.map((query) => toViewQuery(query, toUri)),
    weight: session.weight,
    defaultWeight: firstWeight,
    searching: session.searching,
    searchFailure: session.searchFailure,
  };
}

/** What every view shows of the library and its engine. */
export function toLibraryState(
  library: Library,
): Pick<ViewState, 'engine' | 'engineFailure' | 'waiting' | 'progress' | 'library'> {
  const { state, engine, stats } = library;
  return {
    // A stopped engine starts with the first request: to people it is there.
    engine: state === 'stopped' ? 'ready' : state,
    engineFailure: translated(engine.failure),
    waiting: library.waiting,
    progress: { ...library.progress, failure: translated(library.progress.failure) },
    library: stats === null ? null : { images: stats.images, faces: stats.faces },
  };
}

function translated(failure: Failure | null): Failure | null {
  return failure === null ? null : inTheirLanguage(failure);
}

export function toViewResults(session: SimilarSession, toUri: ToWebviewUri): ViewResults {
  const { resultsId, reason, page } = session.results;
  const own = new Set(session.queries.map(({ image }) => image.path));
  return {
    resultsId,
    reason,
    total: page.total,
    cards: page.results.map((result) => toCard(result, toUri)),
    copiesOfQuery: page.copiesOfQuery
      .filter(({ path }) => !own.has(path))
      .map(({ path }) => relativeLabel(path)),
    partial: page.partial,
    search: page.search,
  };
}

export function toCard(result: SimilarResult, toUri: ToWebviewUri): Card {
  const { imageId, path, width, height, thumbnail, score, probability, face } = result;
  const folder = dirname(relativeLabel(path));
  return {
    imageId,
    name: basename(path),
    folder: folder === '.' ? '' : folder,
    width,
    height,
    thumbnail: thumbnail === null ? null : toUri(thumbnail),
    score,
    probability,
    face: face === null ? null : { id: face.id, box: face.box, character: face.character },
    queryFaceId: result.queryFaceId,
    identityCosine: result.identityCosine,
    lookCosine: result.lookCosine,
    copies: result.copies.map((copy) => relativeLabel(copy.path)),
  };
}

function toViewQuery({ image, selectedFaceIds }: OpenQuery, toUri: ToWebviewUri): ViewQuery {
  const { queryId, name, path, width, height, preview } = image;
  return {
    queryId,
    name,
    label: path === null ? vscode.l10n.t('Not from a file') : relativeLabel(path),
    width,
    height,
    preview: toUri(preview),
    inLibrary: image.imageId !== null || isInWorkspace(path),
    faces: inReadingOrder(image.faces).map((face, index) => ({ ...face, number: index + 1 })),
    selectedFaceIds: [...selectedFaceIds],
  };
}

/** Images of the workspace that are not indexed yet belong to it all the same. */
function isInWorkspace(path: string | null): boolean {
  return path !== null && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)) !== undefined;
}

/** A path as people know it: from the workspace folder on, with its name where there are more. */
export function relativeLabel(path: string): string {
  return vscode.workspace.asRelativePath(path);
}
