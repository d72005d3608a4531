import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../postgres/postgresServer.ts';
import { TestLibraries, until } from './support/library.ts';

const cli = fileURLToPath(new URL('../../tools/cli/main.ts', import.meta.url));

let libraries: TestLibraries;
let files: string[];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...args: string[]): ChildProcess {
  return startWith({}, ...args);
}

function startWith(variables: Record<string, string>, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables },
  });
}

function run(...args: string[]): Promise<Outcome> {
  return outcomeOf(start(...args));
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout as NonNullable<ChildProcess['stdout']>),
    text(child.stderr as NonNullable<ChildProcess['stderr']>),
    once(child, 'close'),
  ]);
  return { code, out, err };
}

const library = (name: string) => [
  ...['--folder', libraries.folder(name), '--storage', libraries.storage(name)],
  ...['--provider', 'cpu'],
];

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const folder = libraries.folder('art');
  const drawn = await run('sample', folder, '--characters', '3', '--images', '14', '--seed', '6');
  expect(drawn.code).toBe(0);
  const truth = JSON.parse(await readFile(libraries.folder('art', 'ground-truth.json'), 'utf8'));
  files = (truth.images ?? truth).map(({ file }: { file: string }) => file);
  const indexed = await run('index', ...library('art'));
  expect([indexed.code, indexed.out]).toEqual([0, expect.stringContaining('idle 14/14')]);
});
afterAll(() => libraries.delete());

describe('a shared library', () => {
  it('answers as the own one does, and forgets what is taken out', async () => {
    const server = await startPostgres();
    const runShared = (...args: string[]) =>
      outcomeOf(startWith({ FAMILIAR_FACES_SHARED: server.url }, ...args));
    try {
      const image = libraries.folder('art', files[0] as string);
      const [shared, again] = [
        await runShared('share', ...library('art'), '--name', 'moon'),
        await runShared('share', ...library('art'), '--name', 'moon'),
      ];
      expect(shared.out).toContain('14 images are shared as moon, 14 of them new');
      expect(again.out).toContain('14 images are shared as moon, 0 of them new');
      const asked = [image, ...library('art'), '--json', '--limit', '20'];
      const here = JSON.parse((await runShared('similar', ...asked)).out);
      const there = JSON.parse((await runShared('similar', ...asked, '--shared')).out);
      const ranking = (results: { score: number }[], path: (result: never) => string) =>
        results.map((result) => [path(result as never), result.score.toFixed(5)]);
      expect(
        ranking(
          there.results,
          ({ places }: { places: [{ relativePath: string }] }) => places[0].relativePath,
        ),
      ).toEqual(
        ranking(here.results, ({ relativePath }: { relativePath: string }) => relativePath),
      );
      const table = await runShared('similar', ...asked.slice(0, -3), '--shared');
      expect(table.out).toContain('moon: ');
      const removed = await runShared('share', ...library('art'), '--name', 'moon', '--remove');
      expect(removed.out).toContain('moon is no longer shared');
      expect(JSON.parse((await runShared('similar', ...asked, '--shared')).out).results).toEqual(
        [],
      );
    } finally {
      await server.stop();
    }
  });

  it('is off until it is named', async () => {
    const unnamed = await outcomeOf(
      startWith({ FAMILIAR_FACES_SHARED: '' }, 'share', ...library('art')),
    );
    expect(unnamed.code).toBe(1);
    expect(unnamed.err).toContain('FAMILIAR_FACES_SHARED');
  });
});

describe('command line', () => {
  it('describes itself, each command and its options', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    const about = [
      'index',
      'similar',
      'characters',
      'watch',
      'export',
      'share',
      'stats',
      'doctor',
      'duplicates',
    ];
    for (const command of [...about, 'sample', 'eval', 'bench']) {
      expect(out).toContain(`\n  ${command} `);
    }
    const similar = await run('similar', '--help');
    expect([similar.code, similar.out]).toEqual([0, expect.stringContaining('--weight')]);
    expect(similar.out).toContain('Examples:');
  });

  it('prints a table for people and JSON for scripts, and nothing else on stdout', async () => {
    const image = libraries.folder('art', files[2] as string);
    const table = await run('similar', image, '--limit', '3', ...library('art'));
    expect(table.code).toBe(0);
    expect(table.out.split('\n').filter((line) => /^ +\d+ /.test(line))).toHaveLength(3);
    const { code, out } = await run('similar', image, '--limit', '3', '--json', ...library('art'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ results: { length: 3 }, partial: false });
    const stats = await run('stats', '--json', ...library('art'));
    expect(JSON.parse(stats.out)).toMatchObject({ files: 14, failures: 0 });
  });

  it('lists who is in the library, each picture with its own character', async () => {
    const { code, out } = await run('characters', '--json', ...library('art'));
    expect(code).toBe(0);
    const { characters, singles } = JSON.parse(out);
    expect(characters).toHaveLength(3);
    for (const { id, name, faces, suggestions } of characters) {
      expect([typeof id, name, suggestions]).toEqual(['number', null, 0]);
      const names = faces.map(({ relativePath }: { relativePath: string }) => relativePath);
      const sprites = names.filter((path: string) => path.startsWith('characters/'));
      const [character] = sprites.map((path: string) => path.split('/')[1]);
      for (const path of names) {
        expect(path).toContain(character);
      }
      for (const { box, score, confirmed } of faces) {
        expect([box.length, score > 0 && score <= 1, confirmed]).toEqual([4, true, false]);
      }
    }
    const stats = JSON.parse((await run('stats', '--json', ...library('art'))).out);
    const listed = [...characters.flatMap(({ faces }: { faces: unknown[] }) => faces), ...singles];
    expect(listed).toHaveLength(stats.faces);
    const again = await run('characters', ...library('art'));
    expect(again.out).toContain(`#${characters[0].id}  `);
  });

  it('exports the map of heads and images', async () => {
    const path = libraries.folder('faces.csv');
    const { code, out } = await run('export', path, ...library('art'));
    expect(code).toBe(0);
    const [header, ...rows] = (await readFile(path, 'utf8')).trim().split('\r\n');
    expect(header).toContain('path,image_width,image_height,face_id,x,y,width,height,score');
    expect(out).toContain(`${rows.length} faces of 14 images`);
    for (const row of rows) {
      expect(files).toContain(row.split(',')[0]);
    }
  });

  it('finds every part in order, or names the one that is not', async () => {
    const { code, out } = await run('doctor', ...library('art'));
    expect([code, out]).toEqual([0, expect.stringContaining('ok ')]);
    const json = await run('doctor', '--json', ...library('art'));
    const { ok, checks } = JSON.parse(json.out);
    expect(ok).toBe(true);
    expect(checks.map(({ part }: { part: string }) => part)).toEqual([
      ...['runtime', 'library', 'database', 'disk', 'index', 'models', 'folder'],
    ]);
    expect(checks.at(-1)).toEqual({
      part: 'folder',
      facts: { name: 'art', path: libraries.folder('art') },
      failure: null,
    });
    const nowhere = ['--models', libraries.folder('no-models')];
    const broken = await run('doctor', ...library('art'), ...nowhere);
    expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('model-manifest')]);
  });

  it('forgets what was found out about graphics hardware', async () => {
    const path = join(libraries.storage('art'), 'providers', 'providers.json');
    const results = JSON.parse(await readFile(path, 'utf8'));
    const outcomes = { webgpu: { state: 'refused', cause: 'failed', reason: 'no driver' } };
    await writeFile(path, JSON.stringify({ ...results, outcomes }));
    expect((await run('doctor', ...library('art'))).code).toBe(0);
    expect(await readFile(path, 'utf8')).toContain('no driver');
    expect((await run('doctor', '--forget-probes', ...library('art'))).code).toBe(0);
    expect(await readFile(path, 'utf8')).not.toContain('no driver');
  });

  it('says what was expected where an argument is wrong', async () => {
    const image = libraries.folder('art', files[0] as string);
    const wrong: [string[], string][] = [
      [['similar', image, '--weight', '7', ...library('art')], 'weight'],
      [['similar', image, '--limit', '0', ...library('art')], 'limit'],
      [['similar', image, '--face', '99', ...library('art')], 'face'],
      [['similar', libraries.folder('none.png'), ...library('art')], 'file-missing'],
      [['index', libraries.folder('none')], 'file-missing'],
      [['index', '--provider', 'steam'], 'provider'],
      [['export', libraries.folder('x.csv'), '--format', 'exe', ...library('art')], 'format'],
      [['similar', image, '--weight=', ...library('art')], 'weight'],
      [['export', libraries.folder('none', 'x.csv'), ...library('art')], 'ENOENT'],
      [['export', libraries.base, ...library('art')], 'folder that exists'],
      [['index', image], 'folder'],
      [['stats', '--folder', libraries.base, '--storage', image], 'EEXIST'],
      [['sample', libraries.folder('x'), '--images', 'many'], 'many'],
      [['sample', image], 'folder'],
      [['similar'], 'image'],
      [['index', '--no-such-option'], 'such'],
      [['frobnicate'], 'frobnicate'],
    ];
    for (const [args, word] of wrong) {
      const { code, out, err } = await run(...args);
      expect([args[0], code, `${err}${out}`]).toEqual([args[0], 1, expect.stringContaining(word)]);
      expect(err).not.toContain('    at ');
      // A wrong argument is nobody's defect.
      expect(err).not.toMatch(/^internal/);
    }
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = start('similar', libraries.folder('art', files[0] as string), ...library('art'));
    child.stdout?.destroy();
    const err = await text(child.stderr as NonNullable<ChildProcess['stderr']>);
    expect([child.exitCode ?? (await once(child, 'close'))[0], err]).toEqual([
      0,
      expect.not.stringContaining('EPIPE'),
    ]);
  });

  it('shows what is in names and never sends it to the terminal', async () => {
    const evil = 'evil\u001b[2J\u009b2J\u202e.png';
    await mkdir(libraries.folder('names'));
    await cp(libraries.folder('art', files[0] as string), libraries.folder('names', evil));
    const steers = ['\u001b', '\u009b', '\u202e'];
    expect((await run('index', ...library('names'))).code).toBe(0);
    for (const args of [
      ['similar', libraries.folder('names', evil), '--json'],
      ['similar', libraries.folder('names', evil)],
      ['similar', libraries.folder('names', `no${evil}`)],
      ['export', libraries.folder('none', evil)],
    ]) {
      const { out, err } = await run(...args, ...library('names'));
      const shown = `${out}${err}`;
      expect(shown).toContain('evil');
      expect([args, steers.filter((one) => shown.includes(one))]).toEqual([args, []]);
    }
    const json = await run(
      'similar',
      libraries.folder('names', evil),
      '--json',
      ...library('names'),
    );
    expect(JSON.parse(json.out).query.name).toBe(evil);
  });

  it('ends with 2 where some files failed, and names them', async () => {
    await cp(libraries.folder('art'), libraries.folder('failed'), { recursive: true });
    await writeFile(libraries.folder('failed', 'evil\u001b[2Jname.png'), 'no image');
    const { code, out } = await run('index', ...library('failed'));
    expect(code).toBe(2);
    expect(out).toContain('image-format');
    expect(out).not.toContain('\u001b');
  });

  it('says what it passed over and why, and ends with 3 where nothing is left', async () => {
    const folder = libraries.folder('passed');
    const image = libraries.folder('art', files[0] as string);
    await mkdir(join(folder, 'old'), { recursive: true });
    for (const name of ['a.heic', 'b.clip', 'old/c.png']) {
      await cp(image, join(folder, name));
    }
    await writeFile(join(folder, '.gitignore'), 'old/\n');
    await symlink(libraries.folder('art'), join(folder, 'linked'));
    const nothing = await run('index', ...library('passed'));
    expect([nothing.code, nothing.out]).toEqual([
      3,
      expect.stringContaining(
        'passed over: unsupported: 2 (1 heic, 1 clip) · ignored folders: 1 · outside: 1',
      ),
    ]);
    const followed = await run('index', ...library('passed'), '--follow-symlinks');
    expect([followed.code, followed.out]).toEqual([0, expect.stringContaining('14/14')]);
    expect(followed.out).not.toContain('outside');
    const { passedOver } = JSON.parse((await run('stats', '--json', ...library('passed'))).out);
    expect(passedOver).toMatchObject({ unsupported: { heic: 1, clip: 1 }, outside: 0 });
  });

  it('takes globs and the largest image from the command line', async () => {
    await cp(libraries.folder('art'), libraries.folder('chosen'), { recursive: true });
    const [first, second] = files as [string, string];
    const indexed = (...args: string[]) => run('index', ...library('chosen'), ...args);
    const included = await indexed('--include', first, '--include', second);
    expect([included.code, included.out]).toEqual([0, expect.stringContaining('idle 2/2')]);
    const excluded = await indexed('--exclude', first);
    expect([excluded.code, excluded.out]).toEqual([0, expect.stringContaining('idle 12/12')]);
    expect(excluded.out).toContain('ignored: 1');
    const image = libraries.folder('chosen', first);
    const small = await run('similar', image, ...library('chosen'), '--max-pixels', '100');
    expect([small.code, small.err]).toEqual([1, expect.stringContaining('--max-pixels')]);
    const wrong = await indexed('--max-pixels', 'many');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('max-pixels')]);
  });

  it('keeps what is finished when Ctrl-C ends it at any time', async () => {
    await cp(libraries.folder('art'), libraries.folder('stopped'), { recursive: true });
    let before: string[] = [];
    for (let round = 0; round < 3; round++) {
      const child = start('index', ...library('stopped'));
      let isOver = false;
      const closed = once(child, 'close').then(([code, signal]) => {
        isOver = true;
        return code ?? signal;
      });
      await until(() => isOver || libraries.imageIds('stopped').length > before.length);
      child.kill('SIGINT');
      const end = await closed;
      const after = libraries.imageIds('stopped');
      // A process that has finished no longer hears the signal while it ends, and dies of it.
      const isFinished = after.length === files.length;
      expect(isFinished ? [0, 130, 'SIGINT'] : [0, 130]).toContain(end);
      expect(after.slice(0, before.length)).toEqual(before);
      before = after;
    }
    expect((await run('index', ...library('stopped'))).code).toBe(0);
    expect(libraries.imageIds('stopped').slice(0, before.length)).toEqual(before);
  });

  it('follows changes until Ctrl-C', async () => {
    await cp(libraries.folder('art'), libraries.folder('followed'), { recursive: true });
    const child = start('watch', ...library('followed'));
    let out = '';
    child.stdout?.on('data', (data) => {
      out += String(data);
    });
    await until(() => out.includes('watching'));
    await rm(libraries.folder('followed', files[0] as string));
    await until(async () => {
      const { out: json } = await run('stats', '--json', ...library('followed'));
      return JSON.parse(json).files === 13;
    });
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(130);
  });
});
