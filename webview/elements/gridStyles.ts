import { css } from 'lit';

/** Between cards and between rows. */
export const gapPx = 8;

/** How the grid of results places its rows; cards have styles of their own. */
export const gridStyles = css`
  :host {
    display: block;
  }

  .grid {
    position: relative;
    width: 100%;
    height: var(--total);
  }

  /* Changes its size with the text alone. */
  .em {
    position: absolute;
    width: 1em;
    visibility: hidden;
  }

  .row {
    position: absolute;
    inset-inline: 0;
    top: 0;
    display: grid;
    grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
    gap: ${gapPx}px;
    transform: translateY(var(--start));
    contain: layout style;
  }
`;
