import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search } from '../../src/cli/commands.ts';
import { iou } from '../../src/common/geometry.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openBytes } from '../../src/engine/imaging/sharp.ts';
import { generateSample, type SampleImage } from '../../tools/sample/generateSample.ts';
import { claimingTiff, onePixelBitPng } from '../unit/imaging/hostileImages.ts';
import { foundPaths, indexAll, TestLibraries } from './support/library.ts';

let libraries: TestLibraries;
let portrait: SampleImage;

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const truth = await generateSample({
    folder: libraries.folder('art'),
    characters: 3,
    images: 16,
    seed: 5,
  });
  const found = truth.find(({ faces, file }) => faces.length === 1 && file.endsWith('.png'));
  if (found === undefined) {
    throw new Error('Expected the sample to hold a PNG portrait.');
  }
  portrait = found;
});
afterAll(() => libraries.delete());

const portraitPath = () => libraries.folder('art', portrait.file);

/** Codes by file name. */
function codes(engine: Engine): Record<string, string> {
  return Object.fromEntries(
    engine.library.failures().map(({ relativePath, code }) => [basename(relativePath), code]),
  );
}

describe('bad input', () => {
  it('yields one recorded failure for each file and goes on with the others', async () => {
    const at = (name: string) => libraries.folder('bad', name);
    await mkdir(libraries.folder('bad'));
    await cp(portraitPath(), at('good.png'));
    await writeFile(at('zero.png'), '');
    await writeFile(at('text.jpg'), 'no image at all');
    await cp(portraitPath(), at('cut.png'));
    await truncate(at('cut.png'), 3_000);
    await writeFile(at('bomb.png'), onePixelBitPng(30_000, 30_000));
    await writeFile(at('claim.tiff'), claimingTiff(60_000, 60_000));
    await writeFile(
      Buffer.concat([Buffer.from(at('x').slice(0, -1)), Buffer.from([0xff]), Buffer.from('.png')]),
      'x',
    );
    await libraries.withEngine('bad', async (engine) => {
      await indexAll(engine);
      expect(codes(engine)).toEqual({
        'zero.png': 'file-empty',
        'text.jpg': 'image-format',
        'cut.png': 'image-damaged',
        'bomb.png': 'image-too-large',
        'claim.tiff': 'image-too-large',
        '\ufffd.png': 'file-name',
      });
      for (const { message, remedy, path } of engine.library.failures()) {
        expect([path, message.length > 20, remedy.length > 10]).toEqual([path, true, true]);
      }
      expect((await engine.diagnostics.stats()).files).toBe(1);
      // A second run neither forgets nor repeats them.
      await indexAll(engine);
      expect(Object.keys(codes(engine))).toHaveLength(6);
    });
  });

  it('indexes odd names and formats, each once and rightly', async () => {
    const at = (name: string) => libraries.folder('odd', name);
    await mkdir(at('folder.png'), { recursive: true });
    const names = [
      'it\'s "odd".png',
      'two\nlines.png',
      '🎴 face.png',
      '<img src=x onerror=alert(1)>.png',
      '\u202egnp.exe.png',
      '$(touch x) `id` %s.png',
      '-rf.png',
      ' .png',
      'UPPER.PNG',
      'folder.png/inside.png',
    ];
    for (const [n, name] of names.entries()) {
      // Each has a content of its own, so that none is known as a copy of another.
      const bytes = await openBytes(await readFile(portraitPath()))
        .modulate({ brightness: 1 + n / 100 })
        .png()
        .toBuffer();
      await writeFile(at(name), bytes);
    }
    const wrongExtension = await openBytes(await readFile(portraitPath()))
      .webp()
      .toBuffer();
    await writeFile(at('really webp.jpg'), wrongExtension);
    await writeFile(at('one pixel.png'), onePixelBitPng(1, 1));
    await libraries.withEngine('odd', async (engine) => {
      await indexAll(engine);
      expect(engine.library.failures()).toEqual([]);
      expect((await engine.diagnostics.stats()).files).toBe(names.length + 2);
      const { results, copiesOfQuery } = await search(engine, at('🎴 face.png'), { limit: 50 });
      const found = [...results, ...copiesOfQuery].map(({ relativePath }) => relativePath);
      for (const name of [...names, 'really webp.jpg']) {
        expect(found).toContain(name);
      }
    });
  });

  it('finds the face at the right place under each EXIF orientation', async () => {
    await mkdir(libraries.folder('turned'));
    const upright = await readFile(portraitPath());
    const turns = { 1: 0, 3: 180, 6: 270, 8: 90 } as const;
    for (const [orientation, angle] of Object.entries(turns)) {
      const turned = await openBytes(upright).flatten().rotate(angle).png().toBuffer();
      const bytes = await openBytes(turned)
        .withMetadata({ orientation: Number(orientation) })
        .jpeg({ quality: 95 })
        .toBuffer();
      await writeFile(libraries.folder('turned', `${orientation}.jpg`), bytes);
    }
    const truth = portrait.faces[0]?.box;
    await libraries.withEngine('turned', async (engine) => {
      await indexAll(engine);
      const signal = new AbortController().signal;
      for (const orientation of Object.keys(turns)) {
        const path = libraries.folder('turned', `${orientation}.jpg`);
        const query = await engine.queries.open({ kind: 'path', path }, signal);
        expect([query.width, query.height]).toEqual([portrait.width, portrait.height]);
        const overlaps = query.faces.map(({ box }) => (truth === undefined ? 0 : iou(box, truth)));
        expect([orientation, Math.max(...overlaps) > 0.5]).toEqual([orientation, true]);
      }
    });
  });

  it('follows no link out of the folder, no loop, and no special file', async () => {
    const at = (name: string) => libraries.folder('links', name);
    await mkdir(at('deep'), { recursive: true });
    await cp(portraitPath(), at('deep/real.png'));
    await symlink('/etc', at('etc'));
    await symlink(libraries.folder('art'), at('art'));
    await symlink(portraitPath(), at('outside.png'));
    await symlink(at(''), at('deep/loop'));
    await symlink(at('self.png'), at('self.png'));
    await symlink(at('missing.png'), at('dangling.png'));
    await symlink(at('deep/real.png'), at('inside.png'));
    await symlink('/dev/zero', at('zero.png'));
    execFileSync('mkfifo', [at('pipe.png')]);
    await libraries.withEngine('links', async (engine) => {
      await indexAll(engine);
      expect(engine.library.failures()).toEqual([]);
      const { copiesOfQuery } = await search(engine, at('deep/real.png'), {});
      const shown = copiesOfQuery.map(({ relativePath }) => relativePath).sort();
      expect(shown).toEqual(['deep/real.png', 'inside.png']);
      expect((await engine.diagnostics.stats()).files).toBe(2);
    });
  });

  it('waits for no ignore file that is a pipe, and follows none that is a link', async () => {
    const at = (name: string) => libraries.folder('ignores', name);
    await mkdir(at('piped'), { recursive: true });
    await mkdir(at('linked'));
    await mkdir(at('endless'));
    await writeFile(libraries.folder('outside.gitignore'), '*.png');
    execFileSync('mkfifo', [at('piped/.gitignore')]);
    await symlink(libraries.folder('outside.gitignore'), at('linked/.gitignore'));
    await symlink('/dev/zero', at('endless/.gitignore'));
    const names = ['piped/a.png', 'linked/a.png', 'endless/a.png'];
    for (const name of names) {
      await cp(portraitPath(), at(name));
    }
    await libraries.withEngine('ignores', async (engine) => {
      await indexAll(engine);
      expect((await engine.diagnostics.stats()).files).toBe(names.length);
    });
  });

  it('bears files that vanish and change while they are read', async () => {
    await cp(libraries.folder('art'), libraries.folder('alive'), { recursive: true });
    const files = Array.from({ length: 12 }, (_, n) => libraries.folder('alive', `alive${n}.png`));
    await Promise.all(files.map((file) => cp(portraitPath(), file)));
    const sizes = () => files.filter((file) => statSync(file, { throwIfNoEntry: false }));
    await libraries.withEngine('alive', async (engine) => {
      engine.indexing.start({ force: false });
      let n = 0;
      const meddle = setInterval(() => {
        for (const file of sizes()) {
          n++;
          if (n % 3 === 0) {
            rmSync(file, { force: true });
          } else {
            // After the end of a PNG anything may follow.
            appendFileSync(file, String(n));
          }
        }
      }, 5);
      await engine.settled();
      clearInterval(meddle);
      expect(engine.indexing.progress.failure).toBeNull();
      for (const { code } of engine.library.failures()) {
        expect(code).toMatch(/^file-(changed|missing)$/);
      }
      // With the meddling over, the next run puts everything right.
      await Promise.all(files.map((file) => rm(file, { force: true })));
      await indexAll(engine);
      expect(engine.library.failures()).toEqual([]);
      expect((await engine.diagnostics.stats()).files).toBe(16);
    });
  });

  it('records a file that it may not read, and reads it once it may', async () => {
    await cp(libraries.folder('art'), libraries.folder('locked'), { recursive: true });
    const path = libraries.folder('locked', 'locked.png');
    await libraries.withEngine('locked', async (engine) => {
      await indexAll(engine);
      await writeFile(
        path,
        await openBytes(await readFile(portraitPath()))
          .negate()
          .png()
          .toBuffer(),
      );
      await chmod(path, 0o000);
      await asUnprivileged(() => indexAll(engine));
      expect(codes(engine)).toEqual({ 'locked.png': 'file-unreadable' });
      await chmod(path, 0o644);
      await indexAll(engine);
      expect(engine.library.failures()).toEqual([]);
      expect(await foundPaths(engine, portraitPath())).toContain('locked.png');
    });
  });
});

/** Permissions do not bind root, as whom tests run in containers: this does without it. */
async function asUnprivileged(work: () => Promise<void>): Promise<void> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || seteuid === undefined) {
    return work();
  }
  execFileSync('chmod', ['-R', 'a+rwX', libraries.base]);
  execFileSync('chmod', ['000', libraries.folder('locked', 'locked.png')]);
  seteuid(65_534);
  try {
    await work();
  } finally {
    seteuid(0);
  }
}
