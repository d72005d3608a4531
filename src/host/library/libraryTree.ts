import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import { toShownFailure } from './failures.ts';
import type { Library } from './library.ts';
import { failureRow, type Row, statsRows, statusRows } from './libraryTreeItems.ts';

export const libraryViewId = 'familiarFaces.library';

/** The tree is drawn anew no more often than this. */
const changePauseMs = 300;

/** The Library view: what is in the library, what failed and why, what it runs on. */
export class LibraryTree extends Disposer implements vscode.TreeDataProvider<Row> {
  readonly #library: Library;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #view: vscode.TreeView<Row>;
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

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(
      row.label,
      row.children === undefined
        ? vscode.TreeItemCollapsibleState.None
        : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = row.id;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.description = row.description ?? false;
    item.tooltip = row.tooltip ?? `${row.label} ${row.description ?? ''}`;
    item.contextValue = row.contextValue ?? 'row';
    if (row.command !== undefined) {
      item.command = row.command;
    }
    return item;
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row !== undefined) {
      return (await row.children?.()) ?? [];
    }
    // Where no folder is open, the welcome text of `package.json` stands in place of rows.
    if (this.#library.state === 'none') {
      return [];
    }
    const { stats } = this.#library;
    return [
      ...statusRows(this.#library),
      ...(stats === null ? [] : statsRows(stats, () => this.#failureRows())),
    ];
  }

  /** Progress comes faster than anyone reads, and rows that change all the time lose clicks. */
  #changeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#view.visible) {
        this.#onDidChange.fire();
      }
    }, changePauseMs);
  }

  async #failureRows(): Promise<Row[]> {
    try {
      const failures = await this.#library.engine.request('failures', null);
      return failures.map(failureRow);
    } catch (error) {
      const { message } = toShownFailure(error);
      return [{ id: 'failures/unknown', label: message, icon: 'error' }];
    }
  }
}
