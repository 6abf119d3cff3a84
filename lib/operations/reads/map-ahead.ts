/** Maps items in their order, `ahead` of them at a time. */
export async function* mapAhead<From, To>(
  items: AsyncIterable<From> | Iterable<From>,
  ahead: number,
  map: (item: From) => Promise<To>,
): AsyncGenerator<To> {
  const pending: Promise<To>[] = [];
  for await (const item of items) {
    const mapped = map(item);
    // The consumer may stop before this one, or fail at an earlier one.
    mapped.catch(() => {});
    pending.push(mapped);
    const first = pending.length >= ahead ? pending.shift() : undefined;
    if (first) yield await first;
  }
  for (const mapped of pending) yield await mapped;
}
