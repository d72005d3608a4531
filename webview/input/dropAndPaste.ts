import type { ViewSource } from '../../src/protocol/viewProtocol.ts';
import type { Notice } from '../state/searchModel.ts';
import { text } from '../strings.ts';
import { type ImageInput, readFiles, readImages } from './imageInput.ts';
import { carriesImages } from './uriList.ts';

interface IntakeOptions {
  readonly open: (sources: readonly ViewSource[]) => void;
  readonly show: (notice: Notice | null) => void;
  readonly onDidDrag: () => void;
}

/** Images that are dropped onto the page or pasted into it. */
export class DropAndPaste {
  readonly #options: IntakeOptions;
  #listening = new AbortController();
  /** Drags enter children before they leave parents; the page is left when all are. */
  #depth = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Whether something that could be an image is being dragged over the page. */
  get dragging(): boolean {
    return this.#depth > 0;
  }

  listen(target: Document): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    target.addEventListener('dragenter', (event) => this.#onDrag(event, 1), { signal });
    target.addEventListener('dragleave', (event) => this.#onDrag(event, -1), { signal });
    target.addEventListener('dragover', (event) => onDragOver(event), { signal });
    target.addEventListener('drop', (event) => this.#onDrop(event), { signal });
    target.addEventListener('paste', (event) => this.#onPaste(event), { signal });
  }

  stop(): void {
    this.#listening.abort();
  }

  /** Reads an image off the clipboard, or asks for a paste where that is not allowed. */
  async readClipboard(): Promise<void> {
    try {
      await focusOfPage();
      const items = await navigator.clipboard.read();
      await this.#take(await readFiles(await Promise.all(items.flatMap(imagesOf))));
    } catch {
      // The browser keeps the clipboard for a gesture of the person, or the page has no focus.
      this.#options.show({ kind: 'hint', message: text.pressPaste() });
    }
  }

  #onDrag(event: DragEvent, step: 1 | -1): void {
    if (event.dataTransfer !== null && carriesImages([...event.dataTransfer.types])) {
      this.#depth = Math.max(0, this.#depth + step);
      this.#options.onDidDrag();
    }
  }

  #onDrop(event: DragEvent): void {
    this.#depth = 0;
    this.#options.onDidDrag();
    if (event.dataTransfer !== null && carriesImages([...event.dataTransfer.types])) {
      event.preventDefault();
      void readImages(event.dataTransfer).then((input) => this.#take(input));
    }
  }

  #onPaste(event: ClipboardEvent): void {
    if (event.clipboardData !== null) {
      event.preventDefault();
      void readImages(event.clipboardData).then((input) => this.#take(input));
    }
  }

  async #take(input: ImageInput): Promise<void> {
    const [large] = input.tooLarge;
    const [other] = input.notImages;
    if (large !== undefined) {
      this.#refuse(text.tooLarge(large), text.tooLargeRemedy());
    } else if (other !== undefined && input.sources.length === 0) {
      this.#refuse(text.notAnImage(other), text.notAnImageRemedy());
    } else if (input.sources.length === 0) {
      this.#refuse(text.noImageInClipboard(), text.noImageRemedy());
    } else {
      this.#options.show(null);
    }
    this.#options.open(input.sources);
  }

  #refuse(message: string, remedy: string): void {
    this.#options.show({ kind: 'failure', message, remedy });
  }
}

function onDragOver(event: DragEvent): void {
  if (event.dataTransfer !== null && carriesImages([...event.dataTransfer.types])) {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  }
}

/** How long the workbench may take to hand over the focus after a command of its palette. */
const focusWaitMs = 1_500;

/** Waits until the page has the focus, without which no page may read the clipboard. */
async function focusOfPage(): Promise<void> {
  window.focus();
  if (!document.hasFocus()) {
    const signal = AbortSignal.timeout(focusWaitMs);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      window.addEventListener('focus', () => resolve(), { once: true, signal });
    });
  }
}

/** The picture of a clipboard item; a name that says where it comes from. */
function imagesOf(item: ClipboardItem): Promise<File>[] {
  const type = item.types.find((candidate) => candidate.startsWith('image/'));
  if (type === undefined) {
    return [];
  }
  const extension = type.slice('image/'.length).replace(/\+.*$/, '');
  return [item.getType(type).then((blob) => new File([blob], `clipboard.${extension}`, { type }))];
}
