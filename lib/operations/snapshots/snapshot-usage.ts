import type { Usage } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { readUsage } from '../reads/read-usage.ts';
import { type Grouping, MAX_GROUPS, tooManyGroups } from '../reads/usage-groups.ts';
import { type MonthCharges, readCharges, snapshotView } from './read-charges.ts';

/** The usage that was added up when the snapshot was taken, while tariffs and budgets are as they were. */
export const storedUsage = async (
  { store }: BillingContext,
  projectId: string,
  month: string,
  { snapshot, isRepriced }: MonthCharges,
): Promise<Usage | undefined> => {
  if (!snapshot || isRepriced) return undefined;
  const [usage, budgets] = await Promise.all([
    store.readSnapshotUsage<Usage>({ projectId, usageMonth: month }, snapshot),
    store.readBudgets(projectId),
  ]);
  return budgets.every(({ changedAt }) => changedAt < snapshot.takenAt) ? usage : undefined;
};

/** The usage of a month, as of its last snapshot where it is large. */
export const latestUsage = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  grouping?: Grouping,
): Promise<Usage> => {
  const read = await readCharges(context, projectId, month, now);
  const { asOf, snapshot, charges } = read;
  if (snapshot && grouping?.by === 'status' && snapshot.jobs > MAX_GROUPS) throw tooManyGroups('jobs');
  const stored = grouping ? undefined : await storedUsage(context, projectId, month, read);
  const usage = stored ?? (await readUsage(context, projectId, month, asOf, grouping, charges()));
  return { ...usage, ...snapshotView(read, now) };
};
