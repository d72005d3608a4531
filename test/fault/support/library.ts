import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseName } from '../../../src/common/libraryFiles.ts';
import { writeTestModels } from '../../unit/models/testModels.ts';
import { type Answer, ask } from './answers.ts';
import { EngineProcess } from './engineProcess.ts';
import { writePictures } from './pictures.ts';
import { until } from './until.ts';

/** An indexed library that rounds copy, and what it answers. Its art is never written to. */
export interface Template {
  readonly art: string;
  readonly storage: string;
  readonly models: string;
  readonly files: readonly string[];
  /** For some of the files. */
  readonly answers: ReadonlyMap<string, Answer>;
}

export interface Templates {
  readonly models: string;
  /** Few faces: all searches are exact. */
  readonly small: Template;
  /** Some thousand faces: searches go through an Annoy forest. */
  readonly forest: Template;
}

const asked = 3;

export async function createTemplates(base: string, seed: number): Promise<Templates> {
  const models = await writeTestModels(join(base, 'models'));
  const create = async (name: string, count: number, redShare: number): Promise<Template> => {
    const art = join(base, name);
    const storage = join(base, `${name}-library`);
    const files = await writePictures(art, { count, seed, redShare });
    const engine = await EngineProcess.start({ folder: art, storage, models });
    await engine.index();
    const answers = new Map<string, Answer>();
    for (const file of files.slice(0, asked)) {
      answers.set(file, await ask(engine, art, file));
    }
    if (redShare > 0.5) {
      await until(async () => (await engine.request('stats', null)).indexBytes > 0);
    }
    await engine.stop();
    return { art, storage, models, files, answers };
  };
  return {
    models,
    small: await create('small', 20, 0.1),
    forest: await create('forest', 44, 0.9),
  };
}

/** `id hash` of every image of a library: one that is processed again gets another id. */
export function storedImages(storage: string): string[] {
  const database = new DatabaseSync(join(storage, databaseName), { readOnly: true });
  try {
    const [table] = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'image'").all();
    const rows =
      table === undefined
        ? []
        : database.prepare('SELECT id, content_hash FROM image ORDER BY id').all();
    return rows.map((row) => `${row['id']} ${row['content_hash']}`);
  } finally {
    database.close();
  }
}

export async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}
