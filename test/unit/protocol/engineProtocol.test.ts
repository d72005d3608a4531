import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doctorSchema } from '../../../src/protocol/doctorReport.ts';
import {
  type EngineMethod,
  type EngineNotification,
  engineNotifications,
  engineRequests,
} from '../../../src/protocol/engineProtocol.ts';
import { spoiled } from '../../webview/harness/arbitraries.ts';
import { checkSamples } from './checkSamples.ts';
import { engineSamples, notificationSamples } from './engineSamples.ts';

const methods = Object.keys(engineRequests) as EngineMethod[];
const notifications = Object.keys(engineNotifications) as EngineNotification[];

describe('what the host sends to the engine', () => {
  test.each(methods)('"%s" is accepted as it should be, and junk is refused quietly', (method) => {
    const { params } = engineRequests[method];
    expect(params.safeParse(engineSamples[method]).error).toBeUndefined();
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        const isNothing = engineSamples[method] === null && junk === null;
        expect(params.safeParse(junk).success).toBe(isNothing);
      }),
    );
    fc.assert(
      fc.property(spoiled(engineSamples[method]), (message) => {
        expect(() => params.safeParse(message)).not.toThrow();
      }),
    );
  });

  test.each([
    [
      'another version',
      'initialize',
      { ...(engineSamples.initialize as object), protocolVersion: 2 },
    ],
    [
      'a weight beyond its range',
      'query/similar',
      { ...(engineSamples['query/similar'] as object), weight: 1.01 },
    ],
    [
      'a page without end',
      'query/similar',
      { ...(engineSamples['query/similar'] as object), limit: 1e9 },
    ],
    ['an unknown export format', 'export', { format: 'exe', path: '/tmp/x' }],
    ['a query by address', 'query/open', { source: { kind: 'url', url: 'https://localhost' } }],
    ['a face id that is a path', 'query/removeFace', { queryId: 'a', faceId: '/etc/passwd' }],
  ] as const)('refuses %s', (_, method, message) => {
    expect(engineRequests[method].params.safeParse(message).success).toBe(false);
  });
});

describe('what the engine sends', () => {
  test.each(notifications)('notification "%s" is accepted, and junk refused quietly', (name) => {
    const schema = engineNotifications[name];
    expect(schema.safeParse(notificationSamples[name]).error).toBeUndefined();
    fc.assert(
      fc.property(fc.oneof(fc.anything(), spoiled(notificationSamples[name])), (message) => {
        expect(() => schema.safeParse(message)).not.toThrow();
      }),
    );
  });

  test.each(methods)('a junk result of "%s" is refused quietly', (method) => {
    const { result } = engineRequests[method];
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        expect(() => result.safeParse(junk)).not.toThrow();
      }),
    );
  });

  test('a diagnosis is accepted, and one with facts of another part is not', () => {
    const checks = [...checkSamples.healthy, ...checkSamples.ill];
    expect(doctorSchema.safeParse({ ok: false, checks }).error).toBeUndefined();
    const [runtime] = checks;
    const crossed = { ...runtime, part: 'disk' };
    expect(doctorSchema.safeParse({ ok: false, checks: [crossed] }).success).toBe(false);
    fc.assert(
      fc.property(spoiled({ ok: false, checks }), (message) => {
        expect(() => doctorSchema.safeParse(message)).not.toThrow();
      }),
    );
  });
});
