import type { Item, Key, Table } from '../lib/store/table.ts';

/** All items whose sort key has the prefix. */
export const itemsOn = async (table: Table, prefix = ''): Promise<Item[]> => {
  const keys: Key[] = [];
  for await (const key of table.scan({})) if (key.sk.startsWith(prefix)) keys.push(key);
  const items = await Promise.all(keys.map((key) => table.get(key)));
  return items.filter((item) => item !== undefined);
};

/** All entries of paged results. */
export const allOf = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const entries: T[] = [];
  for await (const page of pages) entries.push(...page);
  return entries;
};
