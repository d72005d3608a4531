import { FamiliarError } from '../../common/failure.ts';
import { dot } from '../../common/vector.ts';
import type { ThumbnailRestorer } from '../indexing/thumbnailRestorer.ts';
import type { LibraryEpoch } from '../library/libraryEpoch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import { CharacterDecisions, type Subject } from './characterDecisions.ts';
import {
  CharacterDirectory,
  coverOf,
  type Entry,
  nameOf,
  toSubject,
} from './characterDirectory.ts';
import type {
  Character,
  CharacterList,
  ListQuery,
  NameProposal,
  NamingResult,
  Page,
  ShownFace,
  UndoableDecision,
} from './characterTypes.ts';
import { GroupingLoop } from './groupingLoop.ts';
import { type CharacterFace, type Clusters, LibraryClusters } from './libraryClusters.ts';
import { namesFromPaths, type ProposedName } from './namesFromPaths.ts';
import { suggestFaces } from './suggestFaces.ts';

export interface CharactersServiceOptions {
  readonly store: LibraryStore;
  readonly revision: () => RevisionIndex;
  readonly thumbnails: ThumbnailCache;
  /** Makes thumbnails again that somebody deleted. */
  readonly restorer: ThumbnailRestorer;
  /** Counts the changes of the library; to be advanced when something was decided. */
  readonly epoch: Pick<LibraryEpoch, 'value' | 'advance'>;
  readonly isIndexing: () => boolean;
  /** Probability that two faces of this cosine are the same character. */
  readonly probability: (cosine: number) => number;
  readonly log: (message: string) => void;
}

interface OfFaces {
  readonly id: number;
  readonly faceIds: readonly number[];
}

/** Faces of a character that an undecided face is compared with. */
const mostCompared = 50;

/** Who is in the library: lists characters, and takes what people decide about them. */
export class CharactersService {
  readonly #options: CharactersServiceOptions;
  readonly #decisions: CharacterDecisions;
  readonly #grouping: GroupingLoop;
  /** Groups and directory as they were read, with what they depend on. */
  #clusters: { readonly key: string; readonly clusters: Clusters } | undefined;
  #directory: { readonly key: string; readonly directory: CharacterDirectory } | undefined;
  #proposals: { readonly of: CharacterDirectory; readonly list: ProposedName[] } | undefined;
  /** Changes of the library that were decisions: they change no face. */
  #ownChanges = 0;

  constructor(options: CharactersServiceOptions) {
    const { store, log, isIndexing } = options;
    this.#options = options;
    this.#decisions = new CharacterDecisions(store);
    this.#grouping = new GroupingLoop({
      store,
      clusters: () => this.#libraryClusters(),
      isIndexing,
      onDidChange: () => options.epoch.advance(),
      log,
    });
  }

  /** Groups what is new; resolves when all faces are grouped. */
  async grouped(): Promise<void> {
    await this.#grouping.catchUp();
    this.#clusters = undefined;
    this.#directory = undefined;
  }

  close(): Promise<void> {
    return this.#grouping.close();
  }

  list({ filter, hidden, offset, limit }: ListQuery): CharacterList {
    const { store, epoch } = this.#options;
    this.#grouping.want();
    const directory = this.#read();
    const all = directory.filter(filter, hidden);
    const [undo] = store.characters.decisions(1);
    return {
      characters: all.slice(offset, offset + limit).map((entry) => this.#present(entry)),
      total: all.length,
      singles: directory.singles.length,
      hidden: directory.entries.filter(({ record }) => record?.hidden === true).length,
      named: all.filter((entry) => nameOf(entry) !== null).length,
      proposals: this.#proposed(directory).length,
      grouping: this.#grouping.isBehind,
      undo: undo === undefined ? null : { kind: undo.kind, subject: undo.subject },
      epoch: epoch.value,
    };
  }

  names(): { id: number; name: string }[] {
    return this.#options.store.characters
      .list()
      .flatMap(({ id, name }) => (name === null ? [] : [{ id, name }]))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  get({ id }: { readonly id: number }): Character | null {
    const entry = this.#read().find(id);
    return entry === undefined ? null : this.#present(entry);
  }

  faces({ id, offset, limit }: Page & { readonly id: number | null }): {
    faces: ShownFace[];
    total: number;
  } {
    const directory = this.#read();
    const all =
      id === null
        ? directory.singles.map((face) => ({ face, confirmed: false }))
        : this.#expect(id).faces.map(({ face, verdict }) => ({
            face,
            confirmed: verdict === 'confirmed',
          }));
    return { faces: this.#presentFaces(all.slice(offset, offset + limit)), total: all.length };
  }

  async suggestions({
    id,
    limit,
  }: {
    readonly id: number;
    readonly limit: number;
  }): Promise<ShownFace[]> {
    const { store, revision, probability } = this.#options;
    const entry = this.#expect(id);
    const parts = { store, index: revision(), directory: this.#read(), probability };
    const faces = await suggestFaces(entry, parts, limit);
    return this.#presentFaces(faces.map((face) => ({ face, confirmed: false })));
  }

  name({ id, name }: { readonly id: number; readonly name: string }): NamingResult {
    return this.#change(() => {
      const named = this.#decisions.name(this.#subject(id), name);
      if ('characterId' in named) {
        return { id: named.characterId, existing: null };
      }
      const { existing } = named;
      return { id, existing: { id: existing.id, name: existing.name ?? '' } };
    });
  }

  nameFaces({ faceIds, name }: { readonly faceIds: readonly number[]; readonly name: string }): {
    id: number;
  } {
    return this.#change(() => ({ id: this.#decisions.nameFaces(this.#stableIds(faceIds), name) }));
  }

  merge({ ids }: { readonly ids: readonly number[] }): { id: number } {
    return this.#change(() => {
      const entries = new Map(ids.map((id) => [this.#expect(id).id, this.#expect(id)]));
      return { id: this.#decisions.merge([...entries.values()].map(toSubject)) };
    });
  }

  split({ id, faceIds }: OfFaces): { id: number } {
    return this.#change(() => ({
      id: this.#decisions.split(this.#subject(id), this.#stableIds(faceIds)),
    }));
  }

  judge({ id, faceIds, same }: OfFaces & { readonly same: boolean }): { id: number } {
    return this.#change(() => {
      const faces = this.#stableIds(faceIds);
      const subject = this.#subject(id);
      return {
        id: same ? this.#decisions.confirm(subject, faces) : this.#decisions.reject(subject, faces),
      };
    });
  }

  hide({ ids, hidden }: { readonly ids: readonly number[]; readonly hidden: boolean }): void {
    this.#change(() =>
      this.#decisions.setHidden(
        ids.map((id) => this.#subject(id)),
        hidden,
      ),
    );
  }

  setCover({ id, faceId }: { readonly id: number; readonly faceId: number }): { id: number } {
    return this.#change(() => {
      const [stableId] = this.#stableIds([faceId]);
      return { id: this.#decisions.setCover(this.#subject(id), stableId ?? null) };
    });
  }

  undo(): UndoableDecision | null {
    return this.#change(() => {
      const undone = this.#options.store.characters.undo();
      return undone === undefined ? null : { kind: undone.kind, subject: undone.subject };
    }, 'undo');
  }

  proposals(): NameProposal[] {
    const directory = this.#read();
    return this.#proposed(directory).flatMap(({ id, name, matching, share }) => {
      const entry = directory.find(id);
      return entry === undefined
        ? []
        : [{ id, name, faces: entry.faces.length, matching, share, cover: this.#cover(entry) }];
    });
  }

  /** The character with that name or alias, however it is spelt. */
  withName(name: string): number | undefined {
    return this.#decisions.withName(name)?.id;
  }

  #proposed(directory: CharacterDirectory): readonly ProposedName[] {
    if (this.#proposals?.of !== directory) {
      const nameable = directory.entries
        .filter(({ record }) => record?.hidden !== true)
        .map((entry) => ({
          id: entry.id,
          name: nameOf(entry),
          paths: entry.faces.map(({ face }) => face.relativePath),
        }));
      this.#proposals = { of: directory, list: namesFromPaths(nameable) };
    }
    return this.#proposals.list;
  }

  #change<T>(work: () => T, kind: 'decision' | 'undo' = 'decision'): T {
    const result = work();
    this.#ownChanges++;
    this.#options.epoch.advance();
    this.#directory = undefined;
    this.#grouping.want(kind);
    return result;
  }

  #read(): CharacterDirectory {
    const { store, revision, epoch } = this.#options;
    const version = store.database.dataVersion();
    const faces = `${epoch.value - this.#ownChanges} ${version} ${revision().modelRevision}`;
    if (this.#clusters?.key !== faces) {
      this.#clusters = { key: faces, clusters: this.#libraryClusters().list() };
      this.#directory = undefined;
    }
    if (this.#directory?.key !== faces) {
      const { clusters } = this.#clusters;
      const directory = new CharacterDirectory({
        store,
        clusters,
        nearest: (face, characters) => this.#nearest(face, characters),
      });
      this.#directory = { key: faces, directory };
    }
    return this.#directory.directory;
  }

  #libraryClusters(): LibraryClusters {
    const { store, revision } = this.#options;
    const { modelRevision, dimensions } = revision();
    return new LibraryClusters({ store, modelRevision, dimension: dimensions.identity });
  }

  /** The character that has the face most like this one. */
  #nearest(
    face: CharacterFace,
    characters: readonly (readonly [id: number, faces: readonly CharacterFace[]])[],
  ): number {
    const { store, revision } = this.#options;
    const { identity } = revision().dimensions;
    const own = store.matches.identities([face.faceId], identity).get(face.faceId);
    const scores = characters.map(([id, faces]) => {
      const ids = faces.slice(0, mostCompared).map(({ faceId }) => faceId);
      const others = [...store.matches.identities(ids, identity).values()];
      return {
        id,
        score: own === undefined ? 0 : Math.max(-1, ...others.map((one) => dot(own, one))),
      };
    });
    scores.sort((a, b) => b.score - a.score || a.id - b.id);
    return (scores[0] as (typeof scores)[number]).id;
  }

  #expect(id: number): Entry {
    const entry = this.#read().find(id);
    if (entry === undefined) {
      throw new FamiliarError('query-unknown', `Expected a character but found none of id ${id}.`, {
        remedy: 'Look at the characters again: they have changed.',
      });
    }
    return entry;
  }

  #subject(id: number): Subject {
    return toSubject(this.#expect(id));
  }

  #stableIds(faceIds: readonly number[]): number[] {
    const directory = this.#read();
    return faceIds.map((faceId) => {
      const face = directory.face(faceId);
      if (face === undefined) {
        throw new FamiliarError('query-unknown', 'Expected a face that is still there.', {
          remedy: 'Look at the character again: the library has changed.',
        });
      }
      return face.stableId;
    });
  }

  #present(entry: Entry): Character {
    const { id, record, faces } = entry;
    return {
      id,
      name: nameOf(entry),
      aliases: [...(record?.aliases ?? [])],
      hidden: record?.hidden ?? false,
      faces: faces.length,
      confirmed: faces.filter(({ verdict }) => verdict === 'confirmed').length,
      cover: this.#cover(entry),
    };
  }

  #cover(entry: Entry): ShownFace | null {
    const cover = coverOf(entry);
    if (cover === undefined) {
      return null;
    }
    const confirmed = cover.verdict === 'confirmed';
    return this.#presentFaces([{ face: cover.face, confirmed }])[0] ?? null;
  }

  #presentFaces(
    faces: readonly { readonly face: CharacterFace; readonly confirmed: boolean }[],
  ): ShownFace[] {
    const { store } = this.#options;
    const contents = store.matches.contents(faces.map(({ face }) => face.imageId));
    return faces.flatMap(({ face, confirmed }) => {
      const image = contents.get(face.imageId);
      if (image === undefined) {
        return [];
      }
      const { stableId: _, ...shown } = face;
      const { contentHash, width, height } = image;
      const thumbnail = this.#thumbnail(contentHash, face.path);
      return [{ ...shown, width, height, confirmed, thumbnail }];
    });
  }

  /** Null where somebody deleted it; it is made again meanwhile. */
  #thumbnail(contentHash: string, path: string): string | null {
    const { thumbnails, restorer, store } = this.#options;
    const found = thumbnails.find(contentHash);
    if (found === undefined && !store.readOnly) {
      restorer.restore(contentHash, [path]);
    }
    return found ?? null;
  }
}
