import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { pluralCategories } from '../../../src/common/plural.ts';
import { type Entry, extractTexts, languages } from '../../../tools/scripts/texts.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => JSON.parse(readFileSync(`${root}${file}`, 'utf8'));

const english: Record<string, Entry> = read('l10n/bundle.l10n.json');
const manifest: Record<string, string> = read('package.nls.json');

const messageOf = (entry: Entry) => (typeof entry === 'string' ? entry : entry.message);
/** `{0}`, and in the manifest links to commands, settings and code, which no translation changes. */
const fixedParts = (text: string) =>
  [...text.matchAll(/\{\d+\}|\]\(command:[\w.]+\)|`[^`]+`/g)].map(([part]) => part).toSorted();
/** `{0}` and whole sentences of the markup: bold and italics come in pairs. */
const isBalanced = (text: string) => (text.match(/\*+/g) ?? []).length % 2 === 0;

test('the English texts are those of the source: npm run texts', async () => {
  expect(english).toEqual(await extractTexts());
});

test('no text of the source is written past the translations', () => {
  const visible =
    /(?:show(?:Information|Warning|Error)Message|\.(?:title|placeHolder|label|tooltip) =)\s*\(?\s*['"`]\p{Lu}/u;
  const files = globSync('src/host/**/*.ts', { cwd: root });
  expect(files.filter((file) => visible.test(readFileSync(`${root}${file}`, 'utf8')))).toEqual([]);
});

test('every language that has a file is one of those that are checked', () => {
  const named = globSync(['l10n/bundle.l10n.*.json', 'package.nls.*.json'], { cwd: root });
  const expected = languages.flatMap((language) => [
    `l10n/bundle.l10n.${language}.json`,
    `package.nls.${language}.json`,
  ]);
  expect(named.toSorted()).toEqual(expected.toSorted());
});

describe.each(languages)('the translation into %s', (language) => {
  const texts: Record<string, string> = read(`l10n/bundle.l10n.${language}.json`);
  const strings: Record<string, string> = read(`package.nls.${language}.json`);

  it('has a text for every English one, in the same order, and none too many', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(english));
    expect(Object.keys(strings)).toEqual(Object.keys(manifest));
  });

  it('leaves no text empty', () => {
    const all = [...Object.values(texts), ...Object.values(strings)];
    expect(all.filter((text) => text.trim() === '')).toEqual([]);
  });

  it('has the placeholders, links and code of the English', () => {
    for (const [key, entry] of Object.entries(english)) {
      const form = (text: string) => text.split('|').at(-1) ?? '';
      const translated = texts[key] ?? '';
      expect(fixedParts(form(translated)), key).toEqual(fixedParts(form(messageOf(entry))));
    }
    for (const [key, text] of Object.entries(manifest)) {
      expect(fixedParts(strings[key] ?? ''), key).toEqual(fixedParts(text));
      expect(isBalanced(strings[key] ?? ''), key).toBe(true);
    }
  });

  it('has a form for every kind of count that the language tells apart', () => {
    const categories = pluralCategories(language);
    for (const [key, entry] of Object.entries(english)) {
      const isPlural = messageOf(entry).includes('|');
      const forms = (texts[key] ?? '').split('|');
      expect(forms.length, key).toBe(isPlural ? categories.length : 1);
      // "One image" may do without the number, but not without what else is put in.
      for (const form of isPlural ? forms : []) {
        expect(fixedParts(form).filter((part) => part !== '{0}')).toEqual(
          fixedParts(forms.at(-1) ?? '').filter((part) => part !== '{0}'),
        );
      }
    }
  });

  it('calls a command by one name wherever it is named', () => {
    const named =
      texts['Look at the log, then start it again with Familiar Faces: Restart Engine.'];
    expect(named).toContain(`Familiar Faces: ${strings['command.restartEngine']}`);
    expect(strings['setting.indexAutomatically']).toContain(strings['command.rescan']);
  });
});
