/**
 * Building blocks of a pipeline over async iterables. Each pulls from its source only as much
 * as it has room for, so that memory stays bounded whatever the number of items, and each
 * stage works while the next one does.
 */

/**
 * Applies `work` to up to `concurrency` items at a time and yields results as they come, not
 * in order. The first rejection ends the iteration and rejects it; `work` started before then
 * is awaited, so that nothing runs on unobserved.
 */
export async function* mapUnordered<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const items = iteratorOf(source);
  const running = new Map<number, Promise<{ key: number; result: R }>>();
  let nextKey = 0;
  let pulling: Promise<{ item: IteratorResult<T> }> | undefined;
  let ended = false;
  try {
    while (!ended || running.size > 0) {
      if (!ended && pulling === undefined && running.size < concurrency) {
        pulling = Promise.resolve(items.next()).then((item) => ({ item }));
      }
      // Waits for whichever comes first: another item to start, or a finished one to hand on.
      const event = await Promise.race([...running.values(), ...(pulling ? [pulling] : [])]);
      if ('item' in event) {
        pulling = undefined;
        if (event.item.done === true) {
          ended = true;
        } else {
          const key = nextKey++;
          running.set(
            key,
            work(event.item.value).then((result) => ({ key, result })),
          );
        }
      } else {
        running.delete(event.key);
        yield event.result;
      }
    }
  } finally {
    await Promise.allSettled([...running.values(), pulling]);
    await items.return?.();
  }
}

/**
 * Runs ahead of its consumer by up to `capacity` items, so that a source which waits (for a
 * disk, a decoder) does so while the consumer computes.
 */
export async function* buffer<T>(
  source: AsyncIterable<T>,
  capacity: number,
): AsyncGenerator<T, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  const queue: Promise<IteratorResult<T>>[] = [];
  const pull = () => {
    const next = items.next();
    // A rejection is seen when its turn comes; until then it is not an unhandled one.
    next.catch(() => undefined);
    queue.push(next);
  };
  try {
    while (queue.length < capacity) {
      pull();
    }
    for (;;) {
      const next = await queue.shift();
      if (next === undefined || next.done === true) {
        return;
      }
      pull();
      yield next.value;
    }
  } finally {
    await Promise.allSettled(queue);
    await items.return?.();
  }
}

/**
 * Groups of up to `size` items, in order; the last may be smaller. The size is asked for with every
 * item: it may be known only once the first is there.
 */
export async function* inBatches<T>(
  source: AsyncIterable<T>,
  size: () => number,
): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length >= size()) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

function iteratorOf<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}
