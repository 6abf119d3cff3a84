import { compareText } from '../../../billing/compare-text.ts';
import { DAY_MS } from '../../../billing/minutes.ts';
import { formatMinor } from '../../../billing/money.ts';
import type { CloseBudget, Operations } from '../../../shapes/operations.ts';
import type { BudgetCheck, BudgetFigures } from '../../../store/budgets.ts';
import type { BillingContext } from '../../billing-context.ts';
import { isoTime } from '../../public-shapes.ts';
import { takeAtMost } from './take.ts';

/** Projects with budgets that are read. */
const PROJECTS_READ = 10_000;
const BUDGETS_LISTED = 100;

/** Of a budget that is close to its limit. */
const CLOSE_PERCENT = 80n;
const CLOSE_MS = DAY_MS;

interface Checked {
  readonly projectId: string;
  readonly checkedAt: number;
  readonly figures: BudgetFigures;
  readonly minor: bigint;
  readonly spent: bigint;
}

const checkedOf = ({ projectId, checkedAt, dueAt, figures = [] }: BudgetCheck): Checked[] =>
  figures.map((each) => ({
    ...{ projectId, checkedAt: checkedAt ?? dueAt, figures: each },
    ...{ minor: BigInt(each.minor), spent: BigInt(each.spentMinor) },
  }));

const isClose = ({ minor, spent, figures: { nextCrossingAt } }: Checked, now: number): boolean =>
  spent * 100n >= minor * CLOSE_PERCENT || (nextCrossingAt !== undefined && nextCrossingAt <= now + CLOSE_MS);

/** The larger share spent first. */
const compareShares = (a: Checked, b: Checked): number => {
  const [shareOfA, shareOfB] = [a.spent * b.minor, b.spent * a.minor];
  return (
    Number(shareOfB > shareOfA) - Number(shareOfB < shareOfA) ||
    compareText(a.projectId, b.projectId) ||
    compareText(a.figures.name, b.figures.name)
  );
};

const toView = ({ projectId, checkedAt, figures, minor, spent }: Checked, currency: string): CloseBudget => {
  const { name, month, nextCrossingAt } = figures;
  return {
    ...{ projectId, name, month },
    amount: formatMinor(minor, currency),
    spent: formatMinor(spent, currency),
    ...{ currency, asOf: isoTime(checkedAt) },
    ...(nextCrossingAt !== undefined && { nextCrossingAt: isoTime(nextCrossingAt) }),
  };
};

/** The budgets that are close to their limit this month, as their last checks have left them. */
export const readCloseBudgets = async (
  { store, calendar, currency }: BillingContext,
  now: number,
): Promise<Operations['budgets']> => {
  const { taken, more } = await takeAtMost(store.budgetChecks(), PROJECTS_READ);
  const month = calendar.monthOf(now).id;
  const close = taken
    .flatMap(checkedOf)
    .filter((checked) => checked.figures.month === month && isClose(checked, now))
    .sort(compareShares);
  const budgets = close.slice(0, BUDGETS_LISTED).map((checked) => toView(checked, currency));
  return { count: close.length, ...more, budgets };
};
