import type { Progress } from '../../../src/protocol/engineProtocol.ts';
import type { ViewResults, ViewState } from '../../../src/protocol/viewProtocol.ts';

export const idleProgress: Progress = {
  phase: 'idle',
  done: 0,
  total: 0,
  faces: 0,
  failures: 0,
  imagesPerSecond: null,
  remainingSeconds: null,
  interrupted: false,
  failure: null,
};

export const busyProgress: Progress = {
  ...idleProgress,
  phase: 'indexing',
  done: 1204,
  total: 5130,
  faces: 1530,
  imagesPerSecond: 31.4,
  remainingSeconds: 125,
};

export const idleState: ViewState = {
  engine: 'ready',
  engineFailure: null,
  waiting: null,
  progress: idleProgress,
  library: { images: 5130, faces: 7204 },
  opening: [],
  openFailure: null,
  queries: [],
  weight: 0.8,
  defaultWeight: 0.75,
  searching: false,
  searchFailure: null,
};

export const emptyResults: ViewResults = {
  resultsId: 0,
  reason: 'query',
  total: 0,
  cards: [],
  copiesOfQuery: [],
  partial: false,
  search: 'annoy',
};
