import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.ts';

/** A package of others of which something is in the extension. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** Package URL (https://github.com/package-url/purl-spec). */
  readonly purl: string;
  /** SPDX expression. */
  readonly licence: string;
  /** The licence's text as the package carries it; null where it carries none. */
  readonly licenceText: string | null;
}

/** Compiled into the Annoy addon rather than bundled. */
const compiledIn = ['node_modules/annoy-node', 'node_modules/node-addon-api'];

/**
 * The packages of which files are in the extension, by name.
 * @param files paths below the project's root, as esbuild names its inputs
 * @throws when a package names no licence: what may not be given away must not slip in
 */
export function listComponents(files: Iterable<string>): Component[] {
  const folders = new Set(compiledIn);
  for (const file of files) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
    if (folder !== undefined) {
      folders.add(folder);
    }
  }
  return [...[...folders].map(readComponent), annoy()].sort((a, b) =>
    a.name.localeCompare(b.name, 'en'),
  );
}

/** The C++ that `annoy-node` carries has another maker and licence than the package around it. */
function annoy(): Component {
  const folder = join(root, 'node_modules', 'annoy-node');
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const licenceText = readLicence(join(folder, 'annoy'));
  return {
    name: 'Annoy',
    version: `in annoy-node ${version}`,
    purl: 'pkg:github/spotify/annoy',
    licence: 'Apache-2.0',
    licenceText,
  };
}

function readComponent(folder: string): Component {
  const at = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
  if (typeof license !== 'string' || license === 'UNLICENSED') {
    throw new Error(
      `Expected ${folder} to name its licence but received ${JSON.stringify(license)}. Replace the package or find out its licence.`,
    );
  }
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
  return { name, version, purl, licence: license, licenceText: readLicence(at) };
}

function readLicence(folder: string): string | null {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  return file === undefined ? null : readFileSync(join(folder, file), 'utf8').trim();
}

interface ModelEntry {
  readonly file: string;
  readonly licence: string;
}

/** File and licence of each model that is shipped. */
export function listModels(): ModelEntry[] {
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(
    readFileSync(join(root, 'models', 'manifest.json'), 'utf8'),
  );
  return Object.values(manifest).filter(
    (part): part is ModelEntry => typeof part === 'object' && part !== null && 'licence' in part,
  );
}

/** The text of `NOTICE`: what of others the extension holds, and under which terms. */
export function toNotice(components: readonly Component[]): string {
  const rows = components.map(({ name, version, licence }) => `- ${name} ${version}: ${licence}`);
  const models = listModels().map(({ file, licence }) => `- ${file}: ${licence}`);
  const texts = components.map(
    ({ name, licenceText, licence }) =>
      `${'='.repeat(72)}\n${name}\n\n${licenceText ?? `Its package names ${licence} and carries no text.`}\n`,
  );
  return [
    'Familiar Faces holds software of others.',
    'libvips is linked as a shared library that can be exchanged (LGPL-3.0-or-later).',
    '',
    'Packages',
    ...rows,
    '',
    'Models',
    ...models,
    '',
    ...texts,
  ].join('\n');
}

/** The same as a software bill of materials in CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json). */
export function toBillOfMaterials(
  product: { readonly name: string; readonly version: string },
  components: readonly Component[],
): string {
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: product.name, version: product.version } },
    components: components.map(({ name, version, purl, licence }) => ({
      type: 'library',
      name,
      version,
      purl,
      licenses: [{ expression: licence }],
    })),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}
