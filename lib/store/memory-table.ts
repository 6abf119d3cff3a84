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
        Object.entries(condition.than).every(([name, value]) => Number(existing[name]) <= value)
      );
    case 'unchanged':
      return existing?.[condition.attribute] === condition.value;
  }
};

/** A table in memory with the promises of the real one, for fast tests and simulations. */
export const createMemoryTable = (): Table => {
  const partitions = new Map<string, Map<string, Item>>();

  const find = ({ pk, sk }: Key) => partitions.get(pk)?.get(sk);
  const write = (item: Item) => {
    const partition = partitions.get(item.pk) ?? new Map<string, Item>();
    partition.set(item.sk, structuredClone(item));
    partitions.set(item.pk, partition);
  };

  const putSync = ({ item, condition }: Put): WriteOutcome => {
    const existing = find(item);
    if (!holds(condition, existing)) return { written: false, existing: structuredClone(existing) };
    write(item);
    return { written: true };
  };

  return {
    get: async (key) => structuredClone(find(key)),

    async *query(pk, { prefix = '', after, limit }: QueryOptions = {}) {
      const keys = [...(partitions.get(pk)?.keys() ?? [])]
        .filter((sk) => sk.startsWith(prefix) && (after === undefined || sk > after))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const sk of keys.slice(0, limit)) {
        const item = find({ pk, sk });
        if (item) yield structuredClone(item);
      }
    },

    async *scan(prefix) {
      for (const partition of [...partitions.values()])
        for (const item of [...partition.values()])
          if (item.sk.startsWith(prefix)) yield structuredClone(item);
    },

    put: async (put) => putSync(put),

    putTogether: async (puts) => {
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
      return { deleted: true };
    },
  };
};
