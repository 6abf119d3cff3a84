import type { Item, Table } from '../lib/store/table.ts';

/** Every item of a table whose sort key begins so. */
export const itemsOn = async (table: Table, prefix = ''): Promise<Item[]> => {
  const keys = await Array.fromAsync(table.scan({}));
  const items = await Promise.all(
    keys.filter(({ sk }) => sk.startsWith(prefix)).map((key) => table.get(key)),
  );
  return items.filter((item) => item !== undefined);
};

/** Everything on the pages of a read. */
export const allOf = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> =>
  (await Array.fromAsync(pages)).flat();
