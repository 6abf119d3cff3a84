import { compareText } from '../../billing/compare-text.ts';

/** Merges sorted streams into one sorted stream; of equal items the earlier stream's come first. */
export async function* mergeSorted<T>(
  streams: readonly AsyncIterable<T>[],
  keyOf: (item: T) => string,
): AsyncIterable<T> {
  const heads = await Promise.all(
    streams.map(async (stream) => {
      const iterator = stream[Symbol.asyncIterator]();
      return { iterator, next: await iterator.next() };
    }),
  );
  for (;;) {
    const [first] = heads
      .flatMap((head) =>
        head.next.done ? [] : [{ head, item: head.next.value, key: keyOf(head.next.value) }],
      )
      .sort((a, b) => compareText(a.key, b.key));
    if (!first) return;
    yield first.item;
    first.head.next = await first.head.iterator.next();
  }
}
