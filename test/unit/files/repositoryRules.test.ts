import { win32 } from 'node:path';
import { expect, it } from 'vitest';
import { isElsewhere } from '../../../src/engine/files/repositoryRules.ts';

it('touches no other computer that a checkout on Windows names', () => {
  expect(isElsewhere(String.raw`\\evil\share\.git`, String.raw`C:\art\.git`, win32)).toBe(true);
  expect(isElsewhere('//evil/share/.git', String.raw`C:\art\.git`, win32)).toBe(true);
  expect(isElsewhere(String.raw`D:\main\.git`, String.raw`C:\art\.git`, win32)).toBe(false);
});

it('follows a worktree on the share that it lies on itself', () => {
  const [git, checkout] = [String.raw`\\NAS\art\main\.git`, String.raw`\\nas\art\copy\.git`];
  expect(isElsewhere(git, checkout, win32)).toBe(false);
});
