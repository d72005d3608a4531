import { basename, dirname } from 'node:path';
import type { Character, CharacterFace } from '../../protocol/characterProtocol.ts';
import type {
  CharacterCard,
  CharacterCards,
  CharactersState,
  FaceCard,
  Head,
  ListCard,
} from '../../protocol/charactersViewProtocol.ts';
import type { Library } from '../library/library.ts';
import { relativeLabel, type ToWebviewUri, toLibraryState } from '../search/viewModel.ts';
import type { CharactersSession, Listed, ReadPage } from './charactersSession.ts';

/** Puts what library and session know into the form that the Characters view draws. */
export function toCharactersState(
  library: Library,
  session: CharactersSession,
  toUri: ToWebviewUri,
): CharactersState {
  const { overview } = session;
  return {
    ...toLibraryState(library),
    page: toOpenPage(session.page, toUri),
    filter: session.filter,
    hidden: session.hidden,
    counts: {
      characters: overview.total,
      named: overview.named,
      singles: overview.singles,
      hidden: overview.hidden,
      proposals: overview.proposals,
    },
    grouping: overview.grouping,
    undo: overview.undo,
    failure: session.failure,
  };
}

export function toCharacterCards(session: CharactersSession, toUri: ToWebviewUri): CharacterCards {
  const { items, ...list } = session.list;
  return { ...list, cards: items.map((item) => toListCard(item, toUri)) };
}

export function toListCard(item: Listed, toUri: ToWebviewUri): ListCard {
  return item.kind === 'character'
    ? toCharacterCard(item.character, toUri)
    : toFaceCard(item.face, toUri);
}

function toOpenPage(page: ReadPage, toUri: ToWebviewUri): CharactersState['page'] {
  switch (page.kind) {
    case 'character':
      return {
        kind: 'character',
        character: toCharacterCard(page.character, toUri),
        suggestions: page.suggestions.map((face) => toFaceCard(face, toUri)),
      };
    case 'proposals':
      return {
        kind: 'proposals',
        proposals: page.proposals.map(({ id, name, faces, matching, cover }) => ({
          id,
          name,
          faces,
          matching,
          head: cover === null ? null : toHead(cover, toUri),
        })),
      };
    default:
      return { kind: page.kind };
  }
}

function toCharacterCard(character: Character, toUri: ToWebviewUri): CharacterCard {
  const { id, name, aliases, hidden, faces, confirmed, cover } = character;
  const head = cover === null ? null : toHead(cover, toUri);
  return { kind: 'character', id, name, aliases, hidden, faces, confirmed, head };
}

function toFaceCard(face: CharacterFace, toUri: ToWebviewUri): FaceCard {
  const folder = dirname(relativeLabel(face.path));
  return {
    kind: 'face',
    id: face.faceId,
    name: basename(face.path),
    folder: folder === '.' ? '' : folder,
    confirmed: face.confirmed,
    head: toHead(face, toUri),
  };
}

function toHead({ thumbnail, width, height, box }: CharacterFace, toUri: ToWebviewUri): Head {
  return { thumbnail: thumbnail === null ? null : toUri(thumbnail), width, height, box };
}
