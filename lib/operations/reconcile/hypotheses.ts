import { type Calendar, createCalendar, type Span } from '../../billing/months.ts';
import type { Status } from '../../billing/statuses.ts';
import { createTariffBook, type Tariff } from '../../billing/tariff.ts';
import type { Cause } from '../../shapes/reconciliation.ts';
import type { Metering, Rounding } from './meter.ts';

/** Another way in which the provider may count minutes. */
export interface Hypothesis {
  readonly cause: Cause;
  /** What it says, after "the provider may ...". */
  readonly text: string;
  apply(metering: Metering): Metering;
}

/** A billing rule to try, as a tariff has it. */
export interface BillingRule {
  readonly name: string;
  readonly billableStatuses: readonly Status[];
}

const ROUNDINGS: Readonly<Record<Exclude<Rounding, 'interval'>, string>> = {
  row: 'add up the seconds and round their sum up',
  down: 'round each run down to whole minutes',
  nearest: 'round each run to the nearest minute',
  segment: 'round each status up by itself, not the run',
  none: 'count seconds without rounding them',
};

const roundings = (): Hypothesis[] =>
  Object.entries(ROUNDINGS).map(([rounding, text]) => ({
    cause: 'rounding of minutes',
    text,
    apply: (metering) => ({ ...metering, rounding: rounding as Rounding }),
  }));

/** Prices stay those here: another rule is another list of billable statuses. */
const rules = (published: readonly Tariff[], others: readonly BillingRule[]): Hypothesis[] => {
  const byStatuses = Map.groupBy(others, ({ billableStatuses }) => billableStatuses.join(', '));
  return [...byStatuses].map(([statuses, [rule]]) => {
    const { name = '', billableStatuses = [] } = rule ?? {};
    const book = createTariffBook(published.map((tariff) => ({ ...tariff, billableStatuses })));
    return {
      cause: 'billing rule',
      text: `bill by the rule of tariff "${name}": ${statuses}`,
      apply: (metering) => ({ ...metering, book }),
    };
  });
};

type Window = Pick<Span, 'start' | 'end'>;

/** Months of which one is a window, whatever it is called. */
const monthsOf = (month: string, { start, end }: Window): Pick<Calendar, 'monthOf'> => {
  const before: Span = { id: 'before', start: Number.NEGATIVE_INFINITY, end: start };
  const within: Span = { id: month, start, end };
  const after: Span = { id: 'after', start: end, end: Number.POSITIVE_INFINITY };
  return { monthOf: (time) => (time < start ? before : time < end ? within : after) };
};

const ZONES = ['UTC', 'Europe/Paris'] as const;

const windows = (
  month: string,
  calendar: Calendar,
  period: { readonly from: number; readonly to: number } | undefined,
): Hypothesis[] => {
  const isSame = (a: Window) => (b: Window) => a.start === b.start && a.end === b.end;
  const known: Window[] = [calendar.month(month)];
  const found: Hypothesis[] = [];
  const tryWindow = (window: Window, text: string) => {
    if (known.some(isSame(window))) return;
    known.push(window);
    const months = monthsOf(month, window);
    found.push({ cause: 'month boundary or zone', text, apply: (metering) => ({ ...metering, months }) });
  };
  for (const zone of ZONES)
    if (zone !== calendar.timeZone)
      tryWindow(createCalendar(zone).month(month), `bill months of ${zone}, not of ${calendar.timeZone}`);
  if (period) {
    const { from: start, to: end } = period;
    const [from, to] = [start, end].map((time) => new Date(time).toISOString());
    tryWindow({ start, end }, `bill ${from} to ${to}, as the period says`);
  }
  return found;
};

export interface Alternatives {
  readonly month: string;
  readonly calendar: Calendar;
  /** The tariffs here. */
  readonly published: readonly Tariff[];
  /** Rules that the provider has used. */
  readonly rules: readonly BillingRule[];
  readonly period?: { readonly from: number; readonly to: number } | undefined;
}

/**
 * Sets of hypotheses by their size, the smallest first: each by itself, then a rule together with a
 * rounding or with other months.
 */
export const hypothesisSets = (alternatives: Alternatives): readonly (readonly Hypothesis[])[][] => {
  const { month, calendar, published, period } = alternatives;
  const [byRule, byRounding, byMonths] = [
    rules(published, alternatives.rules),
    roundings(),
    windows(month, calendar, period),
  ];
  const singles = [...byRule, ...byMonths, ...byRounding].map((hypothesis) => [hypothesis]);
  const pairs = byRule.flatMap((rule) => [...byMonths, ...byRounding].map((other) => [rule, other]));
  return [singles, pairs];
};
