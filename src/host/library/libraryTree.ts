import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import { toShownFailure } from './failures.ts';
import type { Library } from './library.ts';
import { failureItem, type LibraryItem, statsItems, statusItems } from './libraryTreeItems.ts';

export const libraryViewId = 'familiarFaces.library';

/** The tree is drawn anew no more often than this. */
const changePauseMs = 300;

/** The Library view: what is in the library, what failed and why, what it runs on. */
export class LibraryTree extends Disposer implements vscode.TreeDataProvider<LibraryItem> {
  readonly #library: Library;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #view: vscode.TreeView<LibraryItem>;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#onDidChange.event;

  constructor(library: Library) {
    super();
    this.#library = library;
    this.#view = this.own(vscode.window.createTreeView(libraryViewId, { treeDataProvider: this }));
    this.own(library.onDidChange(() => this.#changeSoon()));
    this.own(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) {
          library.use();
        }
        this.#onDidChange.fire();
      }),
    );
    this.own({ dispose: () => clearTimeout(this.#timer) });
  }

  getTreeItem(item: LibraryItem): vscode.TreeItem {
    const treeItem = new vscode.TreeItem(
      item.label,
      item.children === undefined
        ? vscode.TreeItemCollapsibleState.None
        : vscode.TreeItemCollapsibleState.Collapsed,
    );
    treeItem.id = item.id;
    treeItem.iconPath = new vscode.ThemeIcon(item.icon);
    treeItem.description = item.description ?? false;
    treeItem.tooltip = item.tooltip ?? `${item.label} ${item.description ?? ''}`;
    treeItem.contextValue = item.contextValue ?? 'row';
    if (item.command !== undefined) {
      treeItem.command = item.command;
    }
    return treeItem;
  }

  async getChildren(item?: LibraryItem): Promise<LibraryItem[]> {
    if (item !== undefined) {
      return (await item.children?.()) ?? [];
    }
    // Where no folder is open, the welcome text of `package.json` stands in place of tree items.
    if (this.#library.state === 'none') {
      return [];
    }
    const { stats } = this.#library;
    return [
      ...statusItems(this.#library),
      ...(stats === null ? [] : statsItems(stats, () => this.#failureItems())),
    ];
  }

  /** Progress comes faster than anyone reads, and items that change all the time lose clicks. */
  #changeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#view.visible) {
        this.#onDidChange.fire();
      }
    }, changePauseMs);
  }

  async #failureItems(): Promise<LibraryItem[]> {
    try {
      const failures = await this.#library.engine.request('failures', null);
      return failures.map(failureItem);
    } catch (error) {
      const { message } = toShownFailure(error);
      return [{ id: 'failures/unknown', label: message, icon: 'error' }];
    }
  }
}
