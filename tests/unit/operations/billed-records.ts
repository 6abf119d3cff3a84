import { packRows, unpackRows } from '../../../lib/store/columns.ts';
import type { Item, Table } from '../../../lib/store/table.ts';
import { itemsOn } from '../../../simulation/items-on.ts';

/** A billed charge record as it is packed in a block. */
export type PackedRecord = Record<string, unknown> & { readonly jobId: string; readonly start: number };

/** A record of any attempt, committed or not, and the item it is in. */
export type FoundRecord = PackedRecord & { readonly block: Item; readonly statementId: string };

export const recordsIn = (block: Item): PackedRecord[] =>
  unpackRows(block.rows as Uint8Array) as PackedRecord[];

/** Every billed charge record of the table by partition, statement, job and start. */
export const billedRecords = async (table: Table, partition = ''): Promise<FoundRecord[]> => {
  const blocks = (await itemsOn(table, 'BILLED#')).filter(({ pk }) => pk.startsWith(partition));
  return blocks
    .sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1))
    .flatMap((block) =>
      recordsIn(block).map((record) => ({ ...record, block, statementId: block.sk.split('#')[1] ?? '' })),
    );
};

/** Puts other records into a block. */
export const repack = (table: Table, block: Item, records: readonly PackedRecord[]) =>
  table.put({ item: { ...block, rows: packRows(records) } });

/** Replaces the one record of which `isIt` holds, by what `edit` makes of it, or takes it out. */
export const editRecord = async (
  table: Table,
  isIt: (record: FoundRecord) => boolean,
  edit: (record: PackedRecord) => PackedRecord | undefined,
): Promise<void> => {
  const found = (await billedRecords(table)).filter(isIt);
  const [record] = found;
  if (!record || found.length > 1) throw new Error(`${found.length} records are meant`);
  const { block, jobId, start } = record;
  const records = recordsIn(block).flatMap((other) =>
    other.jobId === jobId && other.start === start ? (edit(other) ?? []) : [other],
  );
  if (records.length > 0) await repack(table, block, records);
  else await table.delete(block, { kind: 'unchanged', from: { sk: block.sk } });
};
