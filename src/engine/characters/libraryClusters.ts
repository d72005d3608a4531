import { setImmediate } from 'node:timers/promises';
import type { Box } from '../../common/geometry.ts';
import type { ClusterableFace, ClusteredFace, ClusterMember } from '../library/clusterTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { saveNearness } from '../library/nearness.ts';
import { type FaceDecisions, type FacesToGroup, groupFaces, noDecisions } from './groupFaces.ts';
import { groupInWorker } from './groupInWorker.ts';
import { matchClusters } from './matchClusters.ts';

/** A face in the lists of characters. */
export interface CharacterFace {
  readonly faceId: number;
  /** The face as a person knows it: the same after a save, a rename or new models. */
  readonly stableId: number;
  readonly imageId: number;
  readonly path: string;
  readonly relativePath: string;
  /** Pixels of the upright image. */
  readonly box: Box;
  /** How sure its place is, 0…1. */
  readonly score: number;
}

/** Faces that look like one character. */
export interface Cluster {
  /** Kept while the library grows, as far as clusters go on at all. */
  readonly id: number;
  /** At least two, most typical first. */
  readonly faces: readonly CharacterFace[];
}

export interface Clusters {
  /** Largest first. */
  readonly clusters: readonly Cluster[];
  /** Faces that look like no other. */
  readonly singles: readonly CharacterFace[];
}

export interface LibraryClustersOptions {
  readonly store: LibraryStore;
  readonly modelRevision: string;
  /** Numbers of an identity vector. */
  readonly dimension: number;
}

/** Up to so many faces starting a thread takes longer than grouping them here: a few milliseconds. */
const groupedHere = 100;

/** The clusters of one model revision's faces, kept in the library. */
export class LibraryClusters {
  readonly #store: LibraryStore;
  readonly #modelRevision: string;
  readonly #dimension: number;

  constructor({ store, modelRevision, dimension }: LibraryClustersOptions) {
    this.#store = store;
    this.#modelRevision = modelRevision;
    this.#dimension = dimension;
  }

  /** Whether the library has faces that no clustering has seen. */
  get isStale(): boolean {
    return this.#store.clusters.countNew(this.#modelRevision) > 0;
  }

  /**
   * Clusters all faces anew under what people decided. Ids of clusters are kept where they overlap
   * earlier ones. The lists change at once, when all is done.
   *
   * @throws FamiliarError `store-*`; AbortError.
   */
  async cluster(signal: AbortSignal, decisions: FaceDecisions = noDecisions): Promise<void> {
    const faces = this.#toGroup(await this.#readFaces(signal));
    const grouped =
      faces.stableIds.length <= groupedHere
        ? await groupFaces(faces, decisions, undefined, signal)
        : await groupInWorker({ faces, decisions }, signal);
    this.#store.database.transaction(() => {
      this.#store.clusters.purge();
      if (grouped.nearness !== null) {
        saveNearness(this.#store.meta, this.#modelRevision, grouped.nearness);
      }
      const before = new Map(
        this.#store.clusters.members().map(({ stableId, clusterId }) => [stableId, clusterId]),
      );
      const several = grouped.clusters.filter(({ length }) => length > 1);
      const ids = matchClusters(
        several,
        (face) => before.get(face),
        () => this.#store.clusters.createId(),
      );
      const idOf = new Map(several.map((members, place) => [members, ids[place] as number]));
      this.#store.clusters.save(
        grouped.clusters.flatMap((members) =>
          members.map((stableId): ClusterMember => {
            const score = grouped.scores.get(stableId) as number;
            return { stableId, clusterId: idOf.get(members) ?? null, score };
          }),
        ),
      );
    });
  }

  /** The cluster of a face by its stable id; null where it is alone or not clustered yet. */
  clusterOf(stableId: number): number | null {
    return this.#store.clusters.clusterOf(stableId) ?? null;
  }

  /** One cluster; undefined where its faces are gone. */
  find(id: number): Cluster | undefined {
    const faces = this.#store.clusters.list(this.#modelRevision, id).map(present);
    return faces.length === 0 ? undefined : { id, faces };
  }

  /** All clusters with the faces that files show. */
  list(): Clusters {
    const byId = new Map<number, CharacterFace[]>();
    const singles: CharacterFace[] = [];
    for (const face of this.#store.clusters.list(this.#modelRevision)) {
      if (face.clusterId === null) {
        singles.push(present(face));
        continue;
      }
      const known = byId.get(face.clusterId);
      if (known === undefined) {
        byId.set(face.clusterId, [present(face)]);
      } else {
        known.push(present(face));
      }
    }
    const clusters: Cluster[] = [];
    for (const [id, faces] of byId) {
      // The others of a cluster may be in pictures that no file shows at the moment.
      if (faces.length > 1) {
        clusters.push({ id, faces });
      } else {
        singles.push(...faces);
      }
    }
    clusters.sort((a, b) => b.faces.length - a.faces.length || a.id - b.id);
    return { clusters, singles };
  }

  /** Reads page by page: searches have their turn in between. */
  async #readFaces(signal: AbortSignal): Promise<ClusterableFace[]> {
    const faces: ClusterableFace[] = [];
    for (const page of this.#store.clusters.faces(this.#modelRevision, this.#dimension)) {
      faces.push(...page);
      await setImmediate(undefined, { signal });
    }
    return faces;
  }

  #toGroup(faces: readonly ClusterableFace[]): FacesToGroup {
    const dimension = this.#dimension;
    const values = new Float32Array(faces.length * dimension);
    for (const [row, { identity }] of faces.entries()) {
      values.set(identity, row * dimension);
    }
    return {
      stableIds: faces.map(({ stableId }) => stableId),
      imageIds: faces.map(({ imageId }) => imageId),
      identities: { dimension, values },
    };
  }
}

function present({ clusterId: _, ...face }: ClusteredFace): CharacterFace {
  return face;
}
