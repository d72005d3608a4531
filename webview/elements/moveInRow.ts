/** Where a key leads in a row of `count` items, around its ends; -1 for other keys. */
export function moveInRow(key: string, index: number, count: number, rtl: boolean): number {
  const around = (target: number) => (target + count) % count;
  switch (key) {
    case 'ArrowRight':
      return around(index + (rtl ? -1 : 1));
    case 'ArrowLeft':
      return around(index + (rtl ? 1 : -1));
    case 'ArrowDown':
      return around(index + 1);
    case 'ArrowUp':
      return around(index - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return -1;
  }
}
