import { FamiliarError } from '../../common/failure.ts';

/** Characters of a name; longer ones are a paste by mistake. */
const longestName = 200;

/**
 * A name as it is stored: one line, without spaces around it, in composed form (NFC), so that the
 * same name typed on two systems is the same text.
 *
 * @returns null for an empty name, which takes a name away
 * @throws FamiliarError `argument` where it is too long
 */
export function cleanName(name: string): string | null {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if ([...clean].length > longestName) {
    throw new FamiliarError(
      'argument',
      `Expected a name of at most ${longestName} characters but received ${[...clean].length}.`,
      { remedy: 'Choose a shorter name.' },
    );
  }
  return clean === '' ? null : clean;
}

/** What two spellings of one name have in common: case and width do not tell characters apart. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
