import { toAttributes } from '../lib/store/dynamodb-expressions.ts';
import type { Item, Key, Table } from '../lib/store/table.ts';
import { itemBytes } from './item-bytes.ts';

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;
/** A page of a query. */
const PAGE_BYTES = 1_048_576;

const bytesOf = (item: Item | undefined): number => (item ? itemBytes(toAttributes(item)) : 0);
const unitsOf = (bytes: number, unit: number): number => Math.max(1, Math.ceil(bytes / unit));

/** Units that AWS would bill for the calls of a table. */
export interface TableBill {
  reads: number;
  writes: number;
}

/**
 * Counts the units of a table in memory as AWS bills them: consistent reads by commenced 4 KB of a
 * page, writes by commenced KB, twice in transactions.
 */
export const meterTable = (table: Table) => {
  let bill: TableBill = { reads: 0, writes: 0 };
  /** By the larger of the item and the one it replaces, also where a condition fails. */
  const countWrites = async (items: readonly (Item | Key)[], times: number) => {
    for (const item of items) {
      const bytes = Math.max(bytesOf(item), bytesOf(await table.get(item)));
      bill.writes += times * unitsOf(bytes, WRITE_UNIT_BYTES);
    }
  };
  const metered: Table = {
    ...table,
    async get(key) {
      const item = await table.get(key);
      bill.reads += unitsOf(bytesOf(item), READ_UNIT_BYTES);
      return item;
    },
    async *query(pk, options) {
      let bytes = 0;
      for await (const page of table.query(pk, options)) {
        for (const item of page) bytes += bytesOf(item);
        yield page;
      }
      const pages = Math.floor(bytes / PAGE_BYTES);
      bill.reads += pages * (PAGE_BYTES / READ_UNIT_BYTES) + unitsOf(bytes % PAGE_BYTES, READ_UNIT_BYTES);
    },
    async put(put) {
      await countWrites([put.item], 1);
      return table.put(put);
    },
    async putTogether(puts) {
      await countWrites(
        puts.map(({ item }) => item),
        2,
      );
      return table.putTogether(puts);
    },
    async putEach(items) {
      await countWrites(items, 1);
      return table.putEach(items);
    },
    async delete(key, condition) {
      await countWrites([key], 1);
      return table.delete(key, condition);
    },
  };
  return {
    table: metered,
    /** The bill since the last call. */
    takeBill(): TableBill {
      const taken = bill;
      bill = { reads: 0, writes: 0 };
      return taken;
    },
  };
};
