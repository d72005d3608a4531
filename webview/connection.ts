import type { MessageParticipant, NotificationType, RequestType } from 'vscode-messenger-common';
import type { Messenger } from 'vscode-messenger-webview';
import { describeThrown, FamiliarError } from '../src/common/failure.ts';
import { failureSchema } from '../src/protocol/failureSchema.ts';
import {
  type ViewMethod,
  type ViewNotification,
  type ViewNotificationParams,
  type ViewParams,
  type ViewResult,
  viewNotifications,
  viewRequests,
} from '../src/protocol/viewProtocol.ts';

/** The view's end of the border to the extension host; what arrives is checked by schema. */
export class HostConnection {
  readonly #messenger: Pick<Messenger, 'sendRequest' | 'onNotification'>;
  readonly #host: MessageParticipant;

  constructor(
    messenger: Pick<Messenger, 'sendRequest' | 'onNotification'>,
    host: MessageParticipant,
  ) {
    this.#messenger = messenger;
    this.#host = host;
  }

  /**
   * Asks the host.
   * @throws FamiliarError with the host's reason, or `internal` where its answer is malformed.
   */
  async request<M extends ViewMethod>(method: M, params: ViewParams<M>): Promise<ViewResult<M>> {
    const type: RequestType<ViewParams<M>, unknown> = { method };
    let answer: unknown;
    try {
      answer = await this.#messenger.sendRequest(type, this.#host, params);
    } catch (error) {
      throw fromHost(error);
    }
    // Answers to requests without a result may arrive as undefined, as JSON has none.
    const checked = viewRequests[method].result.safeParse(answer ?? null);
    if (!checked.success) {
      throw malformed(`the answer to "${method}"`, checked.error.message);
    }
    return checked.data as ViewResult<M>;
  }

  /** Calls `listener` for each well-formed notification; a malformed one is logged and refused. */
  on<N extends ViewNotification>(
    notification: N,
    listener: (params: ViewNotificationParams<N>) => void,
  ): void {
    const type: NotificationType<unknown> = { method: notification };
    this.#messenger.onNotification(type, (params) => {
      const checked = viewNotifications[notification].safeParse(params ?? null);
      if (checked.success) {
        listener(checked.data as ViewNotificationParams<N>);
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
