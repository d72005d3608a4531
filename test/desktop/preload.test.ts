import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('support/decodeAll.ts', import.meta.url));
const library = '/usr/lib/x86_64-linux-gnu/';
const glib = ['libgio-2.0.so.0', 'libgobject-2.0.so.0', 'libglib-2.0.so.0'];

/** What a desktop maps into Electron, and heaps that stand for Electron's own `malloc`. */
const preloads: Readonly<Record<string, readonly string[]>> = {
  'GLib, GObject and GIO': glib,
  'GLib in another order': glib.toReversed(),
  GTK: ['libgtk-3.so.0'],
  Pango: ['libpango-1.0.so.0'],
  GdkPixbuf: ['libgdk_pixbuf-2.0.so.0'],
  librsvg: ['librsvg-2.so.2'],
  'another heap': ['libjemalloc.so.2'],
  'another heap and GTK': ['libtcmalloc_minimal.so.4', 'libgtk-3.so.0'],
};

function decodeAll(libraries: readonly string[]) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, '1000'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      LD_PRELOAD: libraries.map((name) => library + name).join(' '),
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    },
  });
  return { status, signal, stdout, stderr };
}

describe.runIf(process.platform === 'linux')('decoding on a desktop', () => {
  let plain: ReturnType<typeof decodeAll>;
  beforeAll(() => {
    plain = decodeAll([]);
    expect(plain).toMatchObject({ status: 0, signal: null, stderr: '' });
  });

  for (const [name, libraries] of Object.entries(preloads)) {
    const isInstalled = libraries.every((file) => existsSync(library + file));
    it.runIf(isInstalled)(`gives the same pixels, and no word on stderr, with ${name}`, () => {
      expect(decodeAll(libraries)).toEqual(plain);
    });
  }
});
