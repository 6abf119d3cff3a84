import { formatMinor } from '../../billing/money.ts';
import type { Budget, Threshold } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import type { UnplacedEvent } from '../outgoing/place-events.ts';
import { recordNew } from '../outgoing/record-new.ts';
import { isoTime } from '../public-shapes.ts';
import { atText, thresholdMinor } from './budget-content.ts';
import { type BudgetFigures, isCrossed } from './budget-figures.ts';

/** A budget with how it stands in a month. */
export interface CheckedBudget {
  readonly budget: Budget;
  readonly month: string;
  readonly figures: BudgetFigures;
}

interface Crossed {
  readonly threshold: Threshold;
  /** The money at which it fires. */
  readonly minor: bigint;
  /** Epoch milliseconds. */
  readonly at: number;
}

const TYPES = { spent: 'budget.threshold.crossed', forecast: 'budget.forecast.crossed' } as const;

/** When a threshold was crossed; nothing if it is not. Forecasts are compared at each check. */
const crossedAt = (
  { spent, forecast, crossing }: BudgetFigures,
  { on }: Threshold,
  minor: bigint,
  now: number,
): number | undefined => {
  if (on === 'forecast') return forecast !== undefined && forecast >= minor ? now : undefined;
  if (spent < minor) return undefined;
  const at = crossing(minor);
  return at !== undefined && isCrossed(at, now) ? at : undefined;
};

/** The thresholds that are crossed by now, in the order in which they were. */
const crossedOf = ({ budget, figures }: CheckedBudget, now: number): Crossed[] =>
  budget.thresholds
    .flatMap((threshold): Crossed[] => {
      const minor = thresholdMinor(budget, threshold);
      const at = crossedAt(figures, threshold, minor, now);
      return at === undefined ? [] : [{ threshold, minor, at }];
    })
    .sort((a, b) => a.at - b.at || (a.minor < b.minor ? -1 : a.minor > b.minor ? 1 : 0));

/** A threshold is the money at which it fires and what it does: it fires once a month. */
const toEvent = (
  { currency }: Pick<BillingContext, 'currency'>,
  { budget, month, figures }: CheckedBudget,
  { threshold, minor, at }: Crossed,
  now: number,
): UnplacedEvent => {
  const { projectId, name } = budget;
  const { on, action } = threshold;
  const money = (amount: bigint) => formatMinor(amount, currency);
  const type = TYPES[on];
  return {
    id: `${type}/${projectId}/${name}/${month}/${on} ${money(minor)} ${action}`,
    ...{ type, topic: { kind: 'budget', projectId, name }, time: now, projectId, subject: name },
    data: {
      ...{ projectId, budget: name, month },
      threshold: { at: atText(threshold, currency), on, action, amount: money(minor) },
      ...{ amount: money(budget.minor), currency, spent: money(figures.spent) },
      ...(figures.forecast !== undefined && { forecast: money(figures.forecast) }),
      crossedAt: isoTime(at),
    },
  };
};

/**
 * Records the events of a budget's thresholds that are crossed and have not fired in the month.
 * Gives the last `stop` that is crossed now, if any.
 */
export const fireThresholds = async (
  context: Pick<BillingContext, 'store' | 'currency'>,
  checked: CheckedBudget,
  now: number,
): Promise<{ readonly stopAt?: bigint }> => {
  const crossed = crossedOf(checked, now);
  if (crossed.length === 0) return {};
  await recordNew(
    context,
    crossed.map((one) => toEvent(context, checked, one, now)),
  );
  const stop = crossed.findLast(({ threshold }) => threshold.action === 'stop');
  return stop ? { stopAt: stop.minor } : {};
};
