import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FamiliarError } from '../../../src/common/failure.ts';
import { databaseName } from '../../../src/common/libraryFiles.ts';
import type { Random } from '../../../tools/sample/random.ts';
import { ask, assertSameAnswer } from './answers.ts';
import { type EngineOptions, EngineProcess } from './engineProcess.ts';
import { copyFolder, storedImages, type Template, type Templates } from './library.ts';

/** Thrown by a fault that this machine does not allow, such as a mount without the right to. */
export class NotPossibleHere extends Error {}

/** What engines say when they set a damaged library aside. */
export const builtAnew = /was damaged and is built anew/;

/** One round: a library of its own, one fault, and what must hold afterwards. */
export class Round {
  readonly random: Random;
  readonly templates: Templates;
  /** The art of the template itself; `useOwnArt` makes a copy that may be changed. */
  folder: string;
  readonly storage: string;
  readonly base: string;
  template: Template;
  readonly #mounts: string[] = [];
  readonly #engines: EngineProcess[] = [];

  constructor(base: string, random: Random, templates: Templates) {
    this.base = base;
    this.random = random;
    this.templates = templates;
    this.template = templates.small;
    this.folder = templates.small.art;
    this.storage = join(base, 'library');
  }

  get databasePath(): string {
    return join(this.storage, databaseName);
  }

  /** Begins with an indexed library instead of an empty one. */
  async useIndexed(template: Template): Promise<void> {
    this.template = template;
    this.folder = template.art;
    await copyFolder(template.storage, this.storage);
  }

  /** Pictures of its own, which nobody has indexed yet. */
  async useOwnArt(): Promise<void> {
    this.folder = join(this.base, 'art');
    await copyFolder(this.template.art, this.folder);
  }

  async start(options: Partial<EngineOptions> = {}): Promise<EngineProcess> {
    const { folder, storage, templates } = this;
    const engine = await EngineProcess.start({
      folder,
      storage,
      models: templates.models,
      ...options,
    });
    this.#engines.push(engine);
    return engine;
  }

  pause(leastMs: number, mostMs: number): Promise<void> {
    return delay(this.random.between(leastMs, mostMs));
  }

  /** A file system of its own at `folder`, gone again after the round. */
  async mount(folder: string, ...options: string[]): Promise<void> {
    await mkdir(folder, { recursive: true });
    const { status } = spawnSync('mount', [...options, folder], { stdio: 'ignore' });
    if (status !== 0) {
      throw new NotPossibleHere('mounting is not allowed');
    }
    this.#mounts.push(folder);
  }

  unmount(folder: string): void {
    execFileSync('umount', [folder]);
    this.#mounts.splice(this.#mounts.indexOf(folder), 1);
  }

  /** Ids and contents of finished images, as they lie on disk. */
  finished(): string[] {
    return existsSync(this.databasePath) ? storedImages(this.storage) : [];
  }

  /** Every answer is the one from before the fault. */
  async assertAnswers(engine: EngineProcess, missing?: ReadonlySet<string>): Promise<void> {
    for (const [file, expected] of this.template.answers) {
      if (!missing?.has(file)) {
        const actual = await ask(engine, this.folder, file);
        assertSameAnswer(file, actual, expected, missing);
      }
    }
  }

  /** Every answer is right, or an error that says why there is none. @returns its code. */
  async assertAnswersOrReason(engine: EngineProcess): Promise<string> {
    try {
      await this.assertAnswers(engine);
      return 'right';
    } catch (error) {
      if (error instanceof FamiliarError && error.code !== 'internal') {
        assert.ok(error.remedy.length > 10, `no remedy: ${error.message}`);
        return error.code;
      }
      throw error;
    }
  }

  /**
   * After the fault is over: an engine starts, finishes what is left, keeps what was finished,
   * does none of it twice, and answers rightly.
   *
   * @param before finished images that must still be there, unchanged
   * @param rebuilds how often the library may have been set aside and built anew
   */
  async assertWhole(before: readonly string[], { rebuilds = 0 } = {}): Promise<void> {
    const engine = await this.start({ autoStart: true });
    const { failure } = await engine.idle();
    assert.equal(failure, null, `indexing failed: ${failure?.message}`);
    const failures = await engine.request('failures', null);
    assert.deepEqual(failures, [], 'failed files');
    const told = engine.logs.filter((message) => builtAnew.test(message)).length;
    assert.ok(told <= rebuilds, `${told} messages of a library built anew`);
    const stats = await engine.request('stats', null);
    assert.equal(stats.files, this.template.files.length, 'indexed files');
    await this.assertAnswers(engine);
    const doctor = await engine.request('doctor', null);
    // The small file systems of some rounds have less room than people are warned of.
    const ill = doctor.checks.filter(({ failure, part }) => failure !== null && part !== 'disk');
    assert.deepEqual(ill, [], 'doctor');
    assert.deepEqual(await engine.stop(), { code: 0, signal: null });
    this.assertFinishedOnce(before);
  }

  assertFinishedOnce(before: readonly string[]): void {
    const after = this.finished();
    const contents = after.map((row) => row.split(' ')[1]);
    assert.equal(new Set(contents).size, contents.length, 'contents indexed twice');
    assert.deepEqual(
      before.filter((row) => !after.includes(row)),
      [],
      'finished images that were lost or processed again',
    );
  }

  /** What engines said, for the report of a round that failed. */
  describe(): string {
    return this.#engines
      .flatMap((engine, n) => [`engine ${n + 1}:`, ...engine.logs, engine.output])
      .filter((line) => line !== '')
      .join('\n    ');
  }

  async end(): Promise<void> {
    for (const engine of this.#engines) {
      if (!engine.hasExited) {
        await engine.killed();
      }
    }
    for (const folder of this.#mounts) {
      spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' });
    }
    await rm(this.base, { recursive: true, force: true });
  }
}

export interface Fault {
  readonly name: string;
  readonly run: (round: Round) => Promise<void>;
}
