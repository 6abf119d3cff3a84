import { commencedMinutes } from '../lib/billing/minutes.ts';
import {
  amountTimes60,
  exactAmount,
  formatMinor,
  fromMilli,
  parseMinor,
  roundHalfUp,
  toMilli,
} from '../lib/billing/money.ts';
import type { Charge } from '../lib/shapes/charge.ts';
import type { Line } from '../lib/shapes/line.ts';
import type { Usage } from '../lib/shapes/usage.ts';

/**
 * Commenced minutes of a charge at `now` if its job still runs. A minute that starts after the end
 * of the month belongs to the next.
 */
export const minutesAt = (charge: Charge, now: number, monthEnd: number): number => {
  if (charge.endedBy.cause !== 'now') return charge.minutes;
  const start = Date.parse(charge.start);
  const end = Math.max(Date.parse(charge.end), Math.min(now, monthEnd));
  return Math.max(charge.minutes, commencedMinutes(start, end));
};

/** A charge at `now`, if its job still runs. */
export const chargeAt = (charge: Charge, now: number, monthEnd: number): Charge => {
  const minutes = minutesAt(charge, now, monthEnd);
  if (minutes === charge.minutes) return charge;
  const { units, pricePerHour } = charge;
  if (units === undefined || pricePerHour === undefined) return { ...charge, minutes };
  const milliUnitMinutes = minutes * toMilli(units);
  const amount = exactAmount(BigInt(milliUnitMinutes), pricePerHour);
  return {
    ...charge,
    minutes,
    unitMinutes: fromMilli(milliUnitMinutes),
    amountTimes60: amountTimes60(amount),
  };
};

const isOfLine = (line: Line, charge: Charge): boolean =>
  line.flavor === charge.flavor && line.unit === charge.unit && line.pricePerHour === charge.pricePerHour;

const lineAt = (line: Line, before: readonly Charge[], after: readonly Charge[]): Line => {
  const sum = (charges: readonly Charge[], of: (charge: Charge) => number) =>
    charges.filter((charge) => isOfLine(line, charge)).reduce((total, charge) => total + of(charge), 0);
  const gained = (of: (charge: Charge) => number) => sum(after, of) - sum(before, of);
  const minutes = gained((charge) => charge.minutes);
  if (minutes === 0) return line;
  const gainedMilli = gained((charge) => toMilli(charge.unitMinutes ?? 0));
  const cumulativeMilli = toMilli(line.cumulativeUnitMinutes) + gainedMilli;
  const exact = exactAmount(BigInt(cumulativeMilli), line.pricePerHour);
  return {
    ...line,
    minutes: line.minutes + minutes,
    unitMinutes: fromMilli(toMilli(line.unitMinutes) + gainedMilli),
    cumulativeUnitMinutes: fromMilli(cumulativeMilli),
    amount: formatMinor(roundHalfUp(exact, line.currency), line.currency),
  };
};

/** The sum of money amounts of one currency. */
export const sumOf = (amounts: readonly string[], currency: string): string =>
  formatMinor(
    amounts.reduce((sum, amount) => sum + parseMinor(amount), 0n),
    currency,
  );

/**
 * What the API would answer at `now` if no fact is recorded and no limit is reached in between.
 * Lines are rounded alike. Running jobs beyond the listed 100 do not grow, so the total never
 * exceeds that of the API.
 */
export const usageAt = (usage: Usage, now: number, monthEnd: number): Usage => {
  const before = usage.running.charges;
  const after = before.map((charge) => chargeAt(charge, now, monthEnd));
  if (after.every((charge, index) => charge === before[index])) return usage;
  const lines = usage.lines.map((line) => lineAt(line, before, after));
  return {
    ...usage,
    lines,
    running: { ...usage.running, charges: after },
    total: sumOf(
      lines.map(({ amount }) => amount),
      usage.currency,
    ),
  };
};

/**
 * The cost of the next hour of some charges, rounded once. Charges without a price or at their
 * limit cost nothing.
 */
export const costPerHour = (charges: readonly Charge[], currency: string): string => {
  const exact = charges.reduce(
    (sum, { units = 0, pricePerHour, endedBy }) =>
      pricePerHour === undefined || endedBy.cause !== 'now'
        ? sum
        : sum + exactAmount(60n * BigInt(toMilli(units)), pricePerHour),
    0n,
  );
  return formatMinor(roundHalfUp(exact, currency), currency);
};
