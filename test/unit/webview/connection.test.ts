import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FamiliarError } from '../../../src/common/failure.ts';
import { type ViewState, viewProtocol } from '../../../src/protocol/viewProtocol.ts';
import { HostConnection } from '../../../webview/connection.ts';
import { spoiled, states } from '../../webview/harness/arbitraries.ts';
import { idleState } from '../../webview/harness/states.ts';

/** The messenger's two ends, played by the test. */
function setUp(answer: () => Promise<unknown> = () => Promise.resolve(null)) {
  const listeners = new Map<string, (params: unknown) => void>();
  const connection = new HostConnection(
    {
      sendRequest: () => answer() as Promise<never>,
      onNotification: (type, listener) => {
        listeners.set(type.method, listener as (params: unknown) => void);
        return undefined as never;
      },
    },
    { type: 'extension' },
    viewProtocol,
  );
  return { connection, send: (method: string, params: unknown) => listeners.get(method)?.(params) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the connection to the host', () => {
  test('hands on what is well-formed', () => {
    const { connection, send } = setUp();
    const taken: ViewState[] = [];
    connection.on('state', (state) => taken.push(state));
    send('state', idleState);
    expect(taken).toEqual([idleState]);
  });

  test('logs and refuses what is malformed, and lives on', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { connection, send } = setUp();
    const taken: ViewState[] = [];
    connection.on('state', (state) => taken.push(state));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), states.chain(spoiled)), (message) => {
        const before = [taken.length, log.mock.calls.length];
        send('state', message);
        const [refused, accepted] = [log.mock.calls.length, taken.length];
        // Each message is either taken or logged.
        expect(refused + accepted).toBe((before[0] ?? 0) + (before[1] ?? 0) + 1);
      }),
    );
    send('state', idleState);
    expect(taken.at(-1)).toEqual(idleState);
  });

  test('rejects a malformed answer as a defect of ours', async () => {
    const { connection } = setUp(() => Promise.resolve({ cards: 'none' }));
    const asked = connection.request('results/page', { resultsId: 1, offset: 0 });
    await expect(asked).rejects.toMatchObject({ name: 'FamiliarError', code: 'internal' });
  });

  test('takes the absence of an answer for "nothing"', async () => {
    const { connection } = setUp(() => Promise.resolve(undefined));
    await expect(connection.request('weight', { weight: 1 })).resolves.toBeNull();
  });

  test('rejects with whatever reason the host gives, always as a FamiliarError', async () => {
    const reason = { code: 'store-full', message: 'full', remedy: 'free some' };
    const { connection } = setUp(() => Promise.reject({ message: 'full', data: reason }));
    await expect(connection.request('weight', { weight: 1 })).rejects.toMatchObject(reason);
    const unprintable = { toString: null };
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.constant(unprintable)), async (thrown) => {
        const { connection: other } = setUp(() => Promise.reject(thrown));
        const failed = await other.request('weight', { weight: 1 }).catch((error) => error);
        expect(failed).toBeInstanceOf(FamiliarError);
      }),
    );
  });
});
