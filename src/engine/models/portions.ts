/** Of how many faces of one picture there are crops at a time: a collage has thousands of faces. */
const facesAtOnce = 64;

/** The faces of several pictures in portions: the first ones of each picture, then its next ones. */
export function* portions<T>(pictures: readonly (readonly T[])[]): Generator<(readonly T[])[]> {
  const most = Math.max(0, ...pictures.map((faces) => faces.length));
  for (let at = 0; at < most; at += facesAtOnce) {
    yield pictures.map((faces) => faces.slice(at, at + facesAtOnce));
  }
}
