import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { moveInRow } from './moveInRow.ts';

type Host = ReactiveControllerHost & HTMLElement;

/**
 * Makes the elements with `data-roving` inside the host one stop of the Tab key; arrow keys,
 * Home and End move between them (the roving tabindex of the ARIA practices).
 */
export class RovingFocus implements ReactiveController {
  readonly #host: Host;
  #current: string | null = null;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
    host.addEventListener('keydown', (event) => this.#onKey(event));
    host.addEventListener('focusin', (event) => this.#onFocus(event));
  }

  hostUpdated(): void {
    this.#settle();
  }

  #items(): HTMLElement[] {
    return [...(this.#host.shadowRoot?.querySelectorAll<HTMLElement>('[data-roving]') ?? [])];
  }

  /** Gives tabindex 0 to the current item, or to the first where that is gone. */
  #settle(): void {
    const items = this.#items();
    const current = items.find((item) => item.dataset['roving'] === this.#current) ?? items[0];
    for (const item of items) {
      item.tabIndex = item === current ? 0 : -1;
    }
  }

  #onFocus(event: FocusEvent): void {
    const item = this.#itemOf(event);
    if (item?.dataset['roving'] !== undefined) {
      this.#current = item.dataset['roving'];
      this.#settle();
    }
  }

  #onKey(event: KeyboardEvent): void {
    const item = this.#itemOf(event);
    if (item === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const items = this.#items();
    const target = items[moveInRow(event.key, items.indexOf(item), items.length, this.#rtl())];
    if (target !== undefined) {
      event.preventDefault();
      target.focus();
    }
  }

  #itemOf(event: Event): HTMLElement | undefined {
    return event
      .composedPath()
      .find(
        (node): node is HTMLElement =>
          node instanceof HTMLElement && node.dataset['roving'] !== undefined,
      );
  }

  #rtl(): boolean {
    return getComputedStyle(this.#host).direction === 'rtl';
  }
}
