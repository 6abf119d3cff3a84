import assert from 'node:assert/strict';
import { compareText } from '../billing/compare-text.ts';
import { createMemoryTable } from './memory-table.ts';
import type { Item, Put, QueryOptions, Table } from './table.ts';

const notOfScratch = () => assert.fail('nothing is scanned or deleted in a scratch table');

/** Merges items of one partition into pages of another table, whose items of equal keys they hide. */
async function* mergePages(pages: AsyncIterable<readonly Item[]>, own: readonly Item[], order: 1 | -1) {
  const hidden = new Set(own.map(({ sk }) => sk));
  const isUpTo = (last: Item | undefined) => (item: Item) =>
    last === undefined || order * compareText(item.sk, last.sk) <= 0;
  let left = own;
  for await (const page of pages) {
    const before = left.filter(isUpTo(page.at(-1)));
    left = left.slice(before.length);
    const kept = page.filter(({ sk }) => !hidden.has(sk));
    yield before.length === 0 ? kept : [...kept, ...before].sort((a, b) => order * compareText(a.sk, b.sk));
  }
  if (left.length > 0) yield left;
}

/**
 * A table as it would be after some writes: they are kept in memory, where its reads find them, and
 * never reach the table below. Nothing is scanned or deleted in it.
 */
export const createScratchTable = (below: Table): Table => {
  const written = createMemoryTable();
  /** Copies what the condition of a write is about. */
  const copy = async ({ item: key, condition }: Put) => {
    if (!condition || (await written.get(key))) return;
    const item = await below.get(key);
    if (item) await written.put({ item });
  };
  return {
    get: async (key) => (await written.get(key)) ?? (await below.get(key)),

    async *query(pk, { limit = Number.POSITIVE_INFINITY, ...range }: QueryOptions = {}) {
      const own = (await Array.fromAsync(written.query(pk, range))).flat();
      let left = limit;
      for await (const page of mergePages(below.query(pk, range), own, range.backwards ? -1 : 1)) {
        yield page.slice(0, left);
        left -= page.length;
        if (left <= 0) return;
      }
    },

    async put(put) {
      await copy(put);
      return written.put(put);
    },

    async putTogether(puts) {
      for (const put of puts) await copy(put);
      return written.putTogether(puts);
    },

    putEach: (items) => written.putEach(items),

    scan: notOfScratch,
    delete: notOfScratch,
  };
};
