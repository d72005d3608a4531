import { FamiliarError } from '../../common/failure.ts';
import { isBelow } from '../files/isBelow.ts';
import type { ThumbnailRestorer } from '../indexing/thumbnailRestorer.ts';
import type { LibraryEpoch } from '../library/libraryEpoch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import { CharacterDecisions, type Subject } from './characterDecisions.ts';
import { type CharacterDirectory, type Entry, nameOf, toSubject } from './characterDirectory.ts';
import { CharacterPresenter } from './characterPresenter.ts';
import { formatCharacters, parseCharacters } from './charactersFile.ts';
import { CharactersFileSync } from './charactersFileSync.ts';
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
import {
  type Collected,
  type Collecting,
  type CollectOptions,
  collectPictures,
} from './collectPictures.ts';
import { DirectoryReader } from './directoryReader.ts';
import { exportCharacters, type ImportResult, importCharacters } from './exchangeCharacters.ts';
import { GroupingLoop } from './groupingLoop.ts';
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
  readonly decode: Collecting['decode'];
  /** The file that decisions are shared by; null where there is none, or another process keeps it. */
  readonly file: () => string | null;
  readonly folders: () => readonly { readonly id: string }[];
  /** Probability that two faces of this cosine are the same character. */
  readonly probability: (cosine: number) => number;
  readonly log: (message: string) => void;
}

interface OfFaces {
  readonly id: number;
  readonly faceIds: readonly number[];
}

/** Who is in the library: lists characters, and takes what people decide about them. */
export class CharactersService {
  readonly #options: CharactersServiceOptions;
  readonly #decisions: CharacterDecisions;
  readonly #grouping: GroupingLoop;
  readonly #reader: DirectoryReader;
  readonly #presenter: CharacterPresenter;
  readonly #file: CharactersFileSync;
  #proposals: { readonly of: CharacterDirectory; readonly list: ProposedName[] } | undefined;

  constructor(options: CharactersServiceOptions) {
    const { store, log, isIndexing } = options;
    this.#options = options;
    this.#decisions = new CharacterDecisions(store);
    this.#reader = new DirectoryReader(options);
    this.#presenter = new CharacterPresenter(options);
    this.#file = new CharactersFileSync({
      path: options.file,
      state: () => store.characters.state,
      format: () => this.exportText(),
      take: (text) => this.importText(text),
      log,
    });
    this.#grouping = new GroupingLoop({
      store,
      clusters: () => this.#reader.clusters(),
      isIndexing,
      onDidChange: () => options.epoch.advance(),
      log,
    });
  }

  /** Groups what is new; resolves when all faces are grouped. */
  async grouped(): Promise<void> {
    await this.#grouping.catchUp();
    this.#reader.forget();
  }

  /** Brings the shared file in step, which otherwise happens every few seconds. */
  syncFile(): Promise<void> {
    return this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#grouping.close();
  }

  list({ filter, hidden, offset, limit }: ListQuery): CharacterList {
    const { store, epoch } = this.#options;
    this.#grouping.want();
    const directory = this.#reader.read();
    const all = directory.filter(filter, hidden);
    const [undo] = store.characters.decisions(1);
    return {
      characters: all
        .slice(offset, offset + limit)
        .map((entry) => this.#presenter.character(entry)),
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
    const entry = this.#reader.read().find(id);
    return entry === undefined ? null : this.#presenter.character(entry);
  }

  faces({ id, offset, limit }: Page & { readonly id: number | null }): {
    faces: ShownFace[];
    total: number;
  } {
    const directory = this.#reader.read();
    const all =
      id === null
        ? directory.singles.map((face) => ({ face, confirmed: false }))
        : this.#expect(id).faces.map(({ face, verdict }) => ({
            face,
            confirmed: verdict === 'confirmed',
          }));
    return { faces: this.#presenter.faces(all.slice(offset, offset + limit)), total: all.length };
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
    const parts = { store, index: revision(), directory: this.#reader.read(), probability };
    const faces = await suggestFaces(entry, parts, limit);
    return this.#presenter.faces(faces.map((face) => ({ face, confirmed: false })));
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
    const directory = this.#reader.read();
    return this.#proposed(directory).flatMap(({ id, name, matching, share }) => {
      const entry = directory.find(id);
      return entry === undefined
        ? []
        : [
            {
              id,
              name,
              faces: entry.faces.length,
              matching,
              share,
              cover: this.#presenter.cover(entry),
            },
          ];
    });
  }

  /** Names of the characters that faces are, by the faces' ids; of faces without a name nothing. */
  namesOf(faceIds: readonly number[]): Map<number, string> {
    const names = new Map<number, string>();
    if (this.#options.store.characters.list().every(({ name }) => name === null)) {
      return names;
    }
    const directory = this.#reader.read();
    for (const faceId of faceIds) {
      const face = directory.face(faceId);
      const owner = face && directory.ownerOf(face.stableId);
      const name = owner && nameOf(owner);
      if (name != null) {
        names.set(faceId, name);
      }
    }
    return names;
  }

  /**
   * Copies the pictures of a character, or its heads, into a folder.
   *
   * @throws FamiliarError `query-unknown`, `store-full`, `store-readonly`; AbortError.
   */
  collect(id: number, options: CollectOptions, signal: AbortSignal): Promise<Collected> {
    const entry = this.#expect(id);
    const found = this.#presenter.faces(
      entry.faces.map(({ face, verdict }) => ({ face, confirmed: verdict === 'confirmed' })),
    );
    // What an earlier run wrote into a folder of the library is not collected again.
    const faces = found.filter(({ path }) => !isBelow(path, options.folder));
    const name = nameOf(entry) ?? `character ${entry.id}`;
    return collectPictures({ ...options, name, faces, decode: this.#options.decode, signal });
  }

  /** Everything that people decided, as the text of a file that a team shares. */
  exportText(): string {
    return formatCharacters(exportCharacters(this.#options.store));
  }

  /**
   * Takes over what such a file says; nothing that was decided here is lost.
   *
   * @throws FamiliarError `argument` for a file of another kind.
   */
  importText(text: string): ImportResult {
    const { store, folders } = this.#options;
    const file = parseCharacters(text);
    return this.#change(() =>
      importCharacters(
        store,
        file,
        folders().map(({ id }) => id),
      ),
    );
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
    this.#reader.decided();
    this.#options.epoch.advance();
    this.#grouping.want(kind);
    return result;
  }

  #expect(id: number): Entry {
    const entry = this.#reader.read().find(id);
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
    const directory = this.#reader.read();
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
}
