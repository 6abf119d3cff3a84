/** The first items, at most `limit`, and whether there are more. No further page is read. */
export const takeAtMost = async <T>(
  items: AsyncIterable<T>,
  limit: number,
): Promise<{ readonly taken: readonly T[]; readonly more: { readonly more?: true } }> => {
  const taken: T[] = [];
  for await (const item of items) {
    if (taken.length === limit) return { taken, more: { more: true } };
    taken.push(item);
  }
  return { taken, more: {} };
};
