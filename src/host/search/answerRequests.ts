import type * as vscode from 'vscode';
import type { Messenger } from 'vscode-messenger';
import type * as z from 'zod';
import { FamiliarError } from '../../common/failure.ts';
import { toShownFailure } from '../library/failures.ts';

type Schemas = Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>;

/** For each request of a page what answers it. */
export type RequestHandlers<R extends Schemas> = {
  readonly [M in keyof R]: (params: z.infer<R[M]['params']>) => Promise<z.infer<R[M]['result']>>;
};

/**
 * Answers the requests of a page: checks what arrives, and sends the page a failure that it can
 * show where a handler fails.
 */
export function answerRequests<R extends Schemas>(options: {
  readonly messenger: Messenger;
  readonly requests: R;
  readonly handlers: RequestHandlers<R>;
  readonly log: vscode.LogOutputChannel;
}): vscode.Disposable[] {
  const { messenger, requests, handlers, log } = options;
  const answer = async (method: keyof R & string, params: unknown): Promise<unknown> => {
    try {
      const checked = (requests[method] as Schemas[string]).params.safeParse(params ?? null);
      if (!checked.success) {
        throw new FamiliarError(
          'internal',
          `Expected "${method}" as the protocol says but received ${checked.error.message}`,
          { remedy: 'This is a defect of Familiar Faces: please report it with the log.' },
        );
      }
      return await handlers[method](checked.data as never);
    } catch (error) {
      const failure = toShownFailure(error);
      log.warn(`${method}: ${failure.message}`);
      // The messenger passes `data` on only for what is not an `Error`.
      return await Promise.reject({ message: failure.message, data: failure });
    }
  };
  return Object.keys(handlers).map((method) =>
    messenger.onRequest<unknown, unknown>({ method }, (params) => answer(method, params)),
  );
}
