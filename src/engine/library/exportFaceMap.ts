import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { FamiliarError } from '../../common/failure.ts';
import type { Folder } from '../../common/settings.ts';
import type { LibraryStore } from './libraryStore.ts';

export const exportFormats = ['csv', 'json', 'coco'] as const;

export interface FaceMapTarget {
  readonly format: (typeof exportFormats)[number];
  /** The file to write. */
  readonly path: string;
}

/** How much was written. */
export interface FaceMapCounts {
  readonly images: number;
  readonly faces: number;
}

/** One head and the original image it was found in. */
interface FaceMapRow {
  readonly path: string;
  /** Below its workspace folder, and after that folder's name where there are several. */
  readonly shownPath: string;
  readonly imageId: number;
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly contentHash: string;
  /** Null for an image without faces. */
  readonly face: {
    readonly id: number;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly score: number;
    readonly source: string;
  } | null;
}

const pageSize = 1_000;

/** The library's files with their faces, in order of file and face. */
function* faceMap(
  { store, modelRevision }: FaceMapSource,
  shownPath: (folder: string, relativePath: string) => string,
): Generator<FaceMapRow> {
  let afterFile = 0;
  for (;;) {
    const files = store.database.all(
      `SELECT file.id AS file_id, file.folder, file.path, file.relative_path, image.* FROM file
       JOIN image USING (content_hash)
       WHERE image.model_revision = ? AND file.id > ? ORDER BY file.id LIMIT ?`,
      modelRevision,
      afterFile,
      pageSize,
    );
    for (const row of files) {
      const image = {
        path: String(row['path']),
        shownPath: shownPath(String(row['folder']), String(row['relative_path'])),
        imageId: Number(row['id']),
        imageWidth: Number(row['width']),
        imageHeight: Number(row['height']),
        contentHash: String(row['content_hash']),
      };
      const faces = store.images.faces(image.imageId);
      if (faces.length === 0) {
        yield { ...image, face: null };
      }
      for (const { id, box, score, source } of faces) {
        yield { ...image, face: { id, ...box, score, source } };
      }
      afterFile = Number(row['file_id']);
    }
    if (files.length < pageSize) {
      return;
    }
  }
}

/**
 * A field of RFC 4180: quoted, quotes doubled. Spreadsheets must not run a name as a formula, not
 * even where they separate fields by semicolons or tabs: so whatever is unusual is quoted.
 */
function csvField(value: string | number): string {
  const text = String(value);
  const isFormula = typeof value === 'string' && /^[=+\-@\t\r\n＝＋－＠]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /^[\w./ -]*$/.test(safe) ? safe : `"${safe.replaceAll('"', '""')}"`;
}

const csvColumns = 'path,image_width,image_height,face_id,x,y,width,height,score,source\r\n';

function* toCsv(rows: Iterable<FaceMapRow>): Generator<string> {
  yield csvColumns;
  for (const { shownPath, imageWidth, imageHeight, face } of rows) {
    if (face !== null) {
      const { id, x, y, width, height, score, source } = face;
      const numbers = [x, y, width, height].map((value) => value.toFixed(1));
      const fields = [shownPath, imageWidth, imageHeight, id, ...numbers];
      yield `${[...fields, score.toFixed(4), source].map(csvField).join(',')}\r\n`;
    }
  }
}

function* toJson(rows: Iterable<FaceMapRow>): Generator<string> {
  yield '[';
  let separator = '\n';
  for (const image of groupByPath(rows)) {
    yield separator + JSON.stringify(image);
    separator = ',\n';
  }
  yield '\n]\n';
}

function* groupByPath(rows: Iterable<FaceMapRow>) {
  let current: { path: string; width: number; height: number; faces: object[] } | undefined;
  let currentPath: string | undefined;
  for (const { path, shownPath, imageWidth, imageHeight, face } of rows) {
    if (current === undefined || currentPath !== path) {
      if (current !== undefined) {
        yield current;
      }
      currentPath = path;
      current = { path: shownPath, width: imageWidth, height: imageHeight, faces: [] };
    }
    if (face !== null) {
      current.faces.push(face);
    }
  }
  if (current !== undefined) {
    yield current;
  }
}

/** COCO object detection format (cocodataset.org/#format-data), one category: face. */
function* toCoco(rows: () => Iterable<FaceMapRow>): Generator<string> {
  const categories = JSON.stringify([{ id: 1, name: 'face', supercategory: 'person' }]);
  yield `{"info":{"description":"Familiar Faces face map"},"categories":${categories},"images":[`;
  let separator = '\n';
  const ids = new Map<string, number>();
  for (const { path, shownPath, imageWidth, imageHeight } of rows()) {
    if (!ids.has(path)) {
      ids.set(path, ids.size + 1);
      const image = {
        id: ids.size,
        file_name: shownPath,
        width: imageWidth,
        height: imageHeight,
      };
      yield separator + JSON.stringify(image);
      separator = ',\n';
    }
  }
  yield '\n],"annotations":[';
  separator = '\n';
  let id = 0;
  for (const { path, face } of rows()) {
    const imageId = ids.get(path);
    // A file that was indexed since the first pass is part of the next export.
    if (face !== null && imageId !== undefined) {
      const { x, y, width, height, score } = face;
      const bbox = [x, y, width, height];
      const shape = { bbox, area: width * height, iscrowd: 0, score };
      yield separator + JSON.stringify({ id: ++id, image_id: imageId, category_id: 1, ...shape });
      separator = ',\n';
    }
  }
  yield '\n]}\n';
}

export interface FaceMapSource {
  readonly store: LibraryStore;
  readonly modelRevision: string;
  readonly folders: readonly Folder[];
}

/**
 * Writes the map from heads to original images: CSV (one row a face), JSON (one entry a file)
 * or COCO. Paths are relative to the workspace folder, whose name goes before them where there
 * are several. The file appears whole or not at all.
 *
 * @throws FamiliarError `argument` where `path` cannot be written; AbortError.
 */
export async function exportFaceMap(
  source: FaceMapSource,
  { format, path }: FaceMapTarget,
  signal: AbortSignal,
): Promise<FaceMapCounts> {
  try {
    return await writeFaceMap(source, { format, path }, signal);
  } catch (cause) {
    const { syscall, code } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) {
      throw cause;
    }
    throw new FamiliarError('argument', `Expected to write ${path} but received ${code}.`, {
      remedy: 'Name a file in a folder that exists, that you may write, and that has room.',
      cause,
    });
  }
}

async function writeFaceMap(
  source: FaceMapSource,
  { format, path }: FaceMapTarget,
  signal: AbortSignal,
): Promise<FaceMapCounts> {
  const names = new Map(source.folders.map(({ id, name }) => [id, name]));
  const shownPath = (folder: string, relativePath: string) =>
    names.size > 1 ? `${names.get(folder) ?? folder}/${relativePath}` : relativePath;
  const files = new Set<string>();
  let faces = 0;
  const rows = function* () {
    faces = 0;
    for (const row of faceMap(source, shownPath)) {
      files.add(row.path);
      faces += row.face === null ? 0 : 1;
      yield row;
    }
  };
  const text = { csv: () => toCsv(rows()), json: () => toJson(rows()), coco: () => toCoco(rows) };
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'w');
  try {
    for (const chunk of joined(text[format]())) {
      signal.throwIfAborted();
      await file.write(chunk);
    }
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  return { images: files.size, faces };
}

/** Chunks of some 64 KiB: one write for many rows. */
function* joined(parts: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length >= 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}
