import { Emitter, type Event } from 'vscode-jsonrpc/node';
import type {
  EngineNotification,
  EngineNotificationParams,
  Progress,
} from '../../protocol/engineProtocol.ts';
import type { ProviderReport } from '../../protocol/providerReport.ts';
import type { SelfTest } from '../../protocol/selfTest.ts';
import type { EngineLog } from './engineProcess.ts';

/** What engines say without being asked, as events that outlive each of them. */
export class EngineEvents {
  readonly #log: EngineLog;
  readonly #onDidProgress = new Emitter<Progress>();
  readonly #onDidChangeLibrary = new Emitter<EngineNotificationParams<'changed'>>();
  readonly #onDidReportProvider = new Emitter<ProviderReport>();
  readonly #onDidReachWatchLimit = new Emitter<EngineNotificationParams<'watchLimit'>>();

  readonly onDidProgress: Event<Progress> = this.#onDidProgress.event;
  readonly onDidChangeLibrary: Event<EngineNotificationParams<'changed'>> =
    this.#onDidChangeLibrary.event;
  readonly onDidReportProvider: Event<ProviderReport> = this.#onDidReportProvider.event;
  readonly onDidReachWatchLimit: Event<EngineNotificationParams<'watchLimit'>> =
    this.#onDidReachWatchLimit.event;

  constructor(log: EngineLog) {
    this.#log = log;
  }

  /** Takes a notification of the engine, which has been checked. */
  receive(name: EngineNotification, params: unknown): void {
    switch (name) {
      case 'progress':
        this.#onDidProgress.fire(params as Progress);
        break;
      case 'changed':
        this.#onDidChangeLibrary.fire(params as EngineNotificationParams<'changed'>);
        break;
      case 'watchLimit':
        this.#onDidReachWatchLimit.fire(params as EngineNotificationParams<'watchLimit'>);
        break;
      case 'provider':
        this.#onDidReportProvider.fire(params as ProviderReport);
        break;
      case 'log':
        this.#write(params as EngineNotificationParams<'log'>);
        break;
      case 'selfTest':
        this.#warn(params as SelfTest);
        break;
    }
  }

  #write({ level, message }: EngineNotificationParams<'log'>): void {
    this.#log[level === 'warning' ? 'warn' : level](message);
  }

  #warn({ failures }: SelfTest): void {
    for (const { part, message } of failures) {
      this.#log.warn(`Self-test: ${part}: ${message}`);
    }
  }
}
