import { describe, expect, test } from 'vitest';
import { lastRequest, useBrowser } from './harness/fixture.ts';
import { emptyResults, idleState } from './harness/states.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();
const empty = { state: idleState, results: emptyResults };

interface Carried {
  readonly files?: readonly { name: string; type: string; bytes: number }[];
  readonly data?: Readonly<Record<string, string>>;
}

/** Drops or pastes what is described, as the browser does when a person does it. */
async function bring(view: View, how: 'drop' | 'paste', carried: Carried): Promise<void> {
  await view.page.evaluate(
    ([event, { files = [], data = {} }]) => {
      const dataTransfer = new DataTransfer();
      for (const { name, type, bytes } of files) {
        dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
      }
      for (const [type, text] of Object.entries(data)) {
        dataTransfer.setData(type, text);
      }
      const init = { bubbles: true, cancelable: true };
      if (event === 'paste') {
        const clipboardData = dataTransfer;
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, ...init }));
      } else {
        for (const step of ['dragenter', 'dragover', 'drop']) {
          document.body.dispatchEvent(new DragEvent(step, { dataTransfer, ...init }));
        }
      }
    },
    [how, carried] as const,
  );
}

const png = { name: 'alice.png', type: 'image/png', bytes: 3 };

describe('an image from elsewhere', () => {
  test.each(['drop', 'paste'] as const)('comes by %s, as bytes', async (how) => {
    await using view = await fixture.open(empty);
    await view.page.locator('#empty').waitFor();
    await bring(view, how, { files: [png] });
    expect(await lastRequest(view, 'query/open')).toEqual({
      sources: [{ kind: 'bytes', name: 'alice.png', base64: 'AAAA' }],
    });
    expect(await view.page.locator('.drop').count()).toBe(0);
  });

  test('comes out of the Explorer as a link to its file, whatever else the drag carries', async () => {
    await using view = await fixture.open(empty);
    await view.page.locator('#empty').waitFor();
    const list = 'file:///art/alice.png\r\nfile:///art/bob.png';
    await bring(view, 'drop', { files: [png], data: { 'text/uri-list': list } });
    expect(await lastRequest(view, 'query/open')).toEqual({
      sources: [
        { kind: 'uri', uri: 'file:///art/alice.png' },
        { kind: 'uri', uri: 'file:///art/bob.png' },
      ],
    });
  });

  test.each([
    ['is too large', { ...png, bytes: 64 * 1024 * 1024 + 1 }, 'alice.png is larger than 64 MB'],
    ['is none', { name: 'a.zip', type: 'application/zip', bytes: 3 }, 'a.zip is not an image'],
  ])('that %s is refused with a remedy, which can be dismissed', async (_, file, message) => {
    await using view = await fixture.open(empty);
    await view.page.locator('#empty').waitFor();
    await bring(view, 'drop', { files: [file] });
    await view.page.locator('#notice').getByText(message).waitFor();
    expect(view.paramsOf('query/open')).toEqual([]);
    await view.page.getByRole('button', { name: 'Dismiss' }).click();
    await view.page.locator('#notice').waitFor({ state: 'detached' });
  });

  test('that is only text changes nothing', async () => {
    await using view = await fixture.open(empty);
    await view.page.locator('#empty').waitFor();
    await bring(view, 'drop', { data: { 'text/plain': 'alice.png' } });
    await view.page.getByRole('button', { name: 'Choose Image…' }).click();
    await lastRequest(view, 'query/choose');
    expect(view.paramsOf('query/open')).toEqual([]);
    expect(await view.page.locator('.drop').count()).toBe(0);
  });
});

describe('the clipboard', () => {
  test('is read when the host asks for it', async () => {
    const context = { permissions: ['clipboard-read', 'clipboard-write'] };
    await using view = await fixture.open({ ...empty, context });
    await view.page.locator('#empty').waitFor();
    await view.page.evaluate(async () => {
      const canvas = new OffscreenCanvas(2, 2);
      canvas.getContext('2d');
      const picture = await canvas.convertToBlob({ type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    });
    await view.notify('readClipboard', null);
    const asked = await lastRequest(view, 'query/open');
    expect(asked?.sources).toMatchObject([{ kind: 'bytes', name: 'clipboard.png' }]);
  });

  test('asks for a paste where the browser keeps it shut', async () => {
    await using view = await fixture.open({ ...empty, context: { permissions: [] } });
    await view.page.locator('#empty').waitFor();
    await view.notify('readClipboard', null);
    await view.page.getByText('Press Ctrl+V (⌘V on a Mac) to paste the image.').waitFor();
    expect(view.paramsOf('query/open')).toEqual([]);
    await bring(view, 'paste', { files: [png] });
    await lastRequest(view, 'query/open');
    await view.page.locator('#notice').waitFor({ state: 'detached' });
  });
});
