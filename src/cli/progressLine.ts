import { roundTimeLeft } from '../common/timeLeft.ts';
import type { EngineEvents } from '../engine/engineParts.ts';
import type { Progress } from '../engine/indexing/progress.ts';
import { report } from './terminal.ts';

const barWidth = 24;
/** Lines in a log file are this far apart, in milliseconds. */
const plainIntervalMs = 5_000;

function describeTimeLeft(seconds: number): string {
  const { count, unit } = roundTimeLeft(seconds);
  return `${count} ${unit} left`;
}

/** One line about where indexing stands. */
export function describeProgress(progress: Progress, withBar: boolean): string {
  const { phase, done, total, faces, failures, imagesPerSecond, remainingSeconds } = progress;
  const share = total === 0 ? 0 : done / total;
  const filled = Math.round(share * barWidth);
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ` : '';
  const parts = [
    `${bar}${phase} ${done}/${total}`,
    `${faces} faces`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(imagesPerSecond === null ? [] : [`${imagesPerSecond.toFixed(1)} images/s`]),
    ...(remainingSeconds === null || done === total ? [] : [describeTimeLeft(remainingSeconds)]),
  ];
  return parts.join(' · ');
}

/** Shows progress on stderr: a bar on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #isTerminal = process.stderr.isTTY === true;
  #lastPlainMs = 0;
  #isOpen = false;

  readonly events: EngineEvents = {
    onProgress: (progress) => this.#show(progress),
    onLog: (level, message) => {
      if (level === 'warning') {
        this.end();
        report(message);
      }
    },
  };

  /** Ends the bar's line. */
  end(): void {
    if (this.#isOpen) {
      process.stderr.write('\n');
      this.#isOpen = false;
    }
  }

  #show(progress: Progress): void {
    if (progress.phase === 'idle' && progress.total === 0) {
      return;
    }
    if (this.#isTerminal) {
      process.stderr.write(`\r\u001b[K${describeProgress(progress, true)}`);
      this.#isOpen = true;
      return;
    }
    const now = performance.now();
    if (now - this.#lastPlainMs >= plainIntervalMs) {
      this.#lastPlainMs = now;
      process.stderr.write(`${describeProgress(progress, false)}\n`);
    }
  }
}
