import { toBilledCharge } from '../../billing/billed-charge.ts';
import type { Labels } from '../../billing/facts.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { formatMinor } from '../../billing/money.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BudgetState } from '../../shapes/budget.ts';
import type { Budget } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { createForecast } from '../reads/forecast.ts';
import { type LiveCharge, liveCharges } from '../reads/live-charges.ts';
import { atText, thresholdMinor } from './budget-content.ts';

const hasLabel = ({ label }: Budget, labels: Labels = {}): boolean =>
  !label || labels[label.key] === label.value;

/** How one budget stands in a month. */
const createState = (
  context: BillingContext,
  tariffs: TariffBook,
  budget: Budget,
  month: string,
  now: number,
) => {
  const { currency, calendar } = context;
  const money = (minor: bigint) => formatMinor(minor, currency);
  const fold = createLineFold();
  const forecast =
    calendar.monthOf(now).id === month ? createForecast(context, tariffs, month, now) : undefined;
  return {
    add(ofJob: readonly LiveCharge[]) {
      const counted = ofJob.filter(({ open, charges }) => hasLabel(budget, (open ?? charges[0])?.labels));
      if (counted.length === 0) return;
      for (const { charges } of counted) for (const charge of charges) fold.after(toBilledCharge(charge));
      forecast?.add(counted);
    },
    result(): BudgetState {
      const spent = totalOf(fold.lines(month, currency), currency);
      const { name, minor, label, thresholds, stops, changedAt } = budget;
      return {
        ...{ name, month, amount: money(minor), currency },
        ...(label && { label: `${label.key}=${label.value}` }),
        spent,
        ...(forecast && { forecast: forecast.result(spent).expected }),
        thresholds: thresholds.map((threshold) => ({
          ...{ at: atText(threshold, currency), on: threshold.on, action: threshold.action },
          amount: money(thresholdMinor(budget, threshold)),
        })),
        stops,
        changedAt: isoTime(changedAt),
      };
    },
  };
};

/** How the budgets of a project stand in a month, from the charges of its jobs. */
export const createBudgetStates = (
  context: BillingContext,
  tariffs: TariffBook,
  budgets: readonly Budget[],
  month: string,
  now: number,
) => {
  const states = budgets
    .filter(({ removed }) => !removed)
    .map((budget) => createState(context, tariffs, budget, month, now));
  return {
    add(ofJob: readonly LiveCharge[]) {
      for (const state of states) state.add(ofJob);
    },
    /** By name. */
    result: (): BudgetState[] => states.map((state) => state.result()),
  };
};

/** How the budgets of a project stand in a month. Without budgets no charge is read. */
export const readBudgetStates = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
): Promise<BudgetState[]> => {
  const budgets = await context.store.readBudgets(projectId);
  if (budgets.every(({ removed }) => removed)) return [];
  const states = createBudgetStates(context, await context.tariffs(), budgets, month, now);
  for await (const ofJob of liveCharges(context, projectId, month, now)) states.add(ofJob);
  return states.result();
};
