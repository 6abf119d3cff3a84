import assert from 'node:assert/strict';
import { MAX_PACKED_BYTES, packRows, unpackRows } from './columns.ts';
import type { Key, Table } from './table.ts';

/** More rows than this are packed beside their item: in it they cost more, and 1,000 hardly fit. */
export const MAX_ROWS_IN_ITEM = 100;

const partKey = ({ pk, sk }: Key, part: number): Key => ({
  pk,
  sk: `${sk}#${String(part).padStart(4, '0')}`,
});

/**
 * Content of any size beside an item that says how many parts it has. They are written before that
 * item, under a key that no other content ever has: what is left of a crash between is never read.
 */
export const createParts = (table: Table) => {
  const readPart = async (key: Key): Promise<Uint8Array> => {
    const item = await table.get(key);
    if (item?.content instanceof Uint8Array) return item.content;
    return assert.fail(`${key.pk} ${key.sk} is missing: the table is damaged`);
  };

  return {
    /** Packs rows, and gives the number of their parts. These expire where it is given when (epoch seconds). */
    async writeRows(key: Key, rows: readonly object[], expiresAt?: number): Promise<number> {
      const bytes = packRows(rows);
      let count = 0;
      for (let start = 0; start < bytes.length; start += MAX_PACKED_BYTES) {
        const content = bytes.slice(start, start + MAX_PACKED_BYTES);
        const item = { ...partKey(key, count), content, ...(expiresAt !== undefined && { expiresAt }) };
        await table.put({ item });
        count += 1;
      }
      return count;
    },

    /** Rows without bigints, as they were written. */
    async readRows<Row>(key: Key, count: number): Promise<Row[]> {
      const parts = Array.from({ length: count }, (_, part) => readPart(partKey(key, part)));
      return unpackRows(Buffer.concat(await Promise.all(parts))) as Row[];
    },
  };
};
