import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resultLists, spoiled, states } from './harness/arbitraries.ts';
import { useBrowser } from './harness/fixture.ts';
import { foundState } from './harness/library.ts';
import { idleState } from './harness/states.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();

/** Names that would do something where they were taken for markup, a script or a link. */
const hostile = [
  '<img src=x onerror="window.broken=1">.png',
  '<script>window.broken=1</script>.png',
  '"><svg onload=window.broken=1>.png',
  '\' autofocus onfocus="window.broken=1" x=\'.png',
  '</style><style>*{display:none}</style>.png',
  '<base href="https://example.invalid/">.png',
  '<meta http-equiv="refresh" content="0;url=https://example.invalid/">.png',
  '[open](command:workbench.action.closeWindow).png',
  'command:workbench.action.closeWindow',
  'javascript:window.broken=1',
  '{{constructor.constructor("window.broken=1")()}}.png',
  'alice\u202egnp.exe',
  'a\u0000b\nc.png',
  `${'very long name '.repeat(300)}.png`,
];

/** A search in which every text that comes from files or people is one of the hostile names. */
function hostileSearch(origin: string) {
  const { state, results } = foundState(origin);
  const name = (index: number) => hostile[index % hostile.length] ?? '';
  const failure = { code: 'internal' as const, message: name(0), remedy: name(1) };
  return {
    state: {
      ...state,
      openFailure: failure,
      queries: state.queries.map((query) => ({
        ...query,
        name: name(0),
        label: name(2),
        faces: query.faces.map((face, index) => ({ ...face, character: name(index + 3) })),
      })),
    },
    results: {
      ...results,
      copiesOfQuery: hostile,
      cards: results.cards.map((card, index) => ({
        ...card,
        name: name(index),
        folder: name(index + 5),
        copies: index === 0 ? hostile : [],
      })),
    },
  };
}

/** What of the document a hostile name would have added, and whether it ran. */
function intruders(view: View): Promise<string[]> {
  return view.page.evaluate(() => {
    const all = (root: Document | ShadowRoot): Element[] =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        element,
        ...(element.shadowRoot === null ? [] : all(element.shadowRoot)),
      ]);
    const strange = 'a[href], iframe, object, embed, form, base, [autofocus], script:not([nonce])';
    const found = all(document)
      .filter(
        (element) =>
          element.matches(strange) ||
          [...element.attributes].some(({ name }) => name.startsWith('on')) ||
          (element instanceof HTMLImageElement && !element.src.startsWith(location.origin)),
      )
      .map((element) => element.outerHTML);
    return Reflect.has(globalThis, 'broken') ? ['a name was run', ...found] : found;
  });
}

describe('hostile names', () => {
  test('are shown as text, in every place', async () => {
    const options = { context: { reducedMotion: 'reduce' as const } };
    await using view = await fixture.open({ ...hostileSearch(fixture.origin), ...options });
    const card = view.page.locator('.card').first();
    expect(await card.locator('.name').textContent()).toBe(hostile[0]);
    expect(await card.getAttribute('title')).toContain(hostile[0]);
    await view.page.locator('summary').click();
    await card.locator('.copies').click();
    const list = view.page.getByRole('dialog').getByRole('button');
    expect(await list.count()).toBe(hostile.length + 1);
    expect((await list.nth(3).textContent())?.trim()).toBe(hostile[2]);
    expect(await view.page.locator('#open-failed p').first().textContent()).toBe(hostile[0]);
    expect(await intruders(view)).toEqual([]);
  });

  test('do not turn the text around them, nor push it out of the page', async () => {
    await using view = await fixture.open(hostileSearch(fixture.origin));
    const turned = view.page.locator(
      `.card[data-index="${hostile.indexOf('alice\u202egnp.exe')}"]`,
    );
    expect(await turned.locator('.name').textContent()).toBe('alice\ufffdgnp.exe');
    expect(await turned.getAttribute('title')).not.toContain('\u202e');
    const overflow = await view.page
      .locator('.page')
      .evaluate((page) => page.scrollWidth - page.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe('the content security policy', () => {
  /** Does it in the page as injected markup or code would; tells whether it had an effect. */
  const attempts: Readonly<Record<string, (origin: string) => Promise<boolean>>> = {
    'an inline script': async () => {
      const script = document.createElement('script');
      script.textContent = 'window.broken = 1';
      document.body.append(script);
      return Reflect.has(globalThis, 'broken');
    },
    'a script of the same origin without the nonce': (origin) =>
      new Promise((resolve) => {
        const script = document.createElement('script');
        script.src = `${origin}/main.js`;
        script.addEventListener('load', () => resolve(true));
        script.addEventListener('error', () => resolve(false));
        document.body.append(script);
      }),
    'an inline event handler': async () => {
      const button = document.createElement('button');
      button.setAttribute('onclick', 'window.broken = 1');
      document.body.append(button);
      button.click();
      button.remove();
      return Reflect.has(globalThis, 'broken');
    },
    'a javascript: link': async () => {
      const link = document.createElement('a');
      link.href = 'javascript:window.broken=1';
      document.body.append(link);
      link.click();
      await new Promise((resolve) => setTimeout(resolve, 50));
      link.remove();
      return Reflect.has(globalThis, 'broken');
    },
    'eval, called by the page': () =>
      new Promise((resolve) => {
        document.body.addEventListener('probe', () => {
          try {
            // biome-ignore lint/security/noGlobalEval: that it is refused is what is tested.
            resolve(eval('true') === true);
          } catch {
            resolve(false);
          }
        });
        setTimeout(() => document.body.dispatchEvent(new Event('probe')), 0);
      }),
    'an inline style': async () => {
      const style = document.createElement('style');
      style.textContent = 'body { outline: 7px solid red }';
      document.head.append(style);
      return getComputedStyle(document.body).outlineWidth === '7px';
    },
    'a style attribute': async () => {
      document.body.insertAdjacentHTML('beforeend', '<i id="probe" style="width:7px"></i>');
      return document.querySelector<HTMLElement>('#probe')?.style.width === '7px';
    },
    'a frame': (origin) =>
      new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.src = `${origin}/image/1.svg`;
        document.addEventListener('securitypolicyviolation', () => resolve(false), { once: true });
        frame.addEventListener('load', () => resolve(frame.contentDocument !== null));
        document.body.append(frame);
      }),
    'a request': async (origin) => {
      try {
        await fetch(`${origin}/image/1.svg`);
        return true;
      } catch {
        return false;
      }
    },
    'a picture of another origin': () =>
      new Promise((resolve) => {
        const picture = new Image();
        picture.addEventListener('load', () => resolve(true));
        picture.addEventListener('error', () => resolve(false));
        picture.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
      }),
    'a base address': async () => {
      const base = document.createElement('base');
      base.href = 'https://example.invalid/';
      document.head.append(base);
      return document.baseURI.startsWith('https://example.invalid/');
    },
    'a form': (origin) =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', () => resolve(false), { once: true });
        const form = `<form action="${origin}/image/1.svg" target="_blank"></form>`;
        document.body.insertAdjacentHTML('beforeend', form);
        document.querySelector('form')?.submit();
      }),
  };

  test.each(Object.keys(attempts))('stops %s', async (name) => {
    await using view = await fixture.open();
    await view.page.locator('.card').first().waitFor();
    const attempt = attempts[name];
    if (attempt === undefined) {
      throw new Error(`Expected an attempt but received the name "${name}"`);
    }
    expect(await view.page.evaluate(attempt, fixture.origin)).toBe(false);
    await expect.poll(() => view.complaints.join('\n')).toContain('policy: ');
    view.complaints.length = 0;
    // The application lives on.
    await view.page.locator('.card').first().press('ArrowRight');
    await view.page.locator('.card[data-index="1"]:focus').waitFor();
  });
});

test('a mistake of the page itself is shown, not only logged', async () => {
  await using view = await fixture.open();
  await view.page.locator('.card').first().waitFor();
  await view.page.evaluate(() => setTimeout(() => Promise.reject(new Error('out of ink')), 0));
  const notice = view.page.locator('#notice');
  await notice.getByText('out of ink').waitFor();
  await notice.getByText('please report it with the log').waitFor();
  expect(view.complaints.splice(0)).toEqual(['uncaught Error: out of ink']);
});

describe('messages', () => {
  /** Waits until the page has dealt with what was sent, and still works. */
  async function expectAlive(view: View): Promise<void> {
    await view.notify('state', idleState);
    await view.page.locator('#empty').waitFor();
    // What was refused is logged, and previews of odd origins do not load: both as it should be.
    const broken = view.complaints.filter((line) => line.startsWith('uncaught'));
    view.complaints.length = 0;
    expect(broken).toEqual([]);
    expect(await intruders(view)).toEqual([]);
  }

  test('of every well-formed kind are drawn, however odd what they say', async () => {
    await using view = await fixture.open();
    const lists = fc.sample(fc.tuple(states, resultLists), { numRuns: 40, seed: 7 });
    for (const [state, results] of lists) {
      await view.notify('results', results);
      await view.notify('state', state);
      await view.page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await expectAlive(view);
  });

  test('that are malformed are refused, and the page lives on', async () => {
    await using view = await fixture.open();
    await view.page.locator('.card').first().waitFor();
    const junk = fc.sample(
      fc.oneof(
        states.chain(spoiled).map((params) => ({ method: 'state', params })),
        resultLists.chain(spoiled).map((params) => ({ method: 'results', params })),
        fc.record({ method: fc.string(), params: fc.jsonValue() }),
        fc.record({ id: fc.string(), result: fc.jsonValue(), error: fc.jsonValue() }),
        fc.dictionary(fc.string(), fc.jsonValue()),
      ),
      { numRuns: 200, seed: 11 },
    );
    for (const message of junk) {
      const sent = JSON.parse(JSON.stringify(message) ?? '{}') as object;
      await view.post(sent);
    }
    await view.page.evaluate(() => window.postMessage('no object', '*'));
    await view.page.evaluate(() => window.postMessage(null, '*'));
    await expectAlive(view);
  });
});
