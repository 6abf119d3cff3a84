import { parseMinor } from '../lib/billing/money.ts';
import type { Line } from '../lib/shapes/line.ts';
import type { Statement } from '../lib/shapes/statement.ts';
import type { DayUsage, Usage, UsageGroup } from '../lib/shapes/usage.ts';
import { sumOf } from './live-usage.ts';

/** An amount with the other sign. */
export const negated = (amount: string): string =>
  amount.startsWith('-') ? amount.slice(1) : Number(amount) === 0 ? amount : `-${amount}`;

/** What one amount is more than another. */
export const difference = (amount: string, less: string, currency: string): string =>
  sumOf([amount, negated(less)], currency);

/** A flavor or a job in two months. */
export interface Change {
  readonly name: string;
  readonly before: string;
  readonly now: string;
  readonly change: string;
}

type Totals = ReadonlyMap<string, string>;

const totalsBy = <Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  amountOf: (item: Item) => string,
  currency: string,
): Totals => {
  const totals = new Map<string, string>();
  for (const item of items) {
    const name = nameOf(item);
    totals.set(name, sumOf([totals.get(name) ?? '0', amountOf(item)], currency));
  }
  return totals;
};

const sizeOf = ({ change }: Change): bigint => {
  const minor = parseMinor(change);
  return minor < 0n ? -minor : minor;
};

/** What differs between two months, the largest change first. They sum to the change of the total. */
const changesBetween = (before: Totals, now: Totals, currency: string): Change[] => {
  const zero = sumOf([], currency);
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((name) => {
      const amounts = { before: before.get(name) ?? zero, now: now.get(name) ?? zero };
      return { name, ...amounts, change: difference(amounts.now, amounts.before, currency) };
    })
    .filter(({ change }) => Number(change) !== 0)
    .sort((a, b) => Number(sizeOf(b) - sizeOf(a)));
};

export const flavorChanges = (before: Usage, now: Usage): Change[] => {
  const totals = ({ lines, currency }: Usage) =>
    totalsBy<Line>(
      lines,
      ({ flavor }) => flavor,
      ({ amount }) => amount,
      currency,
    );
  return changesBetween(totals(before), totals(now), now.currency);
};

/** Of two answers that are grouped by job. */
export const jobChanges = (before: Usage, now: Usage): Change[] => {
  const totals = ({ groups = [], currency }: Usage) =>
    totalsBy<UsageGroup>(
      groups,
      ({ value = '' }) => value,
      ({ total }) => total,
      currency,
    );
  return changesBetween(totals(before), totals(now), now.currency);
};

/** The cost of a month up to a day of it, 1 to 31. */
export const totalUpTo = (days: readonly DayUsage[], day: number, currency: string): string =>
  sumOf(
    days.filter(({ date }) => Number(date.slice(-2)) <= day).map(({ amount }) => amount),
    currency,
  );

/** What was billed for the usage of a month after its own statement. */
export interface BilledLater {
  /** The month of the statement that has it. Absent for what is due on the next one. */
  readonly month?: string;
  readonly amount: string;
}

const sumFor = (lines: readonly Line[], usageMonth: string, currency: string): string =>
  sumOf(
    lines.filter((line) => line.usageMonth === usageMonth).map(({ amount }) => amount),
    currency,
  );

/**
 * What was credited or charged for the usage of a month since its own statement, by later statement,
 * and what is still due. With the own statement's part it sums to the usage as known now.
 */
export const billedLater = (
  { month, total, currency }: Pick<Usage, 'month' | 'total' | 'currency'>,
  own: Pick<Statement, 'lines'> | undefined,
  later: readonly Pick<Statement, 'month' | 'lines'>[],
): BilledLater[] => {
  const corrections = later.map((statement) => ({
    month: statement.month,
    amount: sumFor(statement.lines, month, currency),
  }));
  const billed = sumOf(
    [sumFor(own?.lines ?? [], month, currency), ...corrections.map(({ amount }) => amount)],
    currency,
  );
  return [...corrections, { amount: difference(total, billed, currency) }].filter(
    ({ amount }) => Number(amount) !== 0,
  );
};
