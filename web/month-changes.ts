import { parseMinor } from '../lib/billing/money.ts';
import type { Line } from '../lib/shapes/line.ts';
import type { DayUsage, Usage, UsageGroup } from '../lib/shapes/usage.ts';
import { sumOf } from './live-usage.ts';

/** An amount with the other sign. */
export const negated = (amount: string): string =>
  amount.startsWith('-') ? amount.slice(1) : Number(amount) === 0 ? amount : `-${amount}`;

/** What one amount is more than another. */
export const difference = (amount: string, less: string, currency: string): string =>
  sumOf([amount, negated(less)], currency);

/** What something cost in two months, and the difference. */
interface Difference {
  readonly before: string;
  readonly now: string;
  readonly change: string;
}

/** A flavor or a job in two months. */
export interface Change extends Difference {
  readonly name: string;
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

/** Several changes as one. */
export const changesTogether = (changes: readonly Change[], currency: string): Difference => {
  const sum = (member: keyof Difference) =>
    sumOf(
      changes.map((one) => one[member]),
      currency,
    );
  return { before: sum('before'), now: sum('now'), change: sum('change') };
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
