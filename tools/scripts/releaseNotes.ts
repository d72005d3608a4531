// node tools/scripts/releaseNotes.ts TAG: prints what CHANGELOG.md says of the version of a tag.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The section of a version, without its heading.
 * @param tag such as `v0.2.0`
 * @throws where the tag is not that of the package's version, or nothing is said of it
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) {
    throw new Error(`Expected the tag v${version}, as package.json has it, but received ${tag}.`);
  }
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => headingOf(text) === version);
  const notes = section?.split('\n').slice(1).join('\n').trim() ?? '';
  if (notes === '') {
    throw new Error(`Expected CHANGELOG.md to say what is new in ${version}.`);
  }
  return `${notes}\n`;
}

/** The version of a heading, which may be in brackets and be followed by a date. */
function headingOf(section: string): string | undefined {
  return /^\[?([^\]\s]+)\]?/.exec(section)?.[1];
}

if (import.meta.main) {
  const read = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  process.stdout.write(releaseNotes(process.argv[2] ?? '', version, read('CHANGELOG.md')));
}
