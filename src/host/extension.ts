import * as vscode from 'vscode';
import { toFamiliarError } from '../common/failure.ts';
import { CharactersPanel } from './characters/charactersPanel.ts';
import { CharactersSession } from './characters/charactersSession.ts';
import { CharactersView } from './characters/charactersView.ts';
import { announceLostEngine, announceWatchLimit } from './client/engineNotice.ts';
import { registerCharacterCommands } from './commands/characterCommands.ts';
import type { CommandContext } from './commands/commandContext.ts';
import { registerDecisionCommands } from './commands/decisionCommands.ts';
import { registerIndexCommands } from './commands/indexCommands.ts';
import { registerLibraryCommands } from './commands/libraryCommands.ts';
import { registerResultCommands } from './commands/resultCommands.ts';
import { registerSearchCommands } from './commands/searchCommands.ts';
import { ContextKeys } from './contextKeys.ts';
import { DecisionHistory } from './decisions/decisionHistory.ts';
import { Reports } from './l10n/reports.ts';
import { Library } from './library/library.ts';
import { LibraryTree } from './library/libraryTree.ts';
import { StatusBar } from './library/statusBar.ts';
import { SessionMemory } from './search/sessionMemory.ts';
import { SimilarPanel } from './search/similarPanel.ts';
import { SimilarSession } from './search/similarSession.ts';
import { SimilarView } from './search/similarView.ts';
import { WebviewHosts } from './search/webviewHosts.ts';

let running: Library | undefined;

/** Puts the parts together. The engine starts later, and only where there is work for it. */
export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, subscriptions, workspaceState } = context;
  const log = vscode.window.createOutputChannel('Familiar Faces', { log: true });
  const library = new Library({ context, log });
  const history = new DecisionHistory(library.engine, log);
  const newSession = (id: string) =>
    new SimilarSession({ id, library, history, memory: new SessionMemory(workspaceState, id) });
  const sidebar = newSession('sidebar');
  const beside = newSession('panel');
  const view = new SimilarView({ session: sidebar, library, extensionUri, log });
  const panel = new SimilarPanel({ session: beside, library, extensionUri, log });
  const reports = new Reports();
  const webviewHosts = new WebviewHosts(view, panel);
  const commands: CommandContext = { library, webviewHosts, history, reports, log };
  const charactersOf = (id: string) => {
    const session = new CharactersSession(id, library);
    subscriptions.push(session);
    return { session, library, webviewHosts, extensionUri, log };
  };
  const charactersView = new CharactersView(charactersOf('characters'));
  const charactersPanel = new CharactersPanel(charactersOf('charactersPanel'));
  subscriptions.push(
    log,
    library,
    sidebar,
    beside,
    view,
    panel,
    charactersView,
    charactersPanel,
    reports,
    new LibraryTree(library),
    new StatusBar(library),
    new ContextKeys(library),
    announceLostEngine(library.engine, log),
    announceWatchLimit(library.engine),
    ...registerSearchCommands(commands),
    ...registerIndexCommands(commands),
    ...registerResultCommands(commands),
    ...registerLibraryCommands(commands),
    ...registerCharacterCommands(commands, { view: charactersView, panel: charactersPanel }),
    ...registerDecisionCommands(commands),
  );
  running = library;
  // After this turn, so that neither the search for images nor the fork is part of activation.
  setImmediate(() => {
    library.wake().catch((error: unknown) => log.error(toFamiliarError(error)));
  });
}

/** Ends the engine; what it has finished is on disk already. */
export async function deactivate(): Promise<void> {
  await running?.engine.dispose();
}
