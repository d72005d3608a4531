export interface GridShape {
  readonly count: number;
  readonly columns: number;
  /** Whole rows that fit into the window, at least 1. */
  readonly rowsPerPage: number;
  /** Right to left: the next card is to the left. */
  readonly rtl: boolean;
}

/**
 * Where a key leads from a card of the grid, as the ARIA grid pattern says.
 * @returns the position in the list, or null for a key that does not move.
 */
export function moveInGrid(key: string, index: number, shape: GridShape): number | null {
  const { count, columns, rowsPerPage, rtl } = shape;
  if (count === 0) {
    return null;
  }
  const clamp = (target: number) => Math.max(0, Math.min(target, count - 1));
  /** Stays in its column at the list's ends rather than leaving for its first or last card. */
  const byRows = (rows: number) => {
    const row = Math.floor(index / columns);
    const lastRow = Math.floor((count - 1) / columns);
    const target = Math.max(0, Math.min(row + rows, lastRow));
    return clamp(target * columns + (index % columns));
  };
  switch (key) {
    case 'ArrowRight':
      return clamp(index + (rtl ? -1 : 1));
    case 'ArrowLeft':
      return clamp(index + (rtl ? 1 : -1));
    case 'ArrowDown':
      return byRows(1);
    case 'ArrowUp':
      return byRows(-1);
    case 'PageDown':
      return byRows(rowsPerPage);
    case 'PageUp':
      return byRows(-rowsPerPage);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Cards beside each other: as many as fit with at least `leastWidth`, and one at least. */
export function columnsFor(width: number, leastWidth: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (leastWidth + gap)));
}

/** Rows `first`…`last` cut to the list, and the active one. */
export function rowsToDraw(first: number, last: number, count: number, active: number): number[] {
  const start = Math.max(0, first);
  const end = Math.min(count - 1, last);
  const rows = Array.from({ length: Math.max(0, end - start + 1) }, (_, row) => start + row);
  if (active < start && active < count) {
    return [active, ...rows];
  }
  return active > end && active < count ? [...rows, active] : rows;
}
