import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { FailedFile, PassedOver, Stats } from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import { inShort, inTheirLanguage } from '../l10n/failureTexts.ts';
import { formatBytes, formatCount, formatPace, formatRate, plural } from '../l10n/formats.ts';
import { describeRefusal, providerName } from '../l10n/providerTexts.ts';
import type { Library } from './library.ts';

/** An item of the tree. `children` is asked for when the item is opened. */
export interface LibraryItem {
  readonly id: string;
  readonly label: string;
  readonly icon: string;
  readonly description?: string;
  readonly tooltip?: string | vscode.MarkdownString;
  readonly contextValue?: string;
  readonly command?: vscode.Command;
  readonly failedFile?: FailedFile;
  readonly children?: () => Promise<LibraryItem[]> | LibraryItem[];
}

/** An item of a file that could not be indexed, as commands of its menu get it. */
export interface FailureItem {
  readonly failedFile: FailedFile;
}

/** What the engine does, and what it waits for. */
export function statusItems({ state, waiting, progress, engine }: Library): LibraryItem[] {
  if (state === 'lost') {
    return [lostItem(engine.failure)];
  }
  if (waiting !== null) {
    return [
      {
        id: 'status',
        label: vscode.l10n.t('Not indexed yet'),
        icon: 'question',
        description:
          waiting.reason === 'large' ? describeWaiting(waiting) : vscode.l10n.t('Restricted Mode'),
        contextValue: 'waiting',
      },
    ];
  }
  const count = vscode.l10n.t(
    '{0} of {1}',
    formatCount(progress.done),
    formatCount(progress.total),
  );
  const status = (label: string, icon: string, description = ''): LibraryItem[] => [
    { id: 'status', label, icon, description, contextValue: progress.phase },
  ];
  switch (progress.phase) {
    case 'starting':
      return status(vscode.l10n.t('Starting'), 'loading~spin');
    case 'scanning':
      return status(vscode.l10n.t('Looking for images'), 'sync~spin');
    case 'indexing': {
      const pace = formatPace(progress);
      const details = pace === '' ? count : `${count} · ${pace}`;
      return status(vscode.l10n.t('Indexing'), 'sync~spin', details);
    }
    case 'paused':
      return status(vscode.l10n.t('Paused'), 'debug-pause', count);
    case 'failed':
      return status(vscode.l10n.t('Indexing failed'), 'error', describe(progress.failure));
    case 'idle':
      return progress.interrupted
        ? [interruptedItem()]
        : status(vscode.l10n.t('Up to date'), 'check');
  }
}

/** What is in the library and on what it runs; `failures` is asked for when its item is opened. */
export function statsItems(stats: Stats, failures: () => Promise<LibraryItem[]>): LibraryItem[] {
  return [
    {
      id: 'images',
      label: vscode.l10n.t('Images'),
      icon: 'file-media',
      description: describeImages(stats),
    },
    {
      id: 'faces',
      label: vscode.l10n.t('Faces'),
      icon: 'account',
      description: formatCount(stats.faces),
    },
    failuresItem(stats, failures),
    ...passedOverItems(stats.passedOver),
    {
      id: 'model',
      label: vscode.l10n.t('Model'),
      icon: 'symbol-structure',
      description: `${stats.model.name} · ${stats.model.revision}`,
    },
    providerItem(stats),
    {
      id: 'search',
      label: vscode.l10n.t('Search'),
      icon: 'search',
      description:
        stats.search === 'annoy'
          ? vscode.l10n.t('Annoy index')
          : vscode.l10n.t('exact (no native index on this machine)'),
    },
    diskItem(stats),
  ];
}

function failuresItem(stats: Stats, failures: () => Promise<LibraryItem[]>): LibraryItem {
  const item: LibraryItem = {
    id: 'failures',
    label: vscode.l10n.t('Failures'),
    icon: stats.failures === 0 ? 'pass' : 'warning',
    description: formatCount(stats.failures),
    contextValue: stats.failures === 0 ? 'noFailures' : 'failures',
  };
  return stats.failures === 0 ? item : { ...item, children: failures };
}

/** What the last scan left out and why; no item where that is nothing. */
function passedOverItems({
  unsupported,
  ignored,
  ignoredFolders,
  outside,
}: PassedOver): LibraryItem[] {
  const endings = Object.entries(unsupported).sort(([, a], [, b]) => b - a);
  const files = endings.reduce((sum, [, count]) => sum + count, 0);
  const kinds: readonly [id: string, label: string, count: number][] = [
    ['unsupported', vscode.l10n.t('Formats that are not read'), files],
    ['ignored', vscode.l10n.t('Ignored images'), ignored],
    ['ignoredFolders', vscode.l10n.t('Ignored folders'), ignoredFolders],
    ['outside', vscode.l10n.t('Links out of the folder'), outside],
  ];
  const counted = kinds.filter(([, , count]) => count > 0);
  if (counted.length === 0) {
    return [];
  }
  const describe = ([, label, count]: (typeof kinds)[number]) => `${label}: ${formatCount(count)}`;
  return [
    {
      id: 'passedOver',
      label: vscode.l10n.t('Passed over'),
      icon: 'circle-slash',
      description: counted.map(describe).join(' · '),
      children: () =>
        counted.map(([id, label, count]) => ({
          id: `passedOver/${id}`,
          label,
          icon: 'blank',
          description:
            id === 'unsupported'
              ? endings.map(([ending, n]) => `${formatCount(n)} ${ending}`).join(', ')
              : formatCount(count),
        })),
    },
  ];
}

/** After *Cancel*: a rescan goes on with the rest. */
function interruptedItem(): LibraryItem {
  return {
    id: 'status',
    label: vscode.l10n.t('Cancelled before everything was indexed'),
    icon: 'debug-stop',
    contextValue: 'interrupted',
  };
}

function describeWaiting({ count, isExact }: { count: number; isExact: boolean }): string {
  const forms = isExact
    ? vscode.l10n.t('{0} image|{0} images', formatCount(count))
    : vscode.l10n.t('more than {0} image|more than {0} images', formatCount(count - 1));
  return plural(forms, count);
}

function describeImages({ images, files, imagesWithoutFaces }: Stats): string {
  return [
    formatCount(images),
    ...(files > images
      ? [plural(vscode.l10n.t('{0} file|{0} files', formatCount(files)), files)]
      : []),
    ...(imagesWithoutFaces > 0
      ? [
          plural(
            vscode.l10n.t('{0} without faces|{0} without faces', formatCount(imagesWithoutFaces)),
            imagesWithoutFaces,
          ),
        ]
      : []),
  ].join(' · ');
}

function describe(failure: Failure | null): string {
  return failure === null ? '' : inTheirLanguage(failure).message;
}

function lostItem(failure: Failure | null): LibraryItem {
  const { message, remedy } =
    failure === null ? { message: '', remedy: '' } : inTheirLanguage(failure);
  return {
    id: 'status',
    label: vscode.l10n.t('Engine stopped'),
    icon: 'error',
    description: message,
    contextValue: 'lost',
    tooltip: `${message}\n\n${remedy}`,
  };
}

/** A file that could not be indexed, why, and what to do about it. */
export function failureItem(failedFile: FailedFile): LibraryItem {
  const { fileId, path, relativePath, quarantined } = failedFile;
  const { message, remedy } = inTheirLanguage(failedFile);
  const uri = vscode.Uri.file(path);
  const tooltip = new vscode.MarkdownString();
  // The exact words of the engine, which are English, where others stand for them.
  const exact = message === failedFile.message ? [] : [failedFile.message];
  tooltip.appendText([relativePath, message, remedy, ...exact].join('\n\n'));
  return {
    id: `failure/${fileId}`,
    label: basename(path),
    icon: quarantined ? 'error' : 'warning',
    description: inShort(failedFile),
    tooltip,
    contextValue: 'failure',
    failedFile,
    command: { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [uri] },
  };
}

function providerItem({ provider }: Stats): LibraryItem {
  const { active, probeImagesPerSecond, refused } = provider;
  const item: LibraryItem = {
    id: 'provider',
    label: vscode.l10n.t('Runs on'),
    icon: 'chip',
    description: active === null ? vscode.l10n.t('not loaded yet') : providerName(active),
    // Not in the item, where it would be taken for how fast images are indexed.
    ...(probeImagesPerSecond === null
      ? {}
      : {
          tooltip: vscode.l10n.t('The models alone: {0}', formatRate(probeImagesPerSecond)),
        }),
  };
  if (refused.length === 0) {
    return item;
  }
  return {
    ...item,
    children: () =>
      refused.map((refusal) => ({
        id: `provider/${refusal.provider}`,
        label: providerName(refusal.provider),
        icon: 'circle-slash',
        description: describeRefusal(refusal),
        // The exact words, which are English.
        tooltip: refusal.reason,
      })),
  };
}

function diskItem(stats: Stats): LibraryItem {
  const { databaseBytes, indexBytes, thumbnailBytes, storageFolder, readOnly } = stats;
  const part = (id: string, label: string, bytes: number): LibraryItem => ({
    id: `disk/${id}`,
    label,
    icon: 'blank',
    description: formatBytes(bytes),
  });
  const total = formatBytes(databaseBytes + indexBytes + thumbnailBytes);
  return {
    id: 'disk',
    label: vscode.l10n.t('On disk'),
    icon: 'database',
    description: readOnly ? `${total} · ${vscode.l10n.t('read-only')}` : total,
    tooltip: storageFolder,
    children: () => [
      part('database', vscode.l10n.t('Database'), databaseBytes),
      part('index', vscode.l10n.t('Index'), indexBytes),
      part('thumbnails', vscode.l10n.t('Thumbnails'), thumbnailBytes),
    ],
  };
}
