import * as l10n from '@vscode/l10n';
import type { CharacterDecision } from '../src/protocol/characterProtocol.ts';
import { count, faces, plural } from './strings.ts';

/** Every text of the Characters view, by what it says. English is the key of the translations. */
export const characterText = {
  title: () => l10n.t('Characters'),
  filter: () => l10n.t('Filter by name or file'),
  unnamed: () => l10n.t('No name yet'),
  faces,
  summary: (characters: number, named: number) =>
    l10n.t(
      '{0}, {1} with a name',
      plural(l10n.t('{0} character|{0} characters', count(characters)), characters),
      count(named),
    ),
  grouping: () => l10n.t('Sorting faces…'),
  singles: (value: number) =>
    plural(l10n.t('{0} single face|{0} single faces', count(value)), value),
  hidden: (value: number) =>
    plural(l10n.t('{0} hidden character|{0} hidden characters', count(value)), value),
  notHidden: () => l10n.t('Show the Others'),
  proposals: (value: number) =>
    plural(
      l10n.t(
        'Name {0} character from your file names|Name {0} characters from your file names',
        count(value),
      ),
      value,
    ),
  openPanel: () => l10n.t('Open at Full Size'),
  back: () => l10n.t('All Characters'),

  noneTitle: () => l10n.t('No characters yet'),
  noneText: () => l10n.t('Faces that look alike appear here once images have been indexed.'),
  noMatchTitle: () => l10n.t('No character matches'),
  noMatchText: () => l10n.t('Try a shorter part of the name or of a file name.'),
  noHidden: () => l10n.t('No character is hidden'),
  noFaces: () => l10n.t('None of its pictures is in this folder at the moment'),
  noSingles: () => l10n.t('No face is alone'),
  failed: () => l10n.t('The characters could not be read'),

  card: (name: string, value: number, position: string) =>
    l10n.t('{0}, {1}, {2}', name, faces(value), position),
  faceCard: (name: string, position: string) => l10n.t('{0}, {1}', name, position),
  confirmed: () => l10n.t('confirmed'),
  confirmedCount: (value: number) => l10n.t('{0} confirmed', count(value)),
  selected: (value: number) => l10n.t('{0} selected', count(value)),
  clearSelection: () => l10n.t('Clear Selection'),
  keys: () => l10n.t('Enter opens, Space selects, F2 names'),
  faceKeys: () => l10n.t('Enter opens the picture, Space selects'),

  name: () => l10n.t('Name'),
  nameOf: (name: string) => l10n.t('Name of {0}', name),
  rename: () => l10n.t('Name…'),
  nameFaces: () => l10n.t('Name These Faces'),
  merge: () => l10n.t('Merge'),
  hide: () => l10n.t('Hide'),
  show: () => l10n.t('Show Again'),
  undo: () => l10n.t('Undo'),
  undoOf: (decision: CharacterDecision) => l10n.t('Undo: {0}', decisionText(decision)),
  findSimilar: () => l10n.t('Find Similar'),
  split: () => l10n.t('Make Another Character'),
  notThis: (name: string | null) =>
    name === null ? l10n.t('Not This Character') : l10n.t('Not {0}', name),
  isThis: (name: string | null) =>
    name === null ? l10n.t('Yes, This Character') : l10n.t('Yes, {0}', name),
  cover: () => l10n.t('Use as Cover'),
  aliases: (names: readonly string[]) => l10n.t('Also {0}', names.join(', ')),

  exists: (name: string) => l10n.t('{0} is another character already', name),
  existsText: () => l10n.t('Are they the same? Then they become one.'),
  mergeWith: (name: string) => l10n.t('Merge with {0}', name),
  keepApart: () => l10n.t('Choose Another Name'),

  isIt: (name: string | null) =>
    name === null ? l10n.t('Is this the same character?') : l10n.t('Is this {0}?', name),
  yes: () => l10n.t('Yes (Y)'),
  no: () => l10n.t('No (N)'),
  skip: () => l10n.t('Skip'),
  suggestionsLeft: (value: number) => l10n.t('{0} to look at', count(value)),

  proposalsTitle: () => l10n.t('Names from your file names'),
  proposalsText: () =>
    l10n.t('Choose which to take over. Every name can be changed or undone afterwards.'),
  noProposals: () => l10n.t('No file name tells a character that has no name yet'),
  matching: (matching: number, value: number) =>
    l10n.t('{0} of {1} in files of that name', count(matching), faces(value)),
  accept: (value: number) =>
    plural(l10n.t('Take Over {0} Name|Take Over {0} Names', count(value)), value),
  all: () => l10n.t('All'),
  none: () => l10n.t('None'),
  propose: (name: string) => l10n.t('Take over {0}', name),
} as const;

/** What a decision did, as *Undo* names it. */
function decisionText({ kind, subject }: CharacterDecision): string {
  const texts: Readonly<Record<CharacterDecision['kind'], () => string>> = {
    name: () => l10n.t('name'),
    alias: () => l10n.t('other names'),
    merge: () => l10n.t('merge'),
    split: () => l10n.t('split'),
    confirm: () => l10n.t('yes'),
    reject: () => l10n.t('no'),
    hide: () => l10n.t('hide'),
    show: () => l10n.t('show'),
    cover: () => l10n.t('cover'),
    import: () => l10n.t('import'),
  };
  const what = texts[kind]();
  return subject === '' ? what : l10n.t('{0} ({1})', what, subject);
}
