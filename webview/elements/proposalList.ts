import { css, html, LitElement, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Proposal } from '../../src/protocol/charactersViewProtocol.ts';
import { characterText } from '../characterStrings.ts';
import { icons } from '../icons.ts';
import { screenStyles } from './emptyStateStyles.ts';
import { screen } from './emptyStates.ts';
import { headPicture, headStyles } from './headPicture.ts';
import { pictureStyles, sharedStyles } from './styles.ts';

/** Names found in file names, to be taken over one by one, all or none. */
export class ProposalList extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    headStyles,
    screenStyles,
    css`
      :host {
        display: block;
      }

      .actions {
        display: flex;
        flex-flow: row wrap;
        align-items: center;
        gap: 8px 12px;
        width: auto;
        margin: 8px 0;
      }

      .link {
        min-width: 24px;
        min-height: 24px;
        color: var(--ff-accent-text);
      }

      .link:hover {
        text-decoration: underline;
      }

      ul {
        list-style: none;
        display: flex;
        flex-direction: column;
        gap: 6px;
      }

      li {
        display: grid;
        grid-template-columns: auto 48px minmax(0, 1fr);
        align-items: center;
        gap: 8px;
      }

      .picture {
        position: relative;
        display: grid;
        place-items: center;
        width: 48px;
        height: 48px;
        overflow: hidden;
        border-radius: 6px;
        border: 1px solid var(--ff-line);
        background: var(--ff-tile);
        direction: ltr;
      }

      input[type='checkbox'] {
        width: 18px;
        height: 18px;
        margin: 3px;
        accent-color: var(--ff-accent);
      }

      input[type='text'] {
        width: 100%;
        min-width: 0;
        font: inherit;
        color: var(--vscode-input-foreground);
        background: var(--vscode-input-background);
        border: 1px solid var(--vscode-input-border, var(--ff-line));
        border-radius: 2px;
        padding: 2px 4px;
      }

      .muted {
        color: var(--ff-muted);
        font-size: 0.92em;
      }
    `,
  ];

  @property({ attribute: false }) accessor proposals: readonly Proposal[] = [];
  @property({ attribute: false }) accessor accept: (
    accepted: { id: number; name: string }[],
  ) => void = () => undefined;

  /** All are taken over but for these. */
  @state() private accessor refused: ReadonlySet<number> = new Set();
  @state() private accessor names: ReadonlyMap<number, string> = new Map();

  protected override render(): TemplateResult {
    if (this.proposals.length === 0) {
      return screen({
        id: 'no-proposals',
        picture: icons.rename,
        title: characterText.noProposals(),
      });
    }
    const accepted = this.#accepted;
    return html`<p class="muted">${characterText.proposalsText()}</p>
      <div class="actions">
        <vscode-button
          ?disabled=${accepted.length === 0}
          @click=${() => this.accept(this.#accepted)}
          >${characterText.accept(accepted.length)}</vscode-button
        >
        <button class="link" @click=${() => this.#refuse([])}>${characterText.all()}</button>
        <button
          class="link"
          @click=${() => this.#refuse(this.proposals.map(({ id }) => id))}
        >
          ${characterText.none()}
        </button>
      </div>
      <ul>
        ${repeat(
          this.proposals,
          ({ id }) => id,
          (proposal) => this.#row(proposal),
        )}
      </ul>`;
  }

  #row(proposal: Proposal): TemplateResult {
    const name = this.names.get(proposal.id) ?? proposal.name;
    return html`<li>
      <input
        type="checkbox"
        aria-label=${characterText.propose(name)}
        .checked=${!this.refused.has(proposal.id)}
        @change=${(event: Event) =>
          this.#choose(proposal.id, (event.target as HTMLInputElement).checked)}
      />
      <div class="picture" aria-hidden="true">${headPicture(proposal.head)}</div>
      <div>
        <input
          type="text"
          maxlength="200"
          aria-label=${characterText.nameOf(name)}
          .value=${name}
          @input=${(event: Event) =>
            this.#rename(proposal.id, (event.target as HTMLInputElement).value)}
        />
        <div class="muted">${characterText.matching(proposal.matching, proposal.faces)}</div>
      </div>
    </li>`;
  }

  get #accepted(): { id: number; name: string }[] {
    return this.proposals
      .filter(({ id }) => !this.refused.has(id))
      .map(({ id, name }) => ({ id, name: this.names.get(id) ?? name }));
  }

  #refuse(ids: readonly number[]): void {
    this.refused = new Set(ids);
  }

  #choose(id: number, chosen: boolean): void {
    const refused = new Set(this.refused);
    if (chosen) {
      refused.delete(id);
    } else {
      refused.add(id);
    }
    this.refused = refused;
  }

  #rename(id: number, name: string): void {
    this.names = new Map([...this.names, [id, name]]);
  }
}

customElements.define('ff-proposal-list', ProposalList);
