import { addMonths } from '../../billing/months.ts';
import { DUE_SHARDS } from '../../store/keys.ts';
import type { DueMark } from '../../store/store.ts';
import { type Ledger, writingMonths } from '../billing-context.ts';

/** The shards that the changed months are spread over. */
export const SHARDS: readonly number[] = [...Array(DUE_SHARDS).keys()];

/** Changed months by a key that sorts by project and usage month. */
export type ChangedMonths = ReadonlyMap<string, DueMark>;

const keyOf = ({ projectId, usageMonth }: DueMark) => `${projectId} ${usageMonth}`;

/** The changed months of a shard that were written in `months`, each project and usage month once. */
export const readMarks = async (
  { store }: Ledger,
  shard: number,
  months: readonly string[],
): Promise<ChangedMonths> => {
  const written = await Promise.all(months.map((month) => Array.fromAsync(store.dueMarks(month, shard))));
  return new Map(written.flat().map((mark) => [keyOf(mark), mark]));
};

/** What the close of `month` bills: changed months up to it, written since the month before (rule 5). */
export const readDue = async (ledger: Ledger, shard: number, month: string): Promise<ChangedMonths> => {
  const marks = await readMarks(ledger, shard, writingMonths(ledger, addMonths(month, -1), ledger.now()));
  return new Map([...marks].filter(([, { usageMonth }]) => usageMonth <= month));
};
