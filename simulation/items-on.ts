import type { Item, Table } from '../lib/store/table.ts';

/** All items whose sort key has the prefix. */
export const itemsOn = async (table: Table, prefix = ''): Promise<Item[]> => {
  const keys = await Array.fromAsync(table.scan({}));
  const items = await Promise.all(
    keys.filter(({ sk }) => sk.startsWith(prefix)).map((key) => table.get(key)),
  );
  return items.filter((item) => item !== undefined);
};

/** All entries of paged results. */
export const allOf = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> =>
  (await Array.fromAsync(pages)).flat();
