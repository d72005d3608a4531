/** CLDR's categories of counts, in the order in which a text lists its forms. */
const categories = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

/** The categories that a language tells apart, in that order: English has `one` and `other`. */
export function pluralCategories(language: string): readonly Intl.LDMLPluralRule[] {
  const own = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  return categories.filter((category) => own.includes(category));
}

/**
 * The form of a text that goes with a count, as in "1 image" and "2 images". Texts of VS Code
 * have no plurals of their own, and languages have between one form and six.
 *
 * @param forms one form for each of `pluralCategories`, separated by `|`
 * @param language BCP 47 tag of the language that the forms are in
 */
export function pluralForm(forms: string, count: number, language: string): string {
  const all = forms.split('|');
  const category = new Intl.PluralRules(language).select(count);
  return all[pluralCategories(language).indexOf(category)] ?? all.at(-1) ?? '';
}
