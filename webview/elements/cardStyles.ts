import { css } from 'lit';

/** How a result looks in the grid. */
export const cardStyles = css`
  .card {
    position: relative;
    display: flex;
    flex-direction: column;
    min-width: 0;
    border-radius: 6px;
    cursor: pointer;
  }

  .card:hover .picture {
    border-color: var(--vscode-contrastActiveBorder, var(--ff-muted));
  }

  .card:focus-visible {
    outline: 2px solid var(--vscode-focusBorder);
    outline-offset: 2px;
  }

  .picture {
    position: relative;
    display: grid;
    place-items: center;
    width: 100%;
    aspect-ratio: 1;
    overflow: hidden;
    border-radius: 6px;
    border: 1px solid var(--ff-line);
    background: var(--ff-tile);
    container-type: size;
    direction: ltr;
  }

  .picture img {
    display: block;
    width: 100%;
    height: 100%;
    -webkit-user-drag: none;
  }

  .missing {
    color: var(--ff-muted);
  }

  .missing svg {
    width: 28px;
    height: 28px;
  }

  /* The picture in its own proportions, as large as the tile lets it be. */
  .frame {
    position: absolute;
    inset: 0;
    margin: auto;
    width: min(100cqw, 100cqh * var(--ratio));
    height: min(100cqh, 100cqw / var(--ratio));
    pointer-events: none;
  }

  /* Around the face, not over it: faces may be a few pixels large here. */
  .outline {
    position: absolute;
    box-sizing: content-box;
    translate: -2px -2px;
    border: 2px solid var(--ff-accent);
    border-radius: 3px;
    box-shadow: 0 0 0 1px var(--ff-halo);
  }

  .match {
    position: absolute;
    inset-block-end: 5px;
    inset-inline-start: 5px;
    display: flex;
    gap: 4px;
    max-width: calc(100% - 10px);
    padding: 0 6px;
    border-radius: 9px;
    font-size: 11px;
    font-weight: 600;
    line-height: 17px;
    color: var(--vscode-badge-foreground);
    background: var(--vscode-badge-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
  }

  /* Where there is little room the name is shortened first; the tooltip has both in full. */
  .match .who {
    flex-shrink: 1000;
  }

  .match > * {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .match.feel {
    font-weight: normal;
  }

  .caption {
    display: flex;
    flex-direction: column;
    height: 3.1em;
    padding: 3px 2px 0;
    overflow: hidden;
  }

  .name,
  .folder,
  .path > span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    line-height: 1.35;
    unicode-bidi: plaintext;
  }

  .folder {
    font-size: 0.85em;
    color: var(--ff-muted);
  }

  .path {
    display: flex;
    direction: ltr;
  }

  .path > span {
    white-space: pre;
  }

  .path > :last-child {
    flex: none;
    max-width: 80%;
  }

  .tools {
    position: absolute;
    inset-block-start: 5px;
    inset-inline: 5px;
    display: flex;
    justify-content: space-between;
    align-items: flex-start;
    pointer-events: none;
  }

  .tool {
    pointer-events: auto;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 3px;
    min-width: 24px;
    height: 24px;
    border-radius: 12px;
    font-size: 11px;
    font-weight: 600;
    color: var(--vscode-badge-foreground);
    background: var(--vscode-badge-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
  }

  .tool svg {
    width: 12px;
    height: 12px;
  }

  .copies {
    margin-inline-start: auto;
    padding: 0 6px;
  }

  .from {
    opacity: 0;
  }

  .card:hover .from,
  .card:focus-within .from {
    opacity: 1;
  }

  .waiting {
    cursor: default;
  }

  .line {
    width: 70%;
    height: 0.8em;
    margin-top: 4px;
  }
`;
