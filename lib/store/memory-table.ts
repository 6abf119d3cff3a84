import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Condition, Item, Key, Put, QueryOptions, Table, WriteOutcome } from './table.ts';

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
          const known = existing[name];
          return typeof known === 'number' && known <= value;
        })
      );
    case 'unchanged':
      return isDeepStrictEqual(existing?.[condition.attribute], condition.value);
  }
};

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Items of one page: few, so that readers meet more than one. */
const PAGE_ITEMS = 100;

/** Items are given out as they are stored, so they are frozen to the bottom. */
const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};

const pick = (item: Item, attributes: readonly string[]) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => attributes.includes(name)));

/** A table in memory with the promises of the real one, for fast tests and simulations. */
export const createMemoryTable = (): Table => {
  const partitions = new Map<string, Map<string, Item>>();

  const find = ({ pk, sk }: Key) => partitions.get(pk)?.get(sk);
  const write = (item: Item) => {
    const partition = partitions.get(item.pk) ?? new Map<string, Item>();
    if (!partition.has(item.sk)) orders.delete(item.pk);
    partition.set(item.sk, freeze(structuredClone(item)));
    partitions.set(item.pk, partition);
  };

  /** The sort keys of a partition in order, until one comes or goes. */
  const orders = new Map<string, readonly string[]>();
  const sortedKeys = (pk: string, prefix: string, after: string | undefined) => {
    const order = orders.get(pk) ?? [...(partitions.get(pk)?.keys() ?? [])].sort(compareBytes);
    orders.set(pk, order);
    return order.filter(
      (sk) => sk.startsWith(prefix) && (after === undefined || compareBytes(sk, after) > 0),
    );
  };

  const putSync = ({ item, condition }: Put): WriteOutcome => {
    const existing = find(item);
    if (!holds(condition, existing)) return { written: false, existing };
    write(item);
    return { written: true };
  };

  return {
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
      const names = [...partitions.keys()].filter((_, order) => order % segment.of === segment.index);
      const from = after === undefined ? 0 : names.indexOf(after.pk);
      for (const pk of names.slice(from))
        for (const sk of sortedKeys(pk, '', pk === after?.pk ? after.sk : undefined)) {
          const item = find({ pk, sk });
          if (item) yield { ...pick(item, attributes), pk, sk };
        }
    },

    put: async (put) => putSync(put),

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
      partitions.get(key.pk)?.delete(key.sk);
      orders.delete(key.pk);
      return { deleted: true };
    },
  };
};
