import { compareText } from '../../billing/compare-text.ts';
import { addMonths } from '../../billing/months.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import { SHARD_COUNT } from '../../store/keys.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';

/** The shards of the changed months. */
export const SHARDS: readonly number[] = [...Array(SHARD_COUNT).keys()];

/** Changed months by a key that sorts by project and usage month. */
export type ChangedMonths = ReadonlyMap<string, ProjectMonth>;

const keyOf = ({ projectId, usageMonth }: ProjectMonth) => `${projectId} ${usageMonth}`;

/** The changed months of a shard that were marked in `months`, each once. */
export const readMarks = async (
  { store }: BillingContext,
  shard: number,
  months: readonly string[],
): Promise<ChangedMonths> => {
  const written = await Promise.all(
    months.map((month) => Array.fromAsync(store.changedMonths(month, shard))),
  );
  return new Map(written.flat().map((mark) => [keyOf(mark), mark]));
};

/**
 * The projects that the close of `month` bills, by id: those with usage months up to it that were
 * marked since the one before (rule 5).
 */
export const readChangedProjects = async (
  context: BillingContext,
  shard: number,
  month: string,
): Promise<string[]> => {
  const marks = await readMarks(context, shard, writingMonths(context, addMonths(month, -1), context.now()));
  const due = [...marks.values()].filter(({ usageMonth }) => usageMonth <= month);
  return [...new Set(due.map(({ projectId }) => projectId))].sort(compareText);
};

/** A project's usage months that were marked from the month `first` on, oldest first (rule 5). */
export const monthsMarkedSince = async (
  context: Pick<BillingContext, 'store' | 'calendar'>,
  projectId: string,
  first: string,
  now: number,
): Promise<string[]> => {
  const marked = await Promise.all(
    writingMonths(context, first, now).map((writing) =>
      Array.fromAsync(context.store.changedMonthsOf(writing, projectId)),
    ),
  );
  return [...new Set(marked.flat().map(({ usageMonth }) => usageMonth))].sort();
};

/** Those up to `month` that were marked since the month before: what its close bills. */
export const monthsToBill = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<string[]> =>
  (await monthsMarkedSince(context, projectId, addMonths(month, -1), context.now())).filter(
    (usageMonth) => usageMonth <= month,
  );
