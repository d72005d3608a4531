import type { PassedOver } from '../engine/files/passedOver.ts';

/** What a scan left out, as `unsupported: 3 (2 heic, 1 xcf) · ignored: 2 · outside: 1`; empty for nothing. */
export function describePassedOver({
  unsupported,
  ignored,
  ignoredFolders,
  outside,
}: PassedOver): string {
  const endings = Object.entries(unsupported).sort(([, a], [, b]) => b - a);
  const files = endings.reduce((sum, [, count]) => sum + count, 0);
  const named = endings.map(([ending, count]) => `${count} ${ending}`).join(', ');
  return [
    ...(files > 0 ? [`unsupported: ${files} (${named})`] : []),
    ...(ignored > 0 ? [`ignored: ${ignored}`] : []),
    ...(ignoredFolders > 0 ? [`ignored folders: ${ignoredFolders}`] : []),
    ...(outside > 0 ? [`outside: ${outside}`] : []),
  ].join(' · ');
}
