import { css } from 'lit';

/** What every element of the page shares. Colours are VS Code's theme variables alone. */
export const sharedStyles = css`
  :host {
    box-sizing: border-box;
    color: var(--ff-foreground);
    font-size: var(--vscode-font-size);
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  h2,
  p,
  ul {
    margin: 0;
    padding: 0;
  }

  .icon {
    flex: none;
    display: block;
  }

  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    padding: 0;
    cursor: pointer;
  }

  button:disabled {
    cursor: default;
    opacity: 0.5;
  }

  :focus {
    outline: none;
  }

  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }

  .icon-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    flex: none;
    width: 22px;
    height: 22px;
    border-radius: 5px;
    color: var(--vscode-icon-foreground);
  }

  .icon-button:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

/** What lies behind the transparent parts of a picture, once there is a picture. */
export const pictureStyles = css`
  img.shown {
    background: var(--ff-checker);
  }
`;

/** Marks the picture that has arrived; before that its place is empty. */
export function pictureArrived(event: Event): void {
  (event.currentTarget as HTMLElement).classList.add('shown');
}

/** Grey shapes where content is on its way; still for people who want less motion. */
export const skeletonStyles = css`
  .skeleton {
    border-radius: 4px;
    background: var(--vscode-list-inactiveSelectionBackground, var(--vscode-toolbar-hoverBackground));
    border: 1px solid var(--vscode-contrastBorder, transparent);
    opacity: 0.55;
    animation: breathe 1.6s ease-in-out infinite alternate;
  }

  @keyframes breathe {
    to {
      opacity: 0.25;
    }
  }
`;
