import { existsSync } from 'node:fs';

const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const folder = `/usr/lib/${architecture}-linux-gnu/`;
const glib = ['libgio-2.0.so.0', 'libgobject-2.0.so.0', 'libglib-2.0.so.0'];

/** What a desktop maps into Electron, and heaps that stand for Electron's own `malloc`. */
const libraries = {
  'GLib, GObject and GIO': glib,
  'GLib in another order': glib.toReversed(),
  GTK: ['libgtk-3.so.0'],
  Pango: ['libpango-1.0.so.0'],
  GdkPixbuf: ['libgdk_pixbuf-2.0.so.0'],
  librsvg: ['librsvg-2.so.2'],
  'another heap': ['libjemalloc.so.2'],
  'another heap and GTK': ['libtcmalloc_minimal.so.4', 'libgtk-3.so.0'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Preload = keyof typeof libraries;
export const preloads = Object.keys(libraries) as readonly Preload[];

/** The value of LD_PRELOAD. */
export function preloadOf(name: Preload): string {
  return libraries[name].map((file) => folder + file).join(' ');
}

/** Whether the libraries are there: on Debian, `desktopPackages` of tools/scripts/test.ts. */
export function isInstalled(name: Preload): boolean {
  return libraries[name].every((file) => existsSync(folder + file));
}

/** What GLib writes when objects of one copy of it reach another. */
export const glibMessage = /G(Lib|Object|IO|tk)[\w-]*-(CRITICAL|WARNING|ERROR)/;
