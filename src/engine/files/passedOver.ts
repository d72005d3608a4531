import type { PassedOver } from '../../protocol/engineProtocol.ts';

/** Why a scan left something out that may be a picture of the person's own. */
export type PassedOverReason =
  | { readonly reason: 'unsupported'; readonly ending: string }
  | { readonly reason: 'ignored' | 'ignoredFolder' | 'outside' };

/** Counts what scans leave out. */
export class PassedOverCounts {
  #counts = {
    unsupported: {} as Record<string, number>,
    ignored: 0,
    ignoredFolders: 0,
    outside: 0,
  };

  add(passed: PassedOverReason): void {
    const counts = this.#counts;
    switch (passed.reason) {
      case 'unsupported':
        counts.unsupported[passed.ending] = (counts.unsupported[passed.ending] ?? 0) + 1;
        break;
      case 'ignoredFolder':
        counts.ignoredFolders++;
        break;
      default:
        counts[passed.reason]++;
    }
  }

  get counts(): PassedOver {
    return this.#counts;
  }
}
