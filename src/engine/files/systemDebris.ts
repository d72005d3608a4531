import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders, lower case, that systems, NAS boxes, sync tools and wastebaskets fill with copies. */
const debrisFolders: ReadonlySet<string> = new Set([
  // Synology, QNAP
  '@eadir',
  '#recycle',
  '#snapshot',
  '@recycle',
  '@recently-snapshot',
  '.@__thumb',
  // Windows
  '$recycle.bin',
  'system volume information',
  // macOS and freedesktop
  '__macosx',
  '.trash',
  '.trashes',
  '.spotlight-v100',
  '.fseventsd',
  '.thumbnails',
  // Syncthing, Resilio, Dropbox
  '.stversions',
  '.stfolder',
  '.sync',
  '.dropbox.cache',
  // digiKam, Picasa
  '.dtrash',
  '.picasaoriginals',
  // Godot 4
  '.godot',
]);

/** Caches with an everyday name, known by what lies beside them: folder → marks of the engine. */
const engineCaches: Readonly<Record<string, readonly string[]>> = {
  '.import': ['project.godot'],
  library: ['Assets', 'ProjectSettings'],
  temp: ['Assets', 'ProjectSettings'],
};

/** Views of the kernel in a workspace that is the whole drive: endless, and no pictures. */
const kernelFolders: ReadonlySet<string> = new Set(['/proc', '/sys', '/dev', '/run']);

/** Whether a folder is one of the system's own, by its absolute path. */
export function isKernelFolder(path: string): boolean {
  return kernelFolders.has(path);
}

/** Whether a folder holds only what a system or tool left there, by its absolute path. */
export function isDebrisFolder(path: string): boolean {
  const name = basename(path).toLowerCase();
  if (debrisFolders.has(name) || name.startsWith('.trash-')) {
    return true;
  }
  const marks = Object.hasOwn(engineCaches, name) ? engineCaches[name] : undefined;
  return marks?.every((mark) => existsSync(join(dirname(path), mark))) ?? false;
}

/** Whether a file is a companion of another one: macOS's `._name`, Eagle's reductions. */
export function isDebrisFile(relativePath: string): boolean {
  return /(^|\/)\._[^/]*$|\.info\/[^/]*_thumbnail\.[a-z]+$/i.test(relativePath);
}
