import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { CharacterCard, FaceCard } from '../../src/protocol/charactersViewProtocol.ts';
import { characterText } from '../characterStrings.ts';
import { headPicture, headStyles } from './headPicture.ts';
import { pictureStyles, sharedStyles } from './styles.ts';

/** "Is this Alice?": one face after the other, answered by a key; the next one comes by itself. */
export class SuggestionStrip extends LitElement {
  static override styles = [
    sharedStyles,
    pictureStyles,
    headStyles,
    css`
      :host {
        display: block;
      }

      .strip {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 10px 12px;
        padding: 10px;
        border: 1px solid var(--ff-line);
        border-radius: 6px;
        background: var(--ff-tile);
      }

      .pair {
        display: flex;
        align-items: center;
        gap: 8px;
      }

      .picture {
        position: relative;
        display: grid;
        place-items: center;
        flex: none;
        width: 72px;
        height: 72px;
        overflow: hidden;
        border-radius: 6px;
        border: 1px solid var(--ff-line);
        direction: ltr;
      }

      .picture.asked {
        width: 96px;
        height: 96px;
      }

      @media (max-width: 240px) {
        .picture {
          width: 44px;
          height: 44px;
        }

        .picture.asked {
          width: 60px;
          height: 60px;
        }
      }

      .words {
        flex: 1 1 150px;
        min-width: 0;
        display: flex;
        flex-direction: column;
        gap: 6px;
      }

      strong {
        overflow-wrap: anywhere;
      }

      .muted {
        color: var(--ff-muted);
        font-size: 0.92em;
        overflow-wrap: anywhere;
      }

      .answers {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
    `,
  ];

  @property({ attribute: false }) accessor character: CharacterCard | null = null;
  @property({ attribute: false }) accessor suggestions: readonly FaceCard[] = [];
  @property({ attribute: false }) accessor judge: (faceId: number, same: boolean) => void = () =>
    undefined;
  @property({ attribute: false }) accessor open: (faceId: number) => void = () => undefined;

  /** Faces that were answered or passed over: the host's next list may still hold them. */
  @state() private accessor answered: ReadonlySet<number> = new Set();
  @query('.yes') private accessor yes: HTMLElement | null = null;
  #characterId: number | null = null;

  override willUpdate(): void {
    if (this.character?.id !== this.#characterId) {
      this.#characterId = this.character?.id ?? null;
      this.answered = new Set();
    }
  }

  /** Takes Y and N. @returns whether the key was one of them, and a face is asked about. */
  takeKey(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    const asked = this.#left[0];
    if (asked === undefined || (key !== 'y' && key !== 'n') || hasModifier(event)) {
      return false;
    }
    this.#answer(asked, key === 'y');
    return true;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { character } = this;
    const [asked] = this.#left;
    if (character === null || asked === undefined) {
      return nothing;
    }
    return html`<section class="strip" aria-label=${characterText.isIt(character.name)}>
      <div class="pair">
        <div class="picture" aria-hidden="true">${headPicture(character.head)}</div>
        <button
          class="picture asked"
          title=${asked.folder === '' ? asked.name : `${asked.folder}/${asked.name}`}
          aria-label=${asked.name}
          @click=${() => this.open(asked.id)}
        >
          ${headPicture(asked.head)}
        </button>
      </div>
      <div class="words">
        <strong>${characterText.isIt(character.name)}</strong>
        <span class="muted" role="status"
          >${asked.name} · ${characterText.suggestionsLeft(this.#left.length)}</span
        >
        <div class="answers">
          <vscode-button class="yes" @click=${() => this.#answer(asked, true)}
            >${characterText.yes()}</vscode-button
          >
          <vscode-button appearance="secondary" @click=${() => this.#answer(asked, false)}
            >${characterText.no()}</vscode-button
          >
          <vscode-button appearance="secondary" @click=${() => this.#pass(asked)}
            >${characterText.skip()}</vscode-button
          >
        </div>
      </div>
    </section>`;
  }

  /** Gives the focus to the answer that most faces get. */
  override focus(): void {
    this.yes?.focus();
  }

  get #left(): readonly FaceCard[] {
    return this.suggestions.filter(({ id }) => !this.answered.has(id));
  }

  #answer(face: FaceCard, same: boolean): void {
    this.#pass(face);
    this.judge(face.id, same);
  }

  #pass(face: FaceCard): void {
    this.answered = new Set([...this.answered, face.id]);
  }
}

function hasModifier({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}

customElements.define('ff-suggestion-strip', SuggestionStrip);
