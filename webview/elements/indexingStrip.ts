import { css, html, nothing, type TemplateResult } from 'lit';
import { roundTimeLeft } from '../../src/common/timeLeft.ts';
import type { Progress } from '../../src/protocol/engineProtocol.ts';
import { icons } from '../icons.ts';
import { text } from '../strings.ts';
import { banner } from './emptyStates.ts';
import { place } from './fileLocation.ts';

type Tell = (method: 'index/pause' | 'index/resume' | 'index/start' | 'library/show') => void;

/** Whether the library is still growing, so that results are not complete. */
export function isIndexing({ phase }: Progress): boolean {
  return phase === 'scanning' || phase === 'indexing' || phase === 'paused';
}

/** How far indexing has come, with pause and resume; nothing where it is at rest. */
export function indexingStrip(progress: Progress, tell: Tell): TemplateResult | typeof nothing {
  if (progress.phase === 'failed' && progress.failure !== null) {
    return banner({
      id: 'index-failed',
      kind: 'error',
      icon: icons.warning,
      title: text.indexFailed(),
      text: progress.failure.message,
      hint: progress.failure.remedy,
      actions: [
        { label: text.retry(), run: () => tell('index/start') },
        { label: text.showLibrary(), run: () => tell('library/show') },
      ],
    });
  }
  return isIndexing(progress) ? bar(progress, tell) : nothing;
}

function bar(progress: Progress, tell: Tell): TemplateResult {
  const { done, total } = progress;
  const paused = progress.phase === 'paused';
  const known = progress.phase !== 'scanning' && total > 0;
  const action = paused ? text.resume() : text.pause();
  return html`<div class="indexing" id="indexing">
    <div class="line">
      <span class="what">${titleOf(progress)}</span>
      <button
        class="icon-button"
        title=${action}
        aria-label=${action}
        @click=${() => tell(paused ? 'index/resume' : 'index/pause')}
      >
        ${paused ? icons.resume : icons.pause}
      </button>
    </div>
    <div
      class="track ${known ? '' : 'endless'}"
      role="progressbar"
      aria-label=${titleOf(progress)}
      aria-valuemin="0"
      aria-valuemax=${known ? total : nothing}
      aria-valuenow=${known ? done : nothing}
    >
      <div class="done" ${place({ '--done': known ? `${(done / total) * 100}%` : '30%' })}></div>
    </div>
    ${paused ? nothing : html`<span class="pace">${paceOf(progress)}</span>`}
  </div>`;
}

function titleOf({ phase, done, total }: Progress): string {
  if (phase === 'paused') {
    return text.paused(done, total);
  }
  return phase === 'scanning' ? text.scanning() : text.indexing(done, total);
}

/** Rate and time left, as far as they are known. */
function paceOf({ imagesPerSecond, remainingSeconds }: Progress): string {
  const parts: string[] = [];
  if (imagesPerSecond !== null) {
    parts.push(text.rate(Number(imagesPerSecond.toPrecision(2))));
  }
  if (remainingSeconds !== null) {
    parts.push(timeLeft(remainingSeconds));
  }
  return parts.join(' · ');
}

function timeLeft(seconds: number): string {
  const { unit, count } = roundTimeLeft(seconds);
  if (unit === 's') {
    return text.secondsLeft(count);
  }
  return unit === 'min' ? text.minutesLeft(count) : text.hoursLeft(count);
}

export const indexingStyles = css`
  .indexing {
    display: flex;
    flex-direction: column;
    gap: 3px;
    width: 100%;
    font-size: 0.92em;
    text-align: start;
  }

  .indexing .line {
    display: flex;
    align-items: center;
    gap: 8px;
    width: auto;
    height: auto;
    margin: 0;
  }

  .indexing .what {
    flex: 1;
    min-width: 0;
  }

  .indexing .pace {
    color: var(--ff-muted);
  }

  .track {
    height: 3px;
    overflow: hidden;
    border-radius: 2px;
    background: var(--ff-track);
    border: 0 solid var(--vscode-contrastBorder, transparent);
  }

  :host-context(.vscode-high-contrast) .track {
    height: 5px;
    border-width: 1px;
  }

  .done {
    width: var(--done);
    height: 100%;
    border-radius: 2px;
    background: var(--vscode-progressBar-background);
    transition: width 0.3s ease-out;
  }

  .endless .done {
    animation: wander 1.8s ease-in-out infinite alternate;
  }

  @keyframes wander {
    from {
      margin-inline-start: 0;
    }
    to {
      margin-inline-start: 70%;
    }
  }

  @media (forced-colors: active) {
    .track {
      border: 1px solid CanvasText;
      height: 5px;
    }

    .done {
      background: Highlight;
    }
  }
`;
