import type { ViewQuery } from '../../src/protocol/viewProtocol.ts';

/** Takes the faces that are to be searched by. */
export type FaceChoice = (faceIds: readonly number[]) => void;

interface Modifiers {
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * The choice after a face was clicked: that face alone; with Ctrl, ⌘ or Shift it joins or leaves
 * the others.
 */
export function chosenFaces(
  query: Pick<ViewQuery, 'selectedFaceIds'>,
  faceId: number,
  modifiers: Modifiers,
): readonly number[] {
  const selected = query.selectedFaceIds;
  const chosen = selected.includes(faceId);
  if (modifiers.ctrlKey || modifiers.metaKey || modifiers.shiftKey) {
    return chosen ? selected.filter((id) => id !== faceId) : [...selected, faceId];
  }
  return [faceId];
}
