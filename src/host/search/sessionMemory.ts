import type * as vscode from 'vscode';
import { z } from 'zod';

const savedQuerySchema = z.object({
  path: z.string(),
  selectedFaceIds: z.array(z.number().int()),
});

const savedSchema = z.object({
  queries: z.array(savedQuerySchema),
  weight: z.number().min(0).max(1),
});

/** What of a session outlives the window: files and faces that were searched by, the slider. */
export type SavedSession = z.infer<typeof savedSchema>;

/**
 * Where the slider stands the first time: mostly the character, a little of the feel. The weight
 * that the bundled models were found to be best with (`models/manifest.json`).
 */
export const firstWeight = 0.75;

/** The slider rests when it has not moved for so long. */
const restMs = 500;

/** Keeps one session in the workspace's state. */
export class SessionMemory {
  readonly #state: vscode.Memento;
  readonly #key: string;
  /** What is written once the slider rests. */
  #waiting: SavedSession | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: vscode.Memento, sessionId: string) {
    this.#state = state;
    this.#key = `similar.${sessionId}`;
  }

  read(): SavedSession {
    const saved = savedSchema.safeParse(this.#state.get(this.#key));
    return saved.success ? saved.data : { queries: [], weight: firstWeight };
  }

  async write(session: SavedSession): Promise<void> {
    this.#waiting = undefined;
    clearTimeout(this.#timer);
    await this.#state.update(this.#key, session);
  }

  /** Writes the last of many sessions that follow each other quickly: VS Code stores every one. */
  writeAtRest(session: SavedSession): void {
    this.#waiting = session;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), restMs);
  }

  /** Writes now what waits. */
  flush(): void {
    if (this.#waiting !== undefined) {
      void this.write(this.#waiting);
    }
  }
}
