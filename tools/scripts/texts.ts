import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getL10nJson } from '@vscode/l10n-dev';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where people see texts; the engine's own words are for the log. */
const rooms = ['src/host/**/*.ts', 'webview/**/*.ts'];

/** The languages that texts are translated into, as VS Code names them. */
export const languages = ['ar', 'de', 'ja', 'zh-cn'] as const;

/** A text, or one with a note for translators. */
export type Entry = string | { readonly message: string; readonly comment: readonly string[] };

/** The English texts of `l10n.t` in the source, by the key that translations give them. */
export async function extractTexts(): Promise<Record<string, Entry>> {
  const scripts = globSync(rooms, { cwd: root })
    .toSorted()
    .map((file) => ({
      extension: extname(file),
      contents: readFileSync(join(root, file), 'utf8'),
    }));
  return await getL10nJson(scripts);
}

/**
 * Puts the translations into the order of the English and drops those of texts that are gone.
 * @returns the texts that are to be translated
 */
function tidyTranslations(keys: readonly string[]): string[] {
  return languages.flatMap((language) => {
    const file = `l10n/bundle.l10n.${language}.json`;
    const known: Record<string, string> = JSON.parse(readFileSync(join(root, file), 'utf8'));
    const kept = keys.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]]]));
    writeTexts(file, Object.fromEntries(kept));
    return keys.filter((key) => !(key in known)).map((key) => `${file} lacks ${key}`);
  });
}

function writeTexts(file: string, texts: Readonly<Record<string, Entry>>): void {
  writeFileSync(join(root, file), `${JSON.stringify(texts, null, 2)}\n`);
}

// npm run texts: writes l10n/bundle.l10n.json and says what is to be translated.
if (import.meta.main) {
  const texts = await extractTexts();
  writeTexts('l10n/bundle.l10n.json', texts);
  const missing = tidyTranslations(Object.keys(texts));
  console.log([`${Object.keys(texts).length} texts`, ...missing].join('\n'));
  process.exitCode = missing.length === 0 ? 0 : 1;
}
