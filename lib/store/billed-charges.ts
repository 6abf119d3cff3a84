import assert from 'node:assert/strict';
import type { BilledCharge } from '../billing/billed-charge.ts';
import { compareText } from '../billing/compare-text.ts';
import type { ChargeRef } from './charges.ts';
import { packBlocks, unpackRows } from './columns.ts';
import { mapItems, type Pages, toItem } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Item, QueryOptions, Table } from './table.ts';

/** The content that one statement bills for one charge, and the content it replaces. */
export interface BilledChargeRecord {
  readonly statementId: string;
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  /** Absent where the charge is no longer billed. */
  readonly billed?: BilledCharge | undefined;
  /** The content billed by the statement before; absent the first time. */
  readonly replaces?: BilledCharge | undefined;
}

/** Records in a block. More would take hardly fewer bytes each. */
export const BLOCK_RECORDS = 500;
/**
 * More full blocks than fit into a page: DynamoDB Local reads as many as are asked for, whatever
 * their size.
 */
const BLOCKS_OF_PAGE = 40;

/** A record as it is packed: its statement and usage month are in the key of the block. */
type Row = Omit<BilledChargeRecord, 'statementId' | 'usageMonth'>;

/** Without a rest of members, which takes several times as long. */
const toRow = ({ jobId, start, billed, replaces }: BilledChargeRecord): Row => ({
  jobId,
  start,
  billed,
  replaces,
});

/** Packed bigints are texts. Changes its argument, which was just unpacked. */
const withBigAmount = (billed: { amount: bigint } | undefined) => {
  if (billed) billed.amount = BigInt(billed.amount);
};

/** The records of a block, by charge. A close reads millions: one object for each. */
const recordsOf = (statementId: string, usageMonth: string, item: Item): BilledChargeRecord[] =>
  unpackRows(item.rows as Uint8Array).map((row) => {
    const record = Object.assign(row, { statementId, usageMonth }) as unknown as BilledChargeRecord;
    withBigAmount(record.billed);
    withBigAmount(record.replaces);
    return record;
  });

/**
 * The charges that statements billed, with the content of each (protocol rule 6), in blocks: many
 * records of one statement in one item, sorted by charge.
 */
export const createBilledCharges = (table: Table) => {
  /** The block in which a charge is, if the statement billed it and is not of a later block. */
  const blockBefore = async (pk: string, blocks: string, charge: string): Promise<Item | undefined> => {
    const options: QueryOptions = { prefix: blocks, after: blocks + charge, backwards: true, limit: 1 };
    for await (const [block] of table.query(pk, options)) return block;
    return undefined;
  };

  return {
    /** Pages of what a statement billed of a usage month, by job and start, from `after` on. */
    async *billedChargePages(
      { projectId, usageMonth }: ProjectMonth,
      statementId: string,
      after?: ChargeRef,
    ): Pages<BilledChargeRecord> {
      const pk = keys.usagePartition(projectId, usageMonth);
      const blocks = keys.billedBlocks(statementId);
      const all: QueryOptions = { prefix: blocks, pageItems: BLOCKS_OF_PAGE };
      const toRecords = (item: Item) => recordsOf(statementId, usageMonth, item);
      /** Block by block: a reader may stop at any. */
      const unpacked = (pages: Pages<Item>) => mapItems(pages, toRecords);
      if (!after) {
        yield* unpacked(table.query(pk, all));
        return;
      }
      const from = keys.chargeText(after.jobId, after.start);
      // Its own block begins with it, or with a charge before it.
      const block = await blockBefore(pk, blocks, `${from}~`);
      if (block) yield toRecords(block).filter((record) => compareText(keys.chargeTextOf(record), from) > 0);
      const rest = { ...all, ...(block && { after: block.sk }) };
      yield* unpacked(table.query(pk, rest));
    },

    /** What a statement billed of a job in a usage month, by start. */
    async jobBilledCharges(
      { projectId, usageMonth }: ProjectMonth,
      statementId: string,
      jobId: string,
    ): Promise<BilledChargeRecord[]> {
      const pk = keys.usagePartition(projectId, usageMonth);
      const blocks = keys.billedBlocks(statementId);
      const ofJob = keys.chargesOfJob(jobId);
      const [before, own] = await Promise.all([
        blockBefore(pk, blocks, ofJob),
        Array.fromAsync(table.query(pk, { prefix: blocks + ofJob })),
      ]);
      return [...(before ? [before] : []), ...own.flat()]
        .flatMap((item) => recordsOf(statementId, usageMonth, item))
        .filter((record) => record.jobId === jobId);
    },

    /** Writes records of one usage month, which are sorted by charge. */
    async writeBilledCharges(
      { projectId, usageMonth }: ProjectMonth,
      statementId: string,
      records: readonly BilledChargeRecord[],
    ): Promise<void> {
      const items: Item[] = [];
      for (const { first, packed: rows } of packBlocks(records.map(toRow), BLOCK_RECORDS)) {
        const begin = records[first] ?? assert.fail('a block begins with one of the records');
        items.push(toItem(keys.billedBlockKey({ projectId, usageMonth }, statementId, begin), { rows }));
      }
      await table.putEach(items);
    },
  };
};
