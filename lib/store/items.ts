import type { Condition, Item, Key, Value } from './table.ts';

/** Translation between items of the table and the content of jobmeter's records. */

export const toItem = (key: Key, content: object): Item => ({
  ...(content as Record<string, Value>),
  ...key,
});

export const fromItem = <T>({ pk: _, sk: __, ...content }: Item): T => content as T;

export const fromItemThatExpires = <T>(item: Item): T => {
  const { expiresAt: _, ...content } = item;
  return fromItem<T>(content as Item);
};

/** The condition that nobody has saved an item since it was read, or found absent. */
export const asRead = (read: { readonly version: number } | undefined): Condition =>
  read ? { kind: 'unchanged', from: { version: read.version } } : { kind: 'absent' };

/** DynamoDB returns small bigints as numbers. Changes its argument, a copy. */
export const withExactAmount = <T extends { amount?: unknown }>(copy: T): T => {
  if (Number.isInteger(copy.amount)) copy.amount = BigInt(copy.amount as number);
  return copy;
};

export type Pages<T> = AsyncIterable<readonly T[]>;

export async function* mapPages<From, To>(pages: Pages<From>, convert: (item: From) => To) {
  for await (const page of pages) yield page.map(convert);
}

/** The items of all pages, one by one. */
export async function* mapItems<From, To>(pages: Pages<From>, convert: (item: From) => To) {
  for await (const page of pages) for (const item of page) yield convert(item);
}
