import type { MessageParticipant, NotificationType, RequestType } from 'vscode-messenger-common';
import type { Messenger } from 'vscode-messenger-webview';
import type * as z from 'zod';
import { describeThrown, FamiliarError } from '../src/common/failure.ts';
import { failureSchema } from '../src/protocol/failureSchema.ts';

/** What one kind of page and the host say to each other: method → schemas, as in `viewProtocol.ts`. */
export interface PageProtocol {
  readonly requests: Readonly<
    Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>
  >;
  readonly notifications: Readonly<Record<string, z.ZodType>>;
}
type Method<P extends PageProtocol> = keyof P['requests'] & string;
type Notification<P extends PageProtocol> = keyof P['notifications'] & string;
export type ParamsOf<P extends PageProtocol, M extends Method<P>> = z.infer<
  P['requests'][M]['params']
>;
export type ResultOf<P extends PageProtocol, M extends Method<P>> = z.infer<
  P['requests'][M]['result']
>;

/** The view's end of the border to the extension host; what arrives is checked by schema. */
export class HostConnection<P extends PageProtocol> {
  readonly #messenger: Pick<Messenger, 'sendRequest' | 'onNotification'>;
  readonly #host: MessageParticipant;
  readonly #protocol: P;

  constructor(
    messenger: Pick<Messenger, 'sendRequest' | 'onNotification'>,
    host: MessageParticipant,
    protocol: P,
  ) {
    this.#messenger = messenger;
    this.#host = host;
    this.#protocol = protocol;
  }

  /**
   * Asks the host.
   * @throws FamiliarError with the host's reason, or `internal` where its answer is malformed.
   */
  async request<M extends Method<P>>(method: M, params: ParamsOf<P, M>): Promise<ResultOf<P, M>> {
    const type: RequestType<ParamsOf<P, M>, unknown> = { method };
    let answer: unknown;
    try {
      answer = await this.#messenger.sendRequest(type, this.#host, params);
    } catch (error) {
      throw fromHost(error);
    }
    // Answers to requests without a result may arrive as undefined, as JSON has none.
    const schema = this.#protocol.requests[method]?.result as z.ZodType;
    const checked = schema.safeParse(answer ?? null);
    if (!checked.success) {
      throw malformed(`the answer to "${method}"`, checked.error.message);
    }
    return checked.data as ResultOf<P, M>;
  }

  /** Calls `listener` for each well-formed notification; a malformed one is logged and refused. */
  on<N extends Notification<P>>(
    notification: N,
    listener: (params: z.infer<P['notifications'][N]>) => void,
  ): void {
    const type: NotificationType<unknown> = { method: notification };
    this.#messenger.onNotification(type, (params) => {
      const schema = this.#protocol.notifications[notification] as z.ZodType;
      const checked = schema.safeParse(params ?? null);
      if (checked.success) {
        listener(checked.data as z.infer<P['notifications'][N]>);
      } else {
        console.error(malformed(`"${notification}"`, checked.error.message));
      }
    });
  }
}

function malformed(what: string, why: string): FamiliarError {
  return new FamiliarError(
    'internal',
    `Expected ${what} as the protocol says but received ${why}`,
    {
      remedy: 'Reload the window; if it happens again, please report it with the log.',
    },
  );
}

/** What the host rejects a request with: `{message, data}`, `data` as `failureSchema` says. */
function fromHost(error: unknown): FamiliarError {
  const { message, data } = (error ?? {}) as { message?: unknown; data?: unknown };
  const checked = failureSchema.safeParse(data);
  if (checked.success) {
    const { code, remedy } = checked.data;
    return new FamiliarError(code, checked.data.message, { remedy, cause: error });
  }
  return new FamiliarError(
    'internal',
    typeof message === 'string' ? message : describeThrown(error),
    {
      remedy: 'Reload the window; if it happens again, please report it with the log.',
      cause: error,
    },
  );
}
