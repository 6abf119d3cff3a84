import { parseMinor } from '../lib/billing/money.ts';
import type { BudgetState } from '../lib/shapes/budget.ts';

export type Threshold = BudgetState['thresholds'][number];

/** A threshold of what is spent is crossed in the minute that the API has computed. */
const thresholdAt = (threshold: Threshold, now: number): Threshold => {
  const { willCrossAt, crossedAt, on, ...rest } = threshold;
  if (crossedAt !== undefined || on !== 'spent' || willCrossAt === undefined) return threshold;
  return Date.parse(willCrossAt) > now ? threshold : { ...rest, on, crossedAt: willCrossAt };
};

/**
 * Budgets as the API would answer at `now`. What one of the whole project has spent is the total,
 * which is counted up; that of a label stays as it was read, since its lines are not known here.
 */
export const budgetsAt = (budgets: readonly BudgetState[], total: string, now: number): BudgetState[] =>
  budgets.map((budget) => ({
    ...budget,
    spent: budget.label === undefined ? total : budget.spent,
    thresholds: budget.thresholds.map((threshold) => thresholdAt(threshold, now)),
  }));

/** What is spent of a budget in tenths of a percent, cut off: 1000 is all of it and not a cent less. */
export const perMilleSpent = ({ spent, amount }: Pick<BudgetState, 'spent' | 'amount'>): number =>
  Number((parseMinor(spent) * 1000n) / parseMinor(amount));

/** Those with the largest share spent first. */
export const closestFirst = (budgets: readonly BudgetState[]): BudgetState[] =>
  budgets.toSorted((a, b) => perMilleSpent(b) - perMilleSpent(a));

/** "80 %", "62.5 %" of tenths of a percent. */
export const percentText = (perMille: number): string => `${perMille / 10}\u00a0%`;
