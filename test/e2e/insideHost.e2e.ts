import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleSuite } from './harness/bundleSuite.ts';
import { Fixture } from './harness/fixture.ts';
import { runSuite } from './harness/insideHost.ts';

const fixture = new Fixture({ images: 12, characters: 2, smokeTestDriver: true, closed: true });

test('commands and settings work inside the extension host', async () => {
  const entry = fileURLToPath(new URL('inside/suite.ts', import.meta.url));
  const suite = await bundleSuite(entry, join(dirname(fixture.folder), 'suite'));
  const results = await runSuite(fixture, suite);
  expect(results.filter(({ failure }) => failure !== null)).toEqual([]);
  expect(results.length).toBeGreaterThan(8);
});
