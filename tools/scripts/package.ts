import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { bundle, nativePackages, root } from './build.ts';
import { checkPackage } from './checkPackage.ts';
import { listComponents, toBillOfMaterials, toNotice } from './components.ts';
import { buildNative } from './native.ts';
import { quietly } from './quietly.ts';
import { withoutRelativeLinks } from './readmePage.ts';

export interface PackagedExtension {
  /** Absolute path of the VSIX. */
  readonly path: string;
  readonly bytes: number;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Only needed while a package installs itself, which happens elsewhere. */
const installOnly = new Set(['adm-zip', 'global-agent']);

/** The goal for one platform's VSIX. */
const goalBytes = 60_000_000;

export interface PackageOptions {
  /**
   * `https:` address of this tree as the readme's pictures and links are found there. VS Code shows
   * pictures of an extension's page from `https:` alone, so without it the page has none.
   */
  readonly baseUrl?: string | undefined;
}

/**
 * Builds the VSIX for the platform it runs on: bundles, models, and of the native packages
 * only this platform's binaries.
 */
export async function packageExtension({
  baseUrl,
}: PackageOptions = {}): Promise<PackagedExtension> {
  const target = `${process.platform}-${process.arch}`;
  buildNative();
  const bundled = await bundle({ minify: true });
  const copied = await copyNativePackages(target);
  await describeContents([...bundled, ...copied]);
  const { name, version } = readPackage(root);
  const path = join(root, 'build', `${name}-${target}-${version}.vsix`);
  await mkdir(dirname(path), { recursive: true });
  const readme = join(root, 'build', 'README.md');
  const text = await readFile(join(root, 'README.md'), 'utf8');
  await writeFile(readme, baseUrl === undefined ? withoutRelativeLinks(text) : text);
  const packing = {
    cwd: root,
    readmePath: relative(root, readme),
    ...(baseUrl === undefined ? {} : { baseContentUrl: baseUrl, baseImagesUrl: baseUrl }),
    packagePath: path,
    target,
    // The few packages that are not bundled lie in `dist/node_modules`.
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: baseUrl !== undefined,
  };
  await quietly(() => createVSIX(packing));
  return { path, bytes: (await stat(path)).size };
}

/** Writes the licences (`NOTICE`) and the bill of materials of what is packed. */
async function describeContents(files: readonly string[]): Promise<void> {
  const components = listComponents(files);
  await writeFile(join(root, 'NOTICE'), toNotice(components));
  const bill = toBillOfMaterials(readPackage(root), components);
  await writeFile(join(root, 'dist', 'sbom.cdx.json'), bill);
}

/** @returns the packages' folders, as paths below the root */
async function copyNativePackages(target: string): Promise<string[]> {
  const wanted = [
    ...nativePackages,
    `@img/sharp-${target}`,
    // On Windows the library is part of the package before.
    ...(process.platform === 'win32' ? [] : [`@img/sharp-libvips-${target}`]),
  ];
  const folders = new Map<string, string>();
  for (const name of wanted) {
    collect(join(root, 'node_modules', name), folders);
  }
  for (const [from, to] of folders) {
    await cp(from, join(root, 'dist', to), {
      recursive: true,
      filter: (path) => isNeeded(relative(from, path).split(sep).join('/'), from, target),
    });
  }
  return [...folders.values()];
}

/** Adds the package and what it depends on, each under the path that it has below the root. */
function collect(folder: string, folders: Map<string, string>): void {
  if (folders.has(folder)) {
    return;
  }
  folders.set(folder, relative(root, folder));
  for (const dependency of Object.keys(readPackage(folder).dependencies ?? {})) {
    if (!installOnly.has(dependency)) {
      collect(findPackage(dependency, folder), folders);
    }
  }
}

/** Looks for an installed package as Node does, from the inside out. */
function findPackage(name: string, from: string): string {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    try {
      readPackage(candidate);
      return candidate;
    } catch {
      // Not here: look one folder further out.
    }
  }
  throw new Error(`Expected ${name} to be installed, as ${from} needs it. Run "npm ci".`);
}

/** Leaves out other platforms, sources, types and what only an installation runs. */
function isNeeded(path: string, packageFolder: string, target: string): boolean {
  if (
    /\.(d\.[cm]?ts|map|md|cc|h|gyp)$/.test(path) ||
    /^(src|install|script|node_modules)(\/|$)/.test(path)
  ) {
    return false;
  }
  if (packageFolder.endsWith('onnxruntime-node') && path.startsWith('bin/')) {
    const [, , platform, arch] = path.split('/');
    return (
      (platform === undefined || platform === process.platform) &&
      (arch === undefined || `${platform}-${arch}` === target)
    );
  }
  return true;
}

function readPackage(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Prints what fills the package, largest first. */
async function printContents({ path, bytes }: PackagedExtension): Promise<void> {
  const sizes = new Map<string, number>();
  const dist = join(root, 'dist');
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const file = join(entry.parentPath, entry.name);
      const part = relative(dist, file)
        .split(sep)
        .slice(0, entry.parentPath.includes('@img') ? 3 : 2);
      const { size } = await stat(file);
      sizes.set(part.join('/'), (sizes.get(part.join('/')) ?? 0) + size);
    }
  }
  const rows = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, 12);
  console.log(
    `${relative(root, path)}: ${megabytes(bytes)} packed (goal: under ${megabytes(goalBytes)})`,
  );
  for (const [name, size] of rows) {
    console.log(`${megabytes(size).padStart(10)}  dist/${name}`);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'base-url': { type: 'string' } } });
  const packaged = await packageExtension({ baseUrl: values['base-url'] });
  await printContents(packaged);
  await checkPackage(packaged.path);
  console.log('The packaged engine works on this machine.');
}
