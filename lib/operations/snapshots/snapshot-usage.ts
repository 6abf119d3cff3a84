import type { Usage } from '../../shapes/usage.ts';
import type { Snapshot } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';
import { readUsage } from '../reads/read-usage.ts';
import { type Grouping, MAX_GROUPS, tooManyGroups } from '../reads/usage-groups.ts';
import { type MonthCharges, readCharges, snapshotView } from './read-charges.ts';

/** The usage that was added up when the snapshot was taken, while its budgets are as they were. */
const storedUsage = async (
  { store }: BillingContext,
  projectId: string,
  month: string,
  { id, takenAt }: Snapshot,
): Promise<Usage | undefined> => {
  const [usage, budgets] = await Promise.all([
    store.readSnapshotUsage<Usage>({ projectId, usageMonth: month }, id),
    store.readBudgets(projectId),
  ]);
  return budgets.every(({ changedAt }) => changedAt < takenAt) ? usage : undefined;
};

/** The usage of a month, from the charges that a read answers from. */
export const usageFrom = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { asOf, snapshot, charges }: MonthCharges,
  grouping?: Grouping,
): Promise<Usage> => {
  if (snapshot && grouping?.by === 'status' && snapshot.jobs > MAX_GROUPS) throw tooManyGroups('jobs');
  const stored = snapshot && !grouping ? await storedUsage(context, projectId, month, snapshot) : undefined;
  const usage = stored ?? (await readUsage(context, projectId, month, asOf, grouping, charges()));
  return { ...usage, ...snapshotView(snapshot, now) };
};

/** The usage of a month, as of its last snapshot where it is large. */
export const latestUsage = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  grouping?: Grouping,
): Promise<Usage> =>
  usageFrom(context, projectId, month, now, await readCharges(context, projectId, month, now), grouping);
