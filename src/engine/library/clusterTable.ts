import type { Box } from '../../common/geometry.ts';
import type { Database, Row } from './database.ts';
import { isShown, ofRevision } from './imageConditions.ts';
import { fromBlob } from './vectorBlob.ts';

/** A face as the clustering sees it. */
export interface ClusterableFace {
  readonly stableId: number;
  readonly imageId: number;
  /** Unit identity vector. */
  readonly identity: Float32Array;
}

/** Which cluster a face is in. */
export interface ClusterMember {
  readonly stableId: number;
  /** Null for a face that is alone. */
  readonly clusterId: number | null;
  /** How sure it is that the face belongs there, 0…1; 1 for a face that is alone. */
  readonly score: number;
}

/** A clustered face with what is needed to show it. */
export interface ClusteredFace extends ClusterMember {
  readonly faceId: number;
  readonly imageId: number;
  readonly path: string;
  readonly relativePath: string;
  /** Pixels of the upright image. */
  readonly box: Box;
}

/** Rows read at a time: a statement left open would hold back the write-ahead log. */
const pageSize = 2_048;

/**
 * Which faces look like one character, by their stable ids. All of it is computed and can be
 * deleted at any time; what people decided lives elsewhere.
 */
export class ClusterTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All faces of a revision that files show, in pages, each face once. */
  *faces(modelRevision: string, dimension: number): Generator<readonly ClusterableFace[]> {
    for (let last = 0; ; ) {
      const rows = this.#database.tuples(
        `SELECT face.id, face.stable_id, face.image_id, face.identity FROM face
         CROSS JOIN image ON image.id = face.image_id
         WHERE face.id > ? AND ${ofRevision} AND ${isShown} ORDER BY face.id LIMIT ?`,
        last,
        modelRevision,
        pageSize,
      );
      if (rows.length === 0) {
        return;
      }
      yield rows.map(([, stableId, imageId, identity]) => ({
        stableId: Number(stableId),
        imageId: Number(imageId),
        identity: fromBlob(identity, dimension),
      }));
      last = Number(rows.at(-1)?.[0]);
    }
  }

  /** How many shown faces of the revision no clustering has seen. */
  countNew(modelRevision: string): number {
    return this.#database.number(
      `SELECT count(*) FROM face CROSS JOIN image ON image.id = face.image_id
       WHERE NOT EXISTS (SELECT 1 FROM cluster_face WHERE cluster_face.stable_id = face.stable_id)
       AND ${ofRevision} AND ${isShown}`,
      modelRevision,
    );
  }

  /** Every face that was clustered, also of pictures that no file shows at the moment. */
  members(): ClusterMember[] {
    return this.#database
      .tuples('SELECT stable_id, cluster_id, score FROM cluster_face')
      .map(([stableId, clusterId, score]) => ({
        stableId: Number(stableId),
        clusterId: clusterId === null ? null : Number(clusterId),
        score: Number(score),
      }));
  }

  /** The cluster of a face; null where it is alone, undefined where it was not clustered yet. */
  clusterOf(stableId: number): number | null | undefined {
    const row = this.#database.get(
      'SELECT cluster_id FROM cluster_face WHERE stable_id = ?',
      stableId,
    );
    if (row === undefined) {
      return undefined;
    }
    return row['cluster_id'] === null ? null : Number(row['cluster_id']);
  }

  /** An id that no cluster had before. */
  createId(): number {
    return this.#database.run('INSERT INTO cluster DEFAULT VALUES').lastId;
  }

  /** Writes members in the place of what was known of the same faces. */
  save(members: Iterable<ClusterMember>): void {
    this.#database.transaction(() => {
      for (const { stableId, clusterId, score } of members) {
        this.#database.run(
          'INSERT OR REPLACE INTO cluster_face VALUES (?, ?, ?)',
          stableId,
          clusterId,
          score,
        );
      }
    });
  }

  /** Forgets faces that no picture has any more, shown or not, and clusters without faces. */
  purge(): void {
    this.#database.transaction(() => {
      this.#database.run(
        `DELETE FROM cluster_face
         WHERE NOT EXISTS (SELECT 1 FROM face WHERE face.stable_id = cluster_face.stable_id)`,
      );
      this.#database.run(
        `DELETE FROM cluster WHERE NOT EXISTS
         (SELECT 1 FROM cluster_face WHERE cluster_face.cluster_id = cluster.id)`,
      );
    });
  }

  /**
   * The clustered faces of a revision that files show, one of them for each stable id, with the
   * first of their files. Of one cluster where it is given, of all of them and the single faces
   * otherwise.
   */
  list(modelRevision: string, clusterId?: number): ClusteredFace[] {
    const rows = this.#database.all(
      `SELECT cluster_face.*, face.id AS face_id, face.image_id, file.path, file.relative_path,
         face.x, face.y, face.width, face.height
       FROM cluster_face
       CROSS JOIN face ON face.stable_id = cluster_face.stable_id
       CROSS JOIN image ON image.id = face.image_id
       CROSS JOIN file ON file.content_hash = image.content_hash
       WHERE +image.model_revision = ? AND (? IS NULL OR cluster_face.cluster_id = ?)
       ORDER BY cluster_face.score DESC, cluster_face.stable_id, file.path`,
      modelRevision,
      clusterId ?? null,
      clusterId ?? null,
    );
    const seen = new Set<number>();
    return rows.map(toClusteredFace).filter(({ stableId }) => {
      const isFirst = !seen.has(stableId);
      seen.add(stableId);
      return isFirst;
    });
  }
}

function toClusteredFace(row: Row): ClusteredFace {
  return {
    stableId: Number(row['stable_id']),
    clusterId: row['cluster_id'] === null ? null : Number(row['cluster_id']),
    score: Number(row['score']),
    faceId: Number(row['face_id']),
    imageId: Number(row['image_id']),
    path: String(row['path']),
    relativePath: String(row['relative_path']),
    box: {
      x: Number(row['x']),
      y: Number(row['y']),
      width: Number(row['width']),
      height: Number(row['height']),
    },
  };
}
