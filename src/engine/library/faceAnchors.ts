import { type Box, iou } from '../../common/geometry.ts';
import type { Database, Row } from './database.ts';
import { toRelativeBox } from './decidedFaceTable.ts';

/** A face as it is described outside of the library: by its picture, and where it is in it. */
export interface FaceAnchor {
  /** Below the workspace folder, with `/`. */
  readonly relativePath: string;
  readonly contentHash: string;
  /** Relative to the size of the picture: 0…1. */
  readonly box: Box;
  readonly source: 'detected' | 'manual';
}

/** Boxes that overlap more than this are of one face, as in `ImageTable`. */
const sameFaceIou = 0.5;

/** Descriptions of faces that people decided on, by their stable ids. */
export class FaceAnchors {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** How each face is described at present: where a file shows it, or where one did at last. */
  describe(stableIds: readonly number[]): Map<number, FaceAnchor> {
    const rows = this.#database.all(
      `SELECT decided_face.*, EXISTS (SELECT 1 FROM file
         WHERE file.folder = decided_face.folder
         AND file.relative_path = decided_face.relative_path
         AND file.content_hash = decided_face.content_hash) AS is_current
       FROM decided_face WHERE stable_id IN (SELECT value FROM json_each(?))
       ORDER BY is_current, relative_path <> '', relative_path DESC, content_hash`,
      JSON.stringify(stableIds),
    );
    // The last of them wins: the first path at which it is now.
    return new Map(rows.map((row) => [Number(row['stable_id']), toAnchor(row)]));
  }

  /** The face of that description: by the content of its picture, or else by its path. */
  find(anchor: FaceAnchor): number | undefined {
    const { contentHash, relativePath } = anchor;
    const byContent =
      this.#nearest(anchor, 'image.content_hash = ?', contentHash) ??
      this.#nearestDecided(anchor, 'content_hash = ?', contentHash);
    // Of a picture that no file shows any more only the content is known.
    if (byContent !== undefined || relativePath === '') {
      return byContent;
    }
    return (
      this.#nearest(
        anchor,
        'image.content_hash IN (SELECT content_hash FROM file WHERE relative_path = ?)',
        relativePath,
      ) ?? this.#nearestDecided(anchor, 'relative_path = ?', relativePath)
    );
  }

  /**
   * Describes a face of a picture that is not in the library yet: when it comes, its face is this.
   *
   * @param folders ids of the workspace folders that the path may be below
   * @returns the stable id that it will have
   */
  add({ relativePath, contentHash, box, source }: FaceAnchor, folders: readonly string[]): number {
    // Faces have their stable ids from this sequence, which SQLite begins with the first face.
    this.#database.run(
      `INSERT INTO sqlite_sequence (name, seq) SELECT 'face', 0
       WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'face')`,
    );
    this.#database.run("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'face'");
    const stableId = this.#database.number("SELECT seq FROM sqlite_sequence WHERE name = 'face'");
    for (const folder of folders) {
      this.#database.run(
        `INSERT INTO decided_face
           (stable_id, content_hash, folder, relative_path, x, y, width, height, source)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        stableId,
        contentHash,
        folder,
        relativePath,
        box.x,
        box.y,
        box.width,
        box.height,
        source,
      );
    }
    return stableId;
  }

  #nearest({ box }: FaceAnchor, condition: string, value: string): number | undefined {
    const rows = this.#database.all(
      `SELECT face.*, image.width AS image_width, image.height AS image_height
       FROM image JOIN face ON face.image_id = image.id WHERE ${condition} ORDER BY face.id`,
      value,
    );
    return best(
      box,
      rows.map((row) => {
        const size = { width: Number(row['image_width']), height: Number(row['image_height']) };
        return { stableId: Number(row['stable_id']), box: toRelativeBox(toBox(row), size) };
      }),
    );
  }

  #nearestDecided({ box }: FaceAnchor, condition: string, value: string): number | undefined {
    const rows = this.#database.all(
      `SELECT * FROM decided_face WHERE ${condition} ORDER BY stable_id`,
      value,
    );
    return best(
      box,
      rows.map((row) => ({ stableId: Number(row['stable_id']), box: toBox(row) })),
    );
  }
}

function best(
  box: Box,
  faces: readonly { readonly stableId: number; readonly box: Box }[],
): number | undefined {
  const near = faces
    .map(({ stableId, box: other }) => ({ stableId, overlap: iou(box, other) }))
    .filter(({ overlap }) => overlap > sameFaceIou)
    .sort((a, b) => b.overlap - a.overlap || a.stableId - b.stableId);
  return near[0]?.stableId;
}

function toBox(row: Row): Box {
  return {
    x: Number(row['x']),
    y: Number(row['y']),
    width: Number(row['width']),
    height: Number(row['height']),
  };
}

function toAnchor(row: Row): FaceAnchor {
  return {
    relativePath: String(row['relative_path']),
    contentHash: String(row['content_hash']),
    box: toBox(row),
    source: row['source'] === 'manual' ? 'manual' : 'detected',
  };
}
