import { css } from 'lit';

/** How whole screens, banners and skeletons look. */
export const screenStyles = css`
  .screen {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 10px;
    max-width: 420px;
    margin: auto;
    padding: 24px 12px;
    text-align: center;
    line-height: 1.45;
    /* Some languages have words that are wider than a narrow side bar, also in buttons. */
    hyphens: auto;
    overflow-wrap: anywhere;
  }

  .screen h2 {
    font-size: 1.15em;
    font-weight: 600;
    text-wrap: balance;
  }

  .screen p {
    text-wrap: pretty;
  }

  .muted {
    color: var(--ff-muted);
  }

  .art {
    color: var(--ff-muted);
  }

  .art .portrait {
    width: 88px;
    height: 88px;
  }

  .art .corners {
    color: var(--ff-accent-text);
    stroke: currentColor;
  }

  .art > .icon {
    width: 40px;
    height: 40px;
    stroke-width: 0.8;
  }

  .actions {
    display: flex;
    flex-direction: column;
    align-items: stretch;
    gap: 8px;
    width: min(100%, 260px);
    margin-top: 6px;
  }

  /* The toolkit frames every button like the first; VS Code does not. */
  vscode-button[appearance='secondary'] {
    --button-border: var(
      --vscode-button-secondaryBorder,
      var(--vscode-contrastBorder, transparent)
    );
  }

  .banner {
    display: flex;
    gap: 8px;
    padding: 8px 10px;
    border-radius: 6px;
    line-height: 1.4;
    background: var(--ff-tile);
    border: 1px solid var(--ff-line);
  }

  .banner > .icon {
    margin-top: 1px;
    color: var(--ff-accent-text);
  }

  .banner.error {
    background: var(--vscode-inputValidation-errorBackground, var(--ff-tile));
    border-color: var(--vscode-inputValidation-errorBorder, var(--ff-line));
    color: var(--vscode-inputValidation-errorForeground, var(--ff-foreground));
  }

  .banner.error > .icon {
    color: inherit;
  }

  .words {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .words strong {
    font-weight: 600;
  }

  .words .hint {
    margin-top: 3px;
  }

  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin-top: 3px;
  }

  .link {
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
    text-underline-offset: 2px;
    text-align: start;
  }

  .banner.error .link {
    color: inherit;
  }

  .link:hover {
    color: var(--vscode-textLink-activeForeground);
  }

  .skeletons {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 76px), 1fr));
    gap: 8px;
  }

  .square {
    aspect-ratio: 1;
    border-radius: 6px;
  }

  .skeletons .line {
    width: 70%;
    height: 10px;
    margin: 7px 2px 14px;
  }

  .query-skeleton {
    display: flex;
    flex-direction: column;
    gap: 10px;
  }

  .query-skeleton .stage {
    height: var(--ff-stage-height);
  }

  .query-skeleton .row {
    display: flex;
    gap: 6px;
  }

  .query-skeleton .chip {
    width: 40px;
    height: 40px;
    border-radius: 8px;
  }

  .working {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--ff-muted);
    overflow-wrap: anywhere;
  }

  .spinner {
    flex: none;
  }

  .spinner vscode-progress-ring {
    width: 16px;
    height: 16px;
  }
`;
