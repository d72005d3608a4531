import { css } from 'lit';

/**
 * The page's layout, and the few colours of ours as names for theme variables. In a side bar
 * it is one column; from 720 px on the query stands beside the results.
 */
export const appStyles = css`
  :host {
    --ff-background: var(--vscode-editor-background);
    --ff-foreground: var(--vscode-foreground);
    --ff-muted: var(--vscode-descriptionForeground);
    --ff-accent: var(--vscode-button-background);
    --ff-accent-foreground: var(--vscode-button-foreground);
    --ff-accent-text: var(--vscode-textLink-foreground);
    /* Outlines on pictures of any colour: light inside dark, or the reverse. */
    --ff-outline: var(--vscode-foreground);
    --ff-halo: var(--vscode-editor-background);
    --ff-tile: color-mix(in srgb, var(--vscode-foreground) 6%, transparent);
    /* Of middle tones, so that neither dark nor light lines of a sprite are lost on it. */
    --ff-checker: repeating-conic-gradient(
        color-mix(in srgb, var(--vscode-foreground) 18%, var(--ff-background)) 0 25%,
        color-mix(in srgb, var(--vscode-foreground) 28%, var(--ff-background)) 0 50%
      )
      0 0 / 16px 16px;
    --ff-line: var(--vscode-contrastBorder, var(--vscode-widget-border, transparent));
    --ff-track: var(--vscode-scrollbarSlider-hoverBackground);
    /* Large enough to hit a face, small enough to leave the view to the results. */
    --ff-stage-height: clamp(140px, 31vh, 360px);

    display: block;
    height: 100%;
    position: relative;
    background: var(--ff-background);
  }

  /* Buttons have no colour of their own in high contrast; what is active is framed. */
  :host-context(.vscode-high-contrast) {
    --ff-accent: var(--vscode-contrastActiveBorder);
    --ff-accent-foreground: var(--vscode-editor-background);
    --ff-track: transparent;
  }

  /* Until the host has said where this is placed, what lies behind shows the right colour. */
  :host(:not([placement])) {
    --ff-background: transparent;
  }

  :host([placement='sidebar']) {
    --ff-background: var(--vscode-sideBar-background);
    --ff-foreground: var(--vscode-sideBar-foreground, var(--vscode-foreground));
  }

  .page {
    height: 100%;
    overflow: hidden auto;
    display: flex;
    flex-direction: column;
    /* The scroll bar's gutter is part of the margin at the end of lines. */
    --ff-margin-start: 12px;
    --ff-margin-end: 3px;
    padding-block: 10px;
    padding-inline: var(--ff-margin-start) var(--ff-margin-end);
    scroll-padding-top: 90px;
    scrollbar-gutter: stable;
    scrollbar-width: thin;
    scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
  }

  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px;
    align-content: start;
  }

  .side,
  .found {
    min-width: 0;
  }

  .found {
    display: flex;
    flex-direction: column;
    gap: 8px;
  }

  .bar {
    position: sticky;
    top: -10px;
    z-index: 10;
    margin-inline: calc(-1 * var(--ff-margin-start)) calc(-1 * var(--ff-margin-end));
    padding-block: 8px 2px;
    padding-inline: var(--ff-margin-start) var(--ff-margin-end);
    background: var(--ff-background);
  }

  /* Results pass below it, as below the sticky parts of VS Code's own views. */
  .bar.stuck {
    box-shadow:
      0 6px 6px -6px var(--vscode-scrollbar-shadow, transparent),
      0 1px 0 var(--vscode-contrastBorder, transparent);
  }

  .summary {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 8px;
    min-height: 22px;
    margin-top: 6px;
    font-size: 0.92em;
    color: var(--ff-muted);
  }

  .summary #count {
    white-space: nowrap;
  }

  .summary .growth {
    flex: 1 1 100%;
    color: var(--ff-foreground);
  }

  .notice {
    position: sticky;
    top: 0;
    z-index: 20;
    margin-bottom: 10px;
    background: var(--ff-background);
  }

  .target {
    width: 100%;
    margin-top: 6px;
    padding: 14px 10px;
    border: 1px dashed var(--vscode-contrastBorder, var(--ff-muted));
    border-radius: 6px;
    color: var(--ff-muted);
  }

  .foot {
    width: 100%;
    display: flex;
    flex-direction: column;
    gap: 6px;
    margin-top: 8px;
  }

  .drop {
    position: absolute;
    inset: 0;
    z-index: 100;
    display: grid;
    place-items: center;
    padding: 12px;
    pointer-events: none;
    background: color-mix(in srgb, var(--ff-background) 92%, transparent);
  }

  .drop > div {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 10px;
    width: 100%;
    height: 100%;
    border: 2px dashed var(--vscode-focusBorder);
    border-radius: 8px;
    text-align: center;
  }

  .drop svg {
    width: 36px;
    height: 36px;
    stroke-width: 0.8;
  }

  @media (max-width: 240px) {
    .page {
      --ff-margin-start: 8px;
      --ff-margin-end: 3px;
      padding-block: 8px;
    }

    .bar {
      top: -8px;
    }
  }

  @media (min-width: 720px) {
    .page {
      --ff-margin-start: 20px;
      --ff-margin-end: 8px;
      --ff-stage-height: 46vh;
      padding-block: 16px;
    }

    .columns {
      grid-template-columns: minmax(240px, 320px) minmax(0, 1fr);
      gap: 24px;
    }

    .side {
      position: sticky;
      top: 0;
      align-self: start;
      max-height: calc(100vh - 32px);
      overflow-y: auto;
      /* Room for focus rings at the edges of a scrolling box. */
      padding: 3px;
      margin: -3px;
    }

    .bar {
      top: -16px;
      display: grid;
      /* The count keeps its line; the slider gives way to it. */
      grid-template-columns: minmax(120px, 420px) minmax(min-content, 1fr);
      gap: 32px;
      margin: -8px 0 0;
      padding: 8px 0 2px;
    }

    .summary {
      justify-content: flex-end;
      align-content: flex-start;
      margin-top: 0;
    }

    .summary .growth {
      flex: 0 1 340px;
    }
  }
`;
