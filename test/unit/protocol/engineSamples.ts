import { defaultSettings } from '../../../src/common/settings.ts';
import type { EngineMethod, EngineNotification } from '../../../src/protocol/engineProtocol.ts';

const folder = { id: 'art', name: 'art', path: '/art' };
const box = { x: 1, y: 2, width: 30, height: 40 };

/** Well-formed parameters of each request. */
export const engineSamples: Readonly<Record<EngineMethod, unknown>> = {
  initialize: {
    protocolVersion: 1,
    storageFolder: '/library',
    folders: [folder],
    settings: defaultSettings,
    watch: false,
    autoStart: false,
    previousExit: 'ended',
  },
  shutdown: null,
  setFolders: { folders: [folder] },
  setSettings: { settings: defaultSettings },
  'index/start': { force: false },
  'index/pause': null,
  'index/resume': null,
  'index/cancel': null,
  progress: null,
  stats: null,
  failures: null,
  'failures/retry': { fileIds: [1, 2] },
  'files/count': { limit: 10 },
  'query/open': { source: { kind: 'bytes', name: 'a.png', base64: 'AA==' } },
  'query/addFace': { queryId: 'a', box },
  'query/removeFace': { queryId: 'a', faceId: 1 },
  'query/similar': {
    queries: [{ queryId: 'a', faceIds: [1, 2] }],
    weight: 0.7,
    offset: 0,
    limit: 50,
  },
  'query/refresh': { queryId: 'a' },
  'decisions/list': null,
  'decisions/undo': { ids: ['a'] },
  'decisions/redo': { ids: ['a'] },
  'decisions/export': { path: '/decisions.jsonl' },
  'decisions/import': { path: '/decisions.jsonl' },
  'query/reject': { queryId: 'a', queryFaceId: 1, faceId: 2 },
  export: { format: 'csv', path: '/map.csv' },
  doctor: null,
  'characters/list': { filter: 'al', hidden: false, offset: 0, limit: 50 },
  'characters/names': null,
  'characters/get': { id: 1 },
  'characters/faces': { id: 1, offset: 0, limit: 50 },
  'characters/suggestions': { id: 1, limit: 20 },
  'characters/name': { id: 1, name: 'Alice' },
  'characters/nameFaces': { faceIds: [1, 2], name: 'Alice' },
  'characters/merge': { ids: [1, 2] },
  'characters/split': { id: 1, faceIds: [3] },
  'characters/judge': { id: 1, faceIds: [3], same: true },
  'characters/hide': { ids: [1], hidden: true },
  'characters/cover': { id: 1, faceId: 3 },
  'characters/undo': null,
  'characters/proposals': null,
  'models/forgetProbes': null,
};

/** A well-formed notification of each kind. */
export const notificationSamples: Readonly<Record<EngineNotification, unknown>> = {
  progress: {
    phase: 'indexing',
    done: 1,
    total: 2,
    faces: 3,
    failures: 0,
    imagesPerSecond: 4.5,
    remainingSeconds: null,
    interrupted: false,
    failure: null,
  },
  changed: { epoch: 3 },
  selfTest: { failures: [{ part: 'avif', message: 'text', required: true }] },
  watchLimit: { setting: 'fs.inotify.max_user_watches', intervalSeconds: 30 },
  provider: { active: 'cpu', probeImagesPerSecond: null, refused: [] },
  log: { level: 'info', message: 'text' },
};
