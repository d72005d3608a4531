import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveInside } from '../../../src/engine/files/resolveInside.ts';

let home: string;
/** The folder as it is opened: itself a link. */
let opened: string;
let real: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'links-')));
  real = join(home, 'art');
  opened = join(home, 'opened');
  await mkdir(join(real, 'deep', 'er'), { recursive: true });
  await writeFile(join(real, 'deep', 'er', 'real.png'), 'x');
  await writeFile(join(home, 'secret.png'), 'x');
  await mkdir(join(home, 'artefacts'));
  await writeFile(join(home, 'artefacts', 'other.png'), 'x');
  await symlink(real, opened);
});
afterEach(() => rm(home, { recursive: true }));

const resolveOpened = (...names: string[]) =>
  resolveInside({ path: opened, realPath: real }, join(opened, ...names));
const link = (target: string, ...names: string[]) => symlink(target, join(real, ...names));

describe('resolveInside', () => {
  it('finds what is no link', async () => {
    const file = join(real, 'deep', 'er', 'real.png');
    expect(await resolveOpened('deep', 'er', 'real.png')).toBe(file);
    expect(await resolveOpened()).toBe(real);
  });

  it.each([
    ['relative', () => join('er', 'real.png')],
    ['up and down again', () => join('..', 'deep', 'er', 'real.png')],
    ['absolute', () => join(real, 'deep', 'er', 'real.png')],
    ['absolute, by the link that was opened', () => join(opened, 'deep', 'er', 'real.png')],
  ])('follows a link that stays inside: %s', async (_, target) => {
    await link(target(), 'deep', 'linked.png');
    expect(await resolveOpened('deep', 'linked.png')).toBe(join(real, 'deep', 'er', 'real.png'));
  });

  it('follows links to links, and through linked folders', async () => {
    await link('deep', 'also');
    await link(join('also', 'er'), 'further');
    expect(await resolveOpened('further', 'real.png')).toBe(join(real, 'deep', 'er', 'real.png'));
  });

  it.each([
    ['a file', () => join(home, 'secret.png')],
    ['a file, relative', () => join('..', 'secret.png')],
    ['another computer', () => '//computer.example/share/picture.png'],
    ['a folder whose name begins alike', () => join(home, 'artefacts', 'other.png')],
    ['nothing', () => 'missing.png'],
    ['itself', () => 'out.png'],
  ])('does not follow a link to %s', async (_, target) => {
    await link(target(), 'out.png');
    expect(await resolveOpened('out.png')).toBeNull();
  });

  it('does not leave by a link that lies on the way, or at the end of a chain', async () => {
    await link(home, 'up');
    await link(join('up', 'secret.png'), 'through.png');
    expect(await resolveOpened('up', 'secret.png')).toBeNull();
    expect(await resolveOpened('through.png')).toBeNull();
  });

  it('ends where links lead in circles', async () => {
    await link('b', 'a');
    await link('a', 'b');
    expect(await resolveOpened('a', 'x.png')).toBeNull();
  });
});
