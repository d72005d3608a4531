import { FamiliarError } from '../../common/failure.ts';
import type { QuerySource } from '../../protocol/engineProtocol.ts';
import type { SimilarPanel } from './similarPanel.ts';
import type { SimilarSession } from './similarSession.ts';
import type { SimilarView } from './similarView.ts';
import type { WebviewHost } from './webviewHost.ts';

/** The places that results are shown in, and which of them a search belongs to. */
export class WebviewHosts {
  readonly view: SimilarView;
  readonly panel: SimilarPanel;

  constructor(view: SimilarView, panel: SimilarPanel) {
    this.view = view;
    this.panel = panel;
  }

  /** Searches in the panel where it is on screen, in the side bar otherwise. */
  async search(sources: readonly QuerySource[]): Promise<void> {
    const session = this.panel.visible ? this.panel.session : this.view.session;
    await Promise.all([this.show(), session.open(sources)]);
  }

  /** Searches by these faces together, which the engine knows by their ids. */
  async searchFaces(
    faces: readonly { readonly path: string; readonly faceId: number }[],
  ): Promise<void> {
    const session = this.panel.visible ? this.panel.session : this.view.session;
    const wanted = faces.map(({ path, faceId }) => ({
      source: { kind: 'path', path } as const,
      selectedFaceIds: [faceId],
    }));
    await Promise.all([this.show(), session.openFaces(wanted)]);
  }

  /** Brings the view that `search` would choose to the front. */
  async show(): Promise<WebviewHost> {
    return this.panel.visible ? this.panel.show() : await this.view.show();
  }

  /** @throws FamiliarError where no view has this session. */
  session(id: string): SimilarSession {
    const found = [this.view.session, this.panel.session].find((session) => session.id === id);
    if (found === undefined) {
      throw new FamiliarError('argument', `Expected the id of a session but received ${id}.`, {
        remedy: 'Open the menu of a result and choose again.',
      });
    }
    return found;
  }
}
