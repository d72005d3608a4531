import { expect, test } from 'vitest';
import { withoutRelativeLinks } from '../../../tools/scripts/readmePage.ts';

test('a page without an address keeps the text of relative links and no picture', () => {
  const page = withoutRelativeLinks(
    'Before.\n\n![A picture](media/a.webp)\n\nSee [the settings](docs/settings.md) and [Annoy](https://example.org/annoy).\n',
  );
  expect(page).toBe('Before.\n\nSee the settings and [Annoy](https://example.org/annoy).\n');
});
