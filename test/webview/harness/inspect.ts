import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** A page of ours in a browser. */
type View = { readonly page: Page };

const artefacts = fileURLToPath(new URL('../../artefacts/webview/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Waits until pictures are drawn and nothing has moved for two frames. */
export async function settle(view: View): Promise<void> {
  await view.page.evaluate(async () => {
    const pictures = (root: Document | ShadowRoot): HTMLImageElement[] =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        ...(element instanceof HTMLImageElement ? [element] : []),
        ...(element.shadowRoot === null ? [] : pictures(element.shadowRoot)),
      ]);
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await Promise.all(
      pictures(document).map((picture) =>
        picture.complete ? null : picture.decode().catch(() => null),
      ),
    );
    await frame();
    await frame();
  });
}

const everything = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The rules that depend on the theme. */
const colours = ['color-contrast', 'link-in-text-block'];

/**
 * What axe-core finds against WCAG 2.2 AA and its best practices, or of it what another theme may
 * change; one line for each element.
 */
export async function findBarriers(
  view: View,
  among: 'everything' | 'colours' = 'everything',
): Promise<string[]> {
  const rules = among === 'everything' ? everything : colours;
  // Evaluated by the debugger, which the page's policy does not concern.
  await view.page.evaluate(axe);
  const { violations } = await view.page.evaluate<AxeResults>(`axe.run(document, {
    // Parsing style sheets again would insert inline styles; none of these rules needs it.
    preload: false,
    resultTypes: ['violations'],
    runOnly: ${JSON.stringify(rules)},
    // A webview is a frame in the workbench, which titles it.
    rules: ${JSON.stringify(among === 'everything' ? { 'page-has-heading-one': { enabled: false } } : {})},
  })`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/**
 * Text that is cut off without an ellipsis, and elements that make the page scroll sideways.
 * Lists that scroll sideways on purpose (tabs) and text for screen readers do not count.
 */
export function findClipped(view: View): Promise<string[]> {
  return view.page.evaluate(() => {
    const all = (root: Document | ShadowRoot): Element[] =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        element,
        ...(element.shadowRoot === null ? [] : all(element.shadowRoot)),
      ]);
    const ownText = (element: Element) =>
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
      );
    const name = (element: Element) =>
      `${element.localName}.${element.className} "${element.textContent?.trim().slice(0, 60)}"`;
    const found: string[] = [];
    for (const element of all(document)) {
      const style = getComputedStyle(element);
      const hidden = style.clipPath !== 'none' || style.visibility === 'hidden';
      const clips = style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis';
      const wide = element.scrollWidth > element.clientWidth + 1;
      const tall = style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1;
      if (!hidden && ownText(element) && clips && (wide || tall)) {
        found.push(`cut off: ${name(element)}`);
      }
      if (element.classList.contains('page') && wide) {
        found.push(`wider than the page: ${element.scrollWidth} > ${element.clientWidth}`);
      }
      const box = element.getBoundingClientRect();
      if (!hidden && ownText(element) && (box.right > innerWidth + 1 || box.left < -1)) {
        found.push(`outside: ${name(element)}`);
      }
    }
    return found;
  });
}

/** Keeps a picture of the view for people to look at. */
export async function photograph(view: View, name: string): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  // Playwright's own screenshots insert an inline style, which the page refuses and reports.
  const session = await view.page.context().newCDPSession(view.page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'png' });
  await session.detach();
  writeFileSync(`${artefacts}${name}.png`, data, 'base64');
}
