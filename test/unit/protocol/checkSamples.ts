import type { Check } from '../../../src/protocol/doctorReport.ts';

/** A check of every part, in order and not. */
export const checkSamples: Readonly<Record<'healthy' | 'ill', readonly Check[]>> = {
  healthy: [
    {
      part: 'runtime',
      facts: { node: 'v24.1.0', platform: 'linux', architecture: 'x64' },
      failure: null,
    },
    {
      part: 'library',
      facts: { storageFolder: '/storage/art', role: 'follower' },
      failure: null,
    },
    { part: 'database', facts: { bytes: 2_500_000 }, failure: null },
    { part: 'disk', facts: { freeBytes: 12e9 }, failure: null },
    { part: 'index', facts: { faces: 1234, added: 1 }, failure: null },
    {
      part: 'models',
      facts: {
        name: 'faces',
        revision: 'r5',
        provider: 'cpu',
        imagesPerSecond: 4.2,
        refused: [{ provider: 'webgpu', cause: 'slower', reason: 'it is slower than the CPU' }],
      },
      failure: null,
    },
    { part: 'folder', facts: { name: '*art*', path: '/home/_a_/*art*' }, failure: null },
  ],
  ill: [
    {
      part: 'database',
      facts: { bytes: 4096 },
      failure: { code: 'store-damaged', message: 'broken page 7', remedy: 'start again' },
    },
    {
      part: 'disk',
      facts: { freeBytes: 12e6 },
      failure: { code: 'store-full', message: 'Only 11 MiB are free.', remedy: 'free some' },
    },
    {
      part: 'index',
      facts: { faces: 12, added: 12 },
      failure: { code: 'index-build', message: 'no native index', remedy: 'install again' },
    },
    {
      part: 'folder',
      facts: { name: 'gone', path: '/mnt/gone' },
      failure: { code: 'file-unreadable', message: 'cannot read /mnt/gone', remedy: 'mount it' },
    },
  ],
};
