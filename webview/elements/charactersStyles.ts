import { css } from 'lit';

/** The bar and the pages of the Characters view, on top of the layout that all views share. */
export const charactersStyles = css`
  .bar {
    display: flex;
    flex-direction: column;
    gap: 6px;
    margin-block: -8px 0;
    padding-block: 8px 6px;
  }

  .bar .row {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }

  .bar .summary {
    margin: 0;
    justify-content: flex-start;
  }

  .bar .summary #count {
    white-space: normal;
  }

  .filter,
  .name-field {
    flex: 1 1 120px;
    min-width: 0;
    height: 26px;
    padding: 2px 6px;
    font: inherit;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--ff-line));
    border-radius: 2px;
  }

  .name-field {
    max-width: 240px;
  }

  .filter::placeholder,
  .name-field::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }

  .filter:focus,
  .name-field:focus {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }

  .row h2 {
    flex: 1;
    min-width: 0;
    font-size: 1.1em;
    overflow-wrap: anywhere;
  }

  .portrait {
    position: relative;
    flex: none;
    display: grid;
    place-items: center;
    width: 40px;
    height: 40px;
    overflow: hidden;
    border-radius: 50%;
    border: 1px solid var(--ff-line);
    background: var(--ff-tile);
    direction: ltr;
  }

  .who {
    flex: 1;
    min-width: 0;
  }

  .who .muted {
    font-size: 0.92em;
    overflow-wrap: anywhere;
  }

  .unnamed {
    color: var(--ff-muted);
    font-style: italic;
  }

  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px;
  }

  .selection {
    padding: 6px 8px;
    border-radius: 6px;
    background: var(--ff-tile);
    border: 1px solid var(--ff-line);
  }

  .action {
    min-height: 26px;
    padding: 3px 10px;
    border-radius: 2px;
    color: var(--vscode-button-secondaryForeground);
    background: var(--vscode-button-secondaryBackground);
    border: 1px solid var(--vscode-button-secondaryBorder, var(--vscode-contrastBorder, transparent));
    overflow-wrap: anywhere;
  }

  .action:hover {
    background: var(--vscode-button-secondaryHoverBackground);
  }

  .link {
    min-height: 24px;
    color: var(--ff-accent-text);
    text-align: start;
  }

  .link:hover {
    text-decoration: underline;
  }

  .banner {
    margin-bottom: 8px;
  }

  :host-context([dir='rtl']) .directed {
    transform: scaleX(-1);
    transform-origin: 8px;
  }
`;
