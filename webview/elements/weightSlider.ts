import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { percent, text } from '../strings.ts';
import { place } from './fileLocation.ts';
import { sharedStyles } from './styles.ts';

/** Positions of the slider; one is a hundredth of the weight. */
const steps = 100;

/** *Same character* at its start, *same feel* at its end. */
export class WeightSlider extends LitElement {
  static override styles = [
    sharedStyles,
    css`
      :host {
        display: block;
      }

      .ends {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        font-size: 11px;
        line-height: 15px;
        color: var(--ff-muted);
      }

      .ends span:last-child {
        text-align: end;
      }

      .off {
        margin: 4px 0 0;
        font-size: 11px;
        color: var(--ff-muted);
      }

      .ends .near {
        color: var(--ff-foreground);
      }

      input {
        appearance: none;
        display: block;
        width: 100%;
        height: 20px;
        margin: 0;
        background: transparent;
        cursor: pointer;
      }

      input:focus-visible {
        outline: none;
      }

      input::-webkit-slider-runnable-track {
        height: 4px;
        border-radius: 2px;
        box-shadow: 0 0 0 1px var(--vscode-contrastBorder, transparent);
        background: linear-gradient(
          to right,
          var(--ff-accent) var(--filled),
          var(--ff-track) var(--filled)
        );
      }

      input:dir(rtl)::-webkit-slider-runnable-track {
        background: linear-gradient(
          to left,
          var(--ff-accent) var(--filled),
          var(--ff-track) var(--filled)
        );
      }

      input::-webkit-slider-thumb {
        appearance: none;
        width: 14px;
        height: 14px;
        margin-top: -5px;
        border-radius: 50%;
        border: 2px solid var(--ff-background);
        background: var(--ff-accent);
        box-shadow: 0 0 0 1px var(--ff-accent);
      }

      input:focus-visible::-webkit-slider-thumb {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 2px;
      }

      :host([disabled]) input {
        cursor: default;
        opacity: 0.6;
      }

      @media (forced-colors: active) {
        input::-webkit-slider-runnable-track {
          border: 1px solid CanvasText;
        }

        input::-webkit-slider-thumb {
          background: Highlight;
          forced-color-adjust: none;
        }
      }
    `,
  ];

  /** w of the fusion: 1 is "same character", 0 is "same feel". */
  @property({ type: Number }) accessor weight = 1;
  /** w that a double click or the Delete key sets. */
  @property({ type: Number }) accessor resetTo = 1;
  @property({ type: Boolean, reflect: true }) accessor disabled = false;
  @property({ attribute: false }) accessor change: (weight: number) => void = () => undefined;

  protected override render(): TemplateResult {
    const feel = Math.round((1 - this.weight) * steps);
    return html`
      <input
        type="range"
        min="0"
        max=${steps}
        step="1"
        .value=${String(feel)}
        ?disabled=${this.disabled}
        title=${this.disabled ? text.weightOff() : `${this.#valueText()}\n${text.weightReset()}`}
        aria-label=${text.slider()}
        aria-describedby=${this.disabled ? 'off' : nothing}
        aria-valuetext=${this.#valueText()}
        @input=${(event: InputEvent) => this.#onInput(event)}
        @dblclick=${() => this.change(this.resetTo)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        ${place({ '--filled': `${(feel / steps) * 100}%` })}
      />
      <div class="ends" aria-hidden="true">
        <span class=${!this.disabled && this.weight >= 0.5 ? 'near' : ''}>${text.sameCharacter()}</span>
        <span class=${!this.disabled && this.weight <= 0.5 ? 'near' : ''}>${text.sameFeel()}</span>
      </div>
      ${this.disabled ? html`<p class="off" id="off">${text.weightOff()}</p>` : nothing}
    `;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.change(this.resetTo);
    }
  }

  #valueText(): string {
    return text.weightValue(percent(this.weight), percent(1 - this.weight));
  }

  #onInput(event: InputEvent): void {
    const feel = (event.currentTarget as HTMLInputElement).valueAsNumber;
    this.change((steps - feel) / steps);
  }
}

customElements.define('ff-weight-slider', WeightSlider);
