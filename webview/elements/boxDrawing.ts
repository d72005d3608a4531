import { css, html, nothing, type TemplateResult } from 'lit';
import type { Box, Size } from '../../src/common/geometry.ts';
import { percent, text } from '../strings.ts';
import { boxFromDrag, firstBox, moveBox, type Point, resizeBox } from './boxGestures.ts';
import { place } from './fileLocation.ts';

/** A box that is being drawn by hand, until it is taken or given up. */
export class BoxDrawing {
  /** What is drawn so far; null before the first gesture. */
  box: Box | null;
  readonly byKeyboard: boolean;
  readonly #size: Size;
  readonly #take: (box: Box) => void;
  readonly #giveUp: () => void;
  readonly #onDidChange: () => void;
  #start: Point | null = null;

  constructor(options: {
    size: Size;
    /** Begin with a box, as somebody does who has no pointer. */
    byKeyboard: boolean;
    take: (box: Box) => void;
    giveUp: () => void;
    onDidChange: () => void;
  }) {
    this.#size = options.size;
    this.byKeyboard = options.byKeyboard;
    this.#take = options.take;
    this.#giveUp = options.giveUp;
    this.#onDidChange = options.onDidChange;
    this.box = options.byKeyboard ? firstBox(options.size) : null;
  }

  pointerDown(event: PointerEvent): void {
    if (event.button === 0 && event.currentTarget instanceof HTMLElement) {
      event.currentTarget.setPointerCapture(event.pointerId);
      this.#start = this.#pointOf(event);
    }
  }

  pointerMove(event: PointerEvent): void {
    if (this.#start !== null) {
      this.box = boxFromDrag(this.#start, this.#pointOf(event), this.#size);
      this.#onDidChange();
    }
  }

  pointerUp(event: PointerEvent): void {
    if (this.#start !== null) {
      this.box = boxFromDrag(this.#start, this.#pointOf(event), this.#size);
      this.#start = null;
      if (this.box === null) {
        this.#onDidChange();
      } else {
        this.#take(this.box);
      }
    }
  }

  pointerCancel(): void {
    this.#start = null;
    this.box = null;
    this.#onDidChange();
  }

  keyDown(event: KeyboardEvent): void {
    const step = stepOf(event);
    if (event.key === 'Escape') {
      this.#giveUp();
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.#takeByKey();
    } else if (step !== null) {
      const box = this.box ?? firstBox(this.#size);
      const change = event.shiftKey ? resizeBox : moveBox;
      this.box = this.box === null ? box : change(box, step, this.#size);
      this.#onDidChange();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #takeByKey(): void {
    if (this.box === null) {
      this.box = firstBox(this.#size);
      this.#onDidChange();
    } else {
      this.#take(this.box);
    }
  }

  #pointOf(event: PointerEvent): Point {
    const frame = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return {
      x: ((event.clientX - frame.left) / frame.width) * this.#size.width,
      y: ((event.clientY - frame.top) / frame.height) * this.#size.height,
    };
  }
}

/** One key press, as a part of the image's shorter side; with Alt a finer one. */
function stepOf(event: KeyboardEvent): Point | null {
  const step = event.altKey ? 0.005 : 0.02;
  switch (event.key) {
    case 'ArrowLeft':
      return { x: -step, y: 0 };
    case 'ArrowRight':
      return { x: step, y: 0 };
    case 'ArrowUp':
      return { x: 0, y: -step };
    case 'ArrowDown':
      return { x: 0, y: step };
    default:
      return null;
  }
}

/** The area over the image on which a box is drawn. */
export function drawBox(drawing: BoxDrawing, size: Size): TemplateResult {
  const { box } = drawing;
  return html`<div
    class="drawing"
    tabindex="0"
    role="application"
    aria-label=${text.drawArea()}
    aria-description=${text.drawKeys()}
    @pointerdown=${(event: PointerEvent) => drawing.pointerDown(event)}
    @pointermove=${(event: PointerEvent) => drawing.pointerMove(event)}
    @pointerup=${(event: PointerEvent) => drawing.pointerUp(event)}
    @pointercancel=${() => drawing.pointerCancel()}
    @keydown=${(event: KeyboardEvent) => drawing.keyDown(event)}
  >
    ${
      box === null
        ? nothing
        : html`<div class="drawn" ${place(drawnStyles(box, size))}></div>
            <p class="hidden" role="status">${describeBox(box, size)}</p>`
    }
  </div>`;
}

function drawnStyles(box: Box, size: Size): Record<string, string> {
  return {
    left: `${(box.x / size.width) * 100}%`,
    top: `${(box.y / size.height) * 100}%`,
    width: `${(box.width / size.width) * 100}%`,
    height: `${(box.height / size.height) * 100}%`,
  };
}

function describeBox(box: Box, size: Size): string {
  return text.boxAt(
    percent(box.x / size.width),
    percent(box.y / size.height),
    percent(box.width / size.width),
    percent(box.height / size.height),
  );
}

export const boxDrawingStyles = css`
  .drawing {
    position: absolute;
    inset: 0;
    z-index: 2000;
    overflow: hidden;
    cursor: crosshair;
    touch-action: none;
    background: color-mix(in srgb, var(--ff-halo) 35%, transparent);
  }

  .drawn {
    position: absolute;
    border: 2px dashed var(--ff-accent);
    box-shadow: 0 0 0 1px var(--ff-halo);
    background: color-mix(in srgb, var(--ff-accent) 22%, transparent);
  }
`;
