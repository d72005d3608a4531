import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

const artefacts = fileURLToPath(new URL('../../artefacts/', import.meta.url));

/** How long anything may take on a small, busy machine before it counts as hanging. */
export const patienceMs = 90_000;

export interface WorkbenchOptions {
  /**
   * Whether the window turns to the extension at once, which then has an item in the status bar; it does
   * unless this is false.
   */
  readonly status?: boolean;
  /** Language of VS Code, as in `bundle.l10n.de.json`. */
  readonly language?: string;
}

/** One VS Code window in a browser, with the handles that people use. */
export class Workbench {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  /**
   * Opens the address and waits for the workbench and the extension to be there, which its
   * status-bar item tells once its view was opened.
   */
  static async open(
    browser: Browser,
    url: string,
    { status = true, language }: WorkbenchOptions = {},
  ): Promise<Workbench> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    if (language !== undefined) {
      // What a language pack sets before the workbench begins; its own texts stay English.
      await page.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = '${language}'`);
    }
    page.setDefaultTimeout(patienceMs);
    const workbench = new Workbench(context, page);
    await page.goto(url);
    await workbench.drawn();
    if (status) {
      await workbench.#use();
    }
    return workbench;
  }

  /** Looks at the extension's view, before which it is quiet, and goes back to the Explorer. */
  async #use(): Promise<void> {
    await this.showContainer(/^Familiar Faces/);
    await this.status.waitFor();
    await this.showContainer(/^Explorer/);
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** The status-bar item of the extension. */
  get status(): Locator {
    return this.page.locator('[id="familiar-faces.familiar-faces.status"]');
  }

  /** The application in the side bar. */
  get sidebar(): FrameLocator {
    return this.#application(':not(.webview-overlay-outer-right)');
  }

  /** The application in the panel beside the editor. */
  get panel(): FrameLocator {
    return this.#application('.webview-overlay-outer-right');
  }

  async ready(): Promise<void> {
    await this.drawn();
    await this.status.waitFor();
  }

  async drawn(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
  }

  /** Waits until the index is up to date: the item then counts faces. */
  async indexed(): Promise<void> {
    await this.statusWith(' faces in ').waitFor({ timeout: 4 * patienceMs });
  }

  /** Clicks an entry of the activity bar. */
  async showContainer(name: RegExp): Promise<void> {
    const tab = this.page.locator('.part.activitybar').getByRole('tab', { name });
    if ((await tab.getAttribute('aria-selected')) !== 'true') {
      await tab.locator('a').click();
    }
  }

  /** Opens the Library view below the results, or leaves it open. */
  async showLibrary(): Promise<void> {
    await this.showContainer(/^Familiar Faces/);
    const header = this.page.locator('.pane-header', { hasText: 'Library' });
    if ((await header.getAttribute('aria-expanded')) !== 'true') {
      await this.togglePane('Library');
    }
  }

  /** Opens or closes a view of the side bar. */
  async togglePane(title: string): Promise<void> {
    const header = this.page.locator('.sidebar .pane-header', { hasText: title });
    const was = await header.getAttribute('aria-expanded');
    await header.click();
    await this.page
      .locator(`.sidebar .pane-header:not([aria-expanded="${was}"])`, { hasText: title })
      .waitFor();
  }

  /** The rows of the Library view. */
  get libraryTreeItems(): Locator {
    return this.page.locator('.sidebar .pane', { hasText: 'Library' }).locator('.monaco-list-row');
  }

  /** The status-bar item while it says this. */
  statusWith(text: string): Locator {
    return this.page.locator(`[id="familiar-faces.familiar-faces.status"][aria-label*="${text}"]`);
  }

  /** Runs a command by its title in the palette. */
  async run(title: string): Promise<void> {
    await this.begin(title);
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Runs a command that goes on to ask something in the place of the palette. */
  async begin(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /**
   * Runs a command and chooses from what it asks. A list closes where a view that is still opening
   * takes the focus; then the command is run again, as a person would.
   */
  async choose(title: string, option: string): Promise<void> {
    const rows = this.page.locator('.quick-input-list .monaco-list-row', { hasText: option });
    const tries = 3;
    for (let left = tries; left > 0; left--) {
      await this.begin(title);
      try {
        await rows.click({ timeout: patienceMs / tries });
        return;
      } catch (error) {
        if (left === 1 || (await rows.isVisible())) {
          throw error;
        }
      }
    }
  }

  /** The row of a file or folder in the Explorer; folders must be open. */
  explorerRow(name: string): Locator {
    return this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);
  }

  async showExplorer(): Promise<void> {
    await this.showContainer(/^Explorer/);
    await this.page.locator('.explorer-folders-view').waitFor();
  }

  /** Chooses an entry of the context menu that is open. */
  async chooseFromMenu(title: string): Promise<void> {
    const entry = this.page.locator('.monaco-menu .action-item', {
      has: this.page.locator(`.action-label[aria-label="${title}"]`),
    });
    await entry.first().waitFor();
    // A menu that has just opened takes no clicks, so that the one that opened it is not two.
    await this.page.waitForTimeout(500);
    await entry.first().click();
    await this.page.locator('.monaco-menu').first().waitFor({ state: 'detached' });
  }

  /** Opens the folders of the path in the Explorer and gives the row of the file. */
  async revealInExplorer(file: string): Promise<Locator> {
    await this.showExplorer();
    const parts = file.split('/');
    for (const folder of parts.slice(0, -1)) {
      await this.#expand(this.explorerRow(folder).first());
    }
    const row = this.explorerRow(parts.at(-1) ?? '').first();
    await row.scrollIntoViewIfNeeded();
    return row;
  }

  /** The whole way of a person: right-click the file, choose the entry of the menu. */
  async findSimilar(file: string): Promise<void> {
    const row = await this.revealInExplorer(file);
    await row.click({ button: 'right' });
    await this.chooseFromMenu('Find Similar Characters');
    await this.sidebar.locator('#query .name', { hasText: file.split('/').at(-1) ?? '' }).waitFor();
    await this.sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
  }

  /** File names of the results that are drawn, best first. */
  async results(application: FrameLocator): Promise<string[]> {
    const cells = application.locator('[role=gridcell][data-image-id]');
    return await cells.evaluateAll((elements) =>
      elements
        .toSorted(
          (a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')),
        )
        .map((element) => element.querySelector('.name')?.textContent?.trim() ?? ''),
    );
  }

  /** Where something is on the page, in pixels. */
  async boxOf(target: Locator) {
    const box = await target.boundingBox();
    if (box === null) {
      throw new Error('Expected something to be drawn but it is not visible.');
    }
    return box;
  }

  /** Text on the clipboard. Given as source, as the browser's types are not those of Node. */
  async clipboardText(): Promise<string> {
    return String(await this.page.evaluate('navigator.clipboard.readText()'));
  }

  /** Puts a PNG file on the clipboard. */
  async copyPng(bytes: Uint8Array): Promise<void> {
    const base64 = Buffer.from(bytes).toString('base64');
    await this.page.evaluate(`(async () => {
      const data = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
      const image = new Blob([data], { type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
    })()`);
  }

  /** Keeps a picture of the window below `test/artefacts/`. */
  async picture(name: string): Promise<void> {
    const path = join(artefacts, 'e2e', `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    // Menus and notifications fade in.
    await this.page.waitForTimeout(600);
    await this.page.screenshot({ path });
  }

  /** A tree that is being drawn anew may lose a click. */
  async #expand(row: Locator): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      if ((await row.getAttribute('aria-expanded')) === 'true') {
        return;
      }
      await row.click();
      await this.page.waitForTimeout(700);
    }
    throw new Error('Expected the folder to open but it did not.');
  }

  /** VS Code lays webviews over the workbench; those at its right edge belong to the editor. */
  #application(place: ':not(.webview-overlay-outer-right)' | '.webview-overlay-outer-right') {
    const ours = 'iframe.webview.ready[src*="extensionId=familiar-faces.familiar-faces"]';
    return this.page
      .frameLocator(`.webview-overlay-content${place} ${ours}`)
      .frameLocator('iframe#active-frame');
  }
}
