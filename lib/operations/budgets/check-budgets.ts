import { HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { addMonths } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Budget, BudgetCheck } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { liveCharges } from '../reads/live-charges.ts';
import { thresholdMinor } from './budget-content.ts';
import { createBudgetFigures } from './budget-figures.ts';
import { type CheckedBudget, fireThresholds } from './fire-thresholds.ts';
import { NEVER } from './mark-changed.ts';
import { requestStops } from './stop-jobs.ts';

/** Forecasts are compared at least so often, and a mark that was lost is made up for. */
const LONGEST_PAUSE_MS = HOUR_MS;
/** A settle may not know of a new budget for a while: meanwhile it is checked every minute. */
const NEW_FOR_MS = 2 * MINUTE_MS;
const NEW_PAUSE_MS = MINUTE_MS / 2;

const readChecked = async (
  context: BillingContext,
  tariffs: TariffBook,
  budgets: readonly Budget[],
  month: string,
  now: number,
): Promise<CheckedBudget[]> => {
  const [first] = budgets;
  if (!first) return [];
  const figures = createBudgetFigures(context, tariffs, budgets, month, now);
  for await (const ofJob of liveCharges(context, first.projectId, month, now)) figures.add(ofJob);
  return budgets.map((budget) => ({ budget, month, figures: figures.of(budget) }));
};

/**
 * The month before, until it is closed: late facts may cross a threshold of it. A budget that was
 * set after its end is not about it.
 */
const readMonthBefore = async (
  context: BillingContext,
  tariffs: TariffBook,
  budgets: readonly Budget[],
  now: number,
): Promise<CheckedBudget[]> => {
  const { calendar, store } = context;
  const month = calendar.month(addMonths(calendar.monthOf(now).id, -1));
  const older = budgets.filter(({ changedAt }) => changedAt < month.end);
  if (older.length === 0) return [];
  const lastClosed = await store.readLastClosedMonth();
  if (lastClosed !== undefined && month.id <= lastClosed) return [];
  return readChecked(context, tariffs, older, month.id, now);
};

/** The next crossing of what is spent if nothing changes. */
const nextCrossing = ({ budget, figures }: CheckedBudget, now: number): number | undefined => {
  const later = budget.thresholds
    .filter(({ on }) => on === 'spent')
    .flatMap((threshold) => figures.crossing(thresholdMinor(budget, threshold)) ?? [])
    .filter((at) => at >= now);
  return later.length === 0 ? undefined : Math.min(...later);
};

const nextDue = (
  { calendar }: Pick<BillingContext, 'calendar'>,
  checked: readonly { readonly budget: Budget; readonly nextCrossingAt: number | undefined }[],
  now: number,
): number => {
  const isNew = checked.some(({ budget }) => now < budget.changedAt + NEW_FOR_MS);
  return Math.min(
    now + (isNew ? NEW_PAUSE_MS : LONGEST_PAUSE_MS),
    calendar.monthOf(now).end,
    // At its start the minute has not commenced.
    ...checked.flatMap(({ nextCrossingAt }) => (nextCrossingAt === undefined ? [] : [nextCrossingAt + 1])),
  );
};

const nextCheck = (
  context: BillingContext,
  projectId: string,
  current: readonly CheckedBudget[],
  read: BudgetCheck | undefined,
  now: number,
): BudgetCheck => {
  const checked = current.map((one) => ({ ...one, nextCrossingAt: nextCrossing(one, now) }));
  return {
    projectId,
    dueAt: checked.length === 0 ? NEVER : nextDue(context, checked, now),
    checkedAt: now,
    figures: checked.map(({ budget, month, figures, nextCrossingAt }) => ({
      ...{ name: budget.name, month },
      ...{ minor: String(budget.minor), spentMinor: String(figures.spent) },
      ...(nextCrossingAt !== undefined && { nextCrossingAt }),
    })),
    version: (read?.version ?? 0) + 1,
  };
};

/**
 * Checks the budgets of a project: records the events that are due, requests stops, and saves when
 * the next check is due. Whatever is saved after `read` was read, a mark above all, makes the save
 * fail: then the project is due again, or another check has seen at least as much. After a mark it is
 * due since this check began, not for longer, so projects that nobody checked come before it. A crash
 * leaves it due too, and what was recorded is not recorded twice.
 */
export const checkBudgets = async (
  context: BillingContext,
  projectId: string,
  now: number,
): Promise<void> => {
  const { store } = context;
  // Before everything else: a change that is marked later than this is not lost.
  const read = await store.readBudgetCheck(projectId);
  const budgets = (await store.readBudgets(projectId)).filter(({ removed }) => !removed);
  const tariffs = await context.tariffs();
  const before = await readMonthBefore(context, tariffs, budgets, now);
  const current = await readChecked(context, tariffs, budgets, context.calendar.monthOf(now).id, now);
  for (const checked of before) await fireThresholds(context, checked, now);
  for (const checked of current) {
    const { stopAt } = await fireThresholds(context, checked, now);
    if (stopAt !== undefined) await requestStops(context, tariffs, checked, stopAt, now);
  }
  const next = nextCheck(context, projectId, current, read, now);
  if (await store.saveBudgetCheck(next, read)) return;
  const marked = await store.readBudgetCheck(projectId);
  if (marked && marked.dueAt < now && (marked.checkedAt ?? 0) < now)
    await store.saveBudgetCheck({ ...next, dueAt: now, version: marked.version + 1 }, marked);
};
