import type { Labels } from '../../billing/facts.ts';
import { createLineFold, type LineSums, totalOf } from '../../billing/lines.ts';
import { parseMinor } from '../../billing/money.ts';
import { createSpending } from '../../billing/spending.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Budget } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { chargesUntil, createForecast } from '../reads/forecast.ts';
import { isCounting, type LiveCharge } from '../reads/live-charges.ts';
import { labelText } from './budget-content.ts';

type Settings = Pick<BillingContext, 'calendar' | 'currency'>;

/** A minute counts from its start on: at the very instant it has not commenced. */
export const isCrossed = (crossing: number, now: number): boolean => crossing < now;

/** How the jobs of a budget stand in a month. Money is in minor units. */
export interface BudgetFigures {
  /** As usage shows it. */
  readonly spent: bigint;
  /** `forecast.expected`; absent in another month than the current one. */
  readonly forecast?: bigint;
  /** Its sums by line. */
  readonly sums: readonly LineSums[];
  /** The jobs that run, with their charges. */
  readonly running: readonly LiveCharge[];
  /**
   * The start of the first minute that makes what is spent at least `minor`, past or to come;
   * nothing if none does. Jobs that run go on as in a forecast: up to their longest run.
   */
  crossing(minor: bigint): number | undefined;
}

const createFigures = (settings: Settings, tariffs: TariffBook, month: string, now: number) => {
  const { currency, calendar } = settings;
  const span = calendar.month(month);
  const fold = createLineFold();
  const spending = createSpending(currency);
  const forecast =
    calendar.monthOf(now).id === month ? createForecast(settings, tariffs, month, now) : undefined;
  const running: LiveCharge[] = [];
  return {
    add(ofJob: readonly LiveCharge[]) {
      for (const live of ofJob) {
        for (const charge of live.charges) fold.after(charge);
        for (const charge of chargesUntil(settings, tariffs, month, now, live)) spending.add(charge);
        if (live.open && isCounting(live.open, now)) running.push(live);
      }
      forecast?.add(ofJob);
    },
    result(): BudgetFigures {
      const total = totalOf(fold.lines(month, currency), currency);
      return {
        spent: parseMinor(total),
        ...(forecast && { forecast: parseMinor(forecast.result(total).expected) }),
        sums: fold.sums(),
        running,
        crossing: (minor) => spending.crossing(minor, span),
      };
    },
  };
};

/** Budgets of one label have the same figures. */
const keyOf = ({ label }: Pick<Budget, 'label'>): string => (label ? labelText(label) : '');

const hasLabel = ({ label }: Pick<Budget, 'label'>, labels: Labels = {}): boolean =>
  !label || (Object.hasOwn(labels, label.key) && labels[label.key] === label.value);

/** Adds up the charges of a project's month once for each label that a budget has. */
export const createBudgetFigures = (
  settings: Settings,
  tariffs: TariffBook,
  budgets: readonly Budget[],
  month: string,
  now: number,
) => {
  const byLabel = new Map(
    budgets.map((budget) => [
      keyOf(budget),
      { budget, figures: createFigures(settings, tariffs, month, now) },
    ]),
  );
  const results = new Map<string, BudgetFigures>();
  return {
    /** Adds the charges of one job, which has the same labels in all of them. */
    add(ofJob: readonly LiveCharge[]) {
      const [first] = ofJob;
      const labels = (first?.open ?? first?.charges[0])?.labels;
      for (const { budget, figures } of byLabel.values()) if (hasLabel(budget, labels)) figures.add(ofJob);
    },
    /** Of one of the budgets, after all jobs were added. */
    of(budget: Budget): BudgetFigures {
      const label = keyOf(budget);
      const result =
        results.get(label) ??
        (byLabel.get(label) as { figures: ReturnType<typeof createFigures> }).figures.result();
      results.set(label, result);
      return result;
    },
  };
};
