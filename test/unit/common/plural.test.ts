import { describe, expect, it } from 'vitest';
import { pluralCategories, pluralForm } from '../../../src/common/plural.ts';

describe('pluralForm', () => {
  it('tells one from more in English', () => {
    const forms = '1 image|{0} images';
    expect([0, 1, 2, 21].map((count) => pluralForm(forms, count, 'en'))).toEqual([
      '{0} images',
      '1 image',
      '{0} images',
      '{0} images',
    ]);
  });

  it('knows languages with one form and with six', () => {
    expect(pluralForm('画像', 1, 'ja')).toBe('画像');
    const arabic = 'zero|one|two|few|many|other';
    const picked = [0, 1, 2, 3, 11, 100].map((count) => pluralForm(arabic, count, 'ar'));
    expect(picked).toEqual(['zero', 'one', 'two', 'few', 'many', 'other']);
    expect(pluralCategories('ar')).toEqual(picked);
  });

  it('takes the last form where a text has fewer than its language', () => {
    expect(pluralForm('always', 1, 'en')).toBe('always');
    expect(pluralForm('one|more', 11, 'ar')).toBe('more');
  });
});
