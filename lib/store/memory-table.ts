import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Condition, Item, Key, QueryOptions, Table } from './table.ts';

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
    case 'equal':
      return (
        existing !== undefined &&
        Object.entries(condition.to).every(([name, value]) => existing[name] === value)
      );
    case 'unchanged':
      return isDeepStrictEqual(existing?.[condition.attribute], condition.value);
  }
};

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Page size: small, so that tests read more than one page. */
const PAGE_ITEMS = 100;

/** Readers share the stored items, so they are deeply frozen; bytes cannot be. */
const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};

const pick = (item: Item, attributes: readonly string[]) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => attributes.includes(name)));

/** Items by partition. */
const createPartitions = () => {
  const partitions = new Map<string, Map<string, Item>>();
  /** The sorted keys of a partition, until one is added or removed. */
  const orders = new Map<string, readonly string[]>();

  return {
    names: () => [...partitions.keys()],

    find: ({ pk, sk }: Key) => partitions.get(pk)?.get(sk),

    write(item: Item) {
      const partition = partitions.get(item.pk) ?? new Map<string, Item>();
      if (!partition.has(item.sk)) orders.delete(item.pk);
      partition.set(item.sk, freeze(structuredClone(item)));
      partitions.set(item.pk, partition);
    },

    remove({ pk, sk }: Key) {
      partitions.get(pk)?.delete(sk);
      orders.delete(pk);
    },

    sortedKeys(pk: string, prefix: string, after: string | undefined) {
      const order = orders.get(pk) ?? [...(partitions.get(pk)?.keys() ?? [])].sort(compareBytes);
      orders.set(pk, order);
      return order.filter(
        (sk) => sk.startsWith(prefix) && (after === undefined || compareBytes(sk, after) > 0),
      );
    },
  };
};

type Partitions = ReturnType<typeof createPartitions>;

const createReads = ({ names, find, sortedKeys }: Partitions): Pick<Table, 'get' | 'query' | 'scan'> => ({
  get: async (key) => find(key),

  async *query(pk, { prefix = '', after, limit, backwards }: QueryOptions = {}) {
    const found = (
      backwards
        ? sortedKeys(pk, prefix, undefined)
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
        if (item) yield { ...pick(item, attributes), pk, sk };
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
