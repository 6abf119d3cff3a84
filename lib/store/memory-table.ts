import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Condition, Item, Key, QueryOptions, Table, Value } from './table.ts';

const holds = (condition: Condition | undefined, existing: Item | undefined): boolean => {
  switch (condition?.kind) {
    case undefined:
      return true;
    case 'absent':
      return existing === undefined;
    case 'not newer':
      return (
        existing === undefined ||
        Object.entries(condition.than).every(([name, value]) => {
          const stored = existing[name];
          return typeof stored === 'number' && stored <= value;
        })
      );
    case 'unchanged':
      return Object.entries(condition.from).every(([name, value]) =>
        isDeepStrictEqual(existing?.[name], value),
      );
  }
};

const SURROGATE = /[\ud800-\udfff]/;

/** By bytes of UTF-8, which is the order of UTF-16 without surrogates. */
const compareBytes = (a: string, b: string): number => {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
};

/** Page size: small, so that tests read more than one page. */
const PAGE_ITEMS = 100;

/**
 * Readers share the stored items, so they are deeply frozen; bytes cannot be. Plain loops, since it
 * runs at each write and structuredClone is slow for small objects.
 */
const frozenCopy = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const copy: Record<string, unknown> = {};
  // A label may have this name.
  for (const name of Object.keys(value)) {
    const inner = frozenCopy((value as Readonly<Record<string, unknown>>)[name]);
    if (name === '__proto__') Object.defineProperty(copy, name, { value: inner, enumerable: true });
    else copy[name] = inner;
  }
  return Object.freeze(copy) as T;
};

const MAX_ITEM_BYTES = 400 * 1024;

type BytesOfText = (text: string) => number;

/** The size of a value as DynamoDB counts it, but for a byte or two of a number. */
const bytesOf = (value: Value | undefined, bytesOfText: BytesOfText): number => {
  // A member that is undefined is not stored.
  if (value === undefined) return 0;
  if (typeof value === 'string') return bytesOfText(value);
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' || typeof value === 'bigint') return 2 + String(value).length / 2;
  if (value instanceof Uint8Array) return value.length;
  let sum = 3;
  if (Array.isArray(value)) for (const each of value) sum += 1 + bytesOf(each, bytesOfText);
  else
    for (const name of Object.keys(value))
      sum += 1 + name.length + bytesOf((value as Readonly<Record<string, Value>>)[name], bytesOfText);
  return sum;
};

/** At most three bytes a character: most items are far below the limit, whatever their texts. */
const fits = (item: Item): boolean =>
  bytesOf(item, ({ length }) => 3 * length) <= MAX_ITEM_BYTES ||
  bytesOf(item, Buffer.byteLength) <= MAX_ITEM_BYTES;

const assertFits = (item: Item): void => {
  if (!fits(item)) assert.fail(`an item has at most 400 KB: ${item.pk} ${item.sk}`);
};

const pick = (item: Item, attributes: readonly string[]): Item => {
  const picked: Record<string, Value> & Key = { pk: item.pk, sk: item.sk };
  for (const name of attributes) {
    const value = item[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
};

/** Index of the first of the sorted keys that is not before `key`, or that is after it. */
const firstIndex = (order: readonly string[], key: string, isAfter = false): number => {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const compared = compareBytes(order[middle] ?? '', key);
    if (compared < 0 || (isAfter && compared === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Items by partition. */
const createPartitions = () => {
  const partitions = new Map<string, Map<string, Item>>();
  /** The sorted keys of a partition. */
  const orders = new Map<string, string[]>();

  return {
    names: () => [...partitions.keys()],

    find: ({ pk, sk }: Key) => partitions.get(pk)?.get(sk),

    write(item: Item) {
      assertFits(item);
      const { pk, sk } = item;
      const partition = partitions.get(pk) ?? new Map<string, Item>();
      const order = orders.get(pk) ?? [];
      if (!partition.has(sk)) order.splice(firstIndex(order, sk), 0, sk);
      partition.set(sk, frozenCopy(item));
      partitions.set(pk, partition);
      orders.set(pk, order);
    },

    remove({ pk, sk }: Key) {
      const order = orders.get(pk);
      if (partitions.get(pk)?.delete(sk)) order?.splice(firstIndex(order, sk), 1);
    },

    /** A copy: the partition may change while it is read. */
    sortedKeys(pk: string, prefix = '', after?: string): string[] {
      const order = orders.get(pk) ?? [];
      const first = firstIndex(order, prefix);
      let end = first;
      while (order[end]?.startsWith(prefix)) end += 1;
      return order.slice(after === undefined ? first : Math.max(first, firstIndex(order, after, true)), end);
    },
  };
};

type Partitions = ReturnType<typeof createPartitions>;

const createReads = ({ names, find, sortedKeys }: Partitions): Pick<Table, 'get' | 'query' | 'scan'> => ({
  get: async (key) => find(key),

  async *query(pk, { prefix = '', after, limit, backwards }: QueryOptions = {}) {
    assert(after === undefined || after.startsWith(prefix), 'a page comes after a key with its prefix');
    const found = (
      backwards
        ? sortedKeys(pk, prefix)
            .toReversed()
            .filter((sk) => after === undefined || compareBytes(sk, after) < 0)
        : sortedKeys(pk, prefix, after)
    ).slice(0, limit);
    for (let start = 0; start < found.length; start += PAGE_ITEMS)
      yield found.slice(start, start + PAGE_ITEMS).flatMap((sk) => find({ pk, sk }) ?? []);
  },

  async *scan({ segment = { index: 0, of: 1 }, after, attributes = [] }) {
    const inSegment = names().filter((_, order) => order % segment.of === segment.index);
    const from = after === undefined ? 0 : inSegment.indexOf(after.pk);
    for (const pk of inSegment.slice(from))
      for (const sk of sortedKeys(pk, '', pk === after?.pk ? after.sk : undefined)) {
        const item = find({ pk, sk });
        if (item) yield pick(item, attributes);
      }
  },
});

/** A table in memory with the guarantees of the real one, for fast tests and simulations. */
export const createMemoryTable = (): Table => {
  const partitions = createPartitions();
  const { find, write, remove } = partitions;
  return {
    ...createReads(partitions),

    put: async ({ item, condition }) => {
      const existing = find(item);
      if (!holds(condition, existing)) return { written: false, existing };
      write(item);
      return { written: true };
    },

    putTogether: async (puts) => {
      const keys = new Set(puts.map(({ item }) => `${item.pk} ${item.sk}`));
      assert(keys.size === puts.length, 'a transaction puts an item once');
      for (const { item } of puts) assertFits(item);
      if (!puts.every(({ item, condition }) => holds(condition, find(item)))) return { written: false };
      for (const { item } of puts) write(item);
      return { written: true };
    },

    putEach: async (items) => {
      for (const item of items) write(item);
    },

    delete: async (key, condition) => {
      const existing = find(key);
      if (existing === undefined || !holds(condition, existing)) return { deleted: false };
      remove(key);
      return { deleted: true };
    },
  };
};
