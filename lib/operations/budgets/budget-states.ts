import { formatMinor } from '../../billing/money.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BudgetState } from '../../shapes/budget.ts';
import type { Budget, Threshold } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { type LiveCharge, liveCharges } from '../reads/live-charges.ts';
import { atText, labelText, thresholdMinor } from './budget-content.ts';
import { type BudgetFigures, createBudgetFigures, isCrossed } from './budget-figures.ts';

const crossingOf = (
  { crossing }: BudgetFigures,
  { on }: Threshold,
  minor: bigint,
  now: number,
): { readonly crossedAt?: string; readonly willCrossAt?: string } => {
  const at = on === 'spent' ? crossing(minor) : undefined;
  if (at === undefined) return {};
  return isCrossed(at, now) ? { crossedAt: isoTime(at) } : { willCrossAt: isoTime(at) };
};

const toState = (
  budget: Budget,
  figures: BudgetFigures,
  { currency, month, now }: { readonly currency: string; readonly month: string; readonly now: number },
): BudgetState => {
  const { name, minor, label, thresholds, stops, changedAt } = budget;
  const { spent, forecast } = figures;
  const money = (amount: bigint) => formatMinor(amount, currency);
  return {
    ...{ name, month, amount: money(minor), currency },
    ...(label && { label: labelText(label) }),
    spent: money(spent),
    ...(forecast !== undefined && { forecast: money(forecast) }),
    thresholds: thresholds.map((threshold) => {
      const amount = thresholdMinor(budget, threshold);
      return {
        ...{ at: atText(threshold, currency), on: threshold.on, action: threshold.action },
        amount: money(amount),
        ...crossingOf(figures, threshold, amount, now),
      };
    }),
    stops,
    changedAt: isoTime(changedAt),
  };
};

/** How the budgets of a project stand in a month, from the charges of its jobs. */
export const createBudgetStates = (
  context: Pick<BillingContext, 'calendar' | 'currency'>,
  tariffs: TariffBook,
  budgets: readonly Budget[],
  month: string,
  now: number,
) => {
  const standing = budgets.filter(({ removed }) => !removed);
  const figures = createBudgetFigures(context, tariffs, standing, month, now);
  return {
    /** Adds the charges of one job. */
    add: (ofJob: readonly LiveCharge[]) => figures.add(ofJob),
    /** By name. */
    result: (): BudgetState[] =>
      standing.map((budget) =>
        toState(budget, figures.of(budget), { currency: context.currency, month, now }),
      ),
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
