import type { FinalCharge } from './charges.ts';
import { MINUTE_MS } from './minutes.ts';
import { exactAmount, roundHalfUp } from './money.ts';
import type { Span } from './months.ts';

/** The minutes of a line, as they start: flat lists, since a month may have a million charges. */
interface LineMinutes {
  readonly pricePerHour: string;
  readonly starts: number[];
  readonly minutes: number[];
  readonly milliUnits: number[];
}

/** In thousandths of unit minutes, of the minutes that start up to `time`, itself included. */
const milliUnitMinutesAt = ({ starts, minutes, milliUnits }: LineMinutes, time: number): number => {
  let sum = 0;
  for (let index = 0; index < starts.length; index += 1) {
    const passed = time - (starts[index] as number);
    if (passed < 0) continue;
    const commenced = Math.floor(passed / MINUTE_MS) + 1;
    sum += Math.min(commenced, minutes[index] as number) * (milliUnits[index] as number);
  }
  return sum;
};

/**
 * What the charges of one month have cost at any time, past or to come: a function of time that
 * only grows. It is rounded by line, like usage. Time without a price costs nothing.
 */
export const createSpending = (currency: string) => {
  const lines = new Map<string, LineMinutes>();

  const lineOf = ({ flavor, unit }: FinalCharge, pricePerHour: string): LineMinutes => {
    const id = `${unit} ${pricePerHour} ${flavor}`;
    const line = lines.get(id) ?? { pricePerHour, starts: [], minutes: [], milliUnits: [] };
    lines.set(id, line);
    return line;
  };

  /** In minor units, of the minutes that start up to `time`, itself included. */
  const spentAt = (time: number): bigint => {
    let total = 0n;
    for (const line of lines.values())
      total += roundHalfUp(exactAmount(BigInt(milliUnitMinutesAt(line, time)), line.pricePerHour), currency);
    return total;
  };

  return {
    add(charge: FinalCharge) {
      if (charge.pricePerHour === undefined || charge.milliUnits === undefined) return;
      const line = lineOf(charge, charge.pricePerHour);
      line.starts.push(charge.start);
      line.minutes.push(charge.minutes);
      line.milliUnits.push(charge.milliUnits);
    },

    spentAt,

    /** The start of the first minute whose charge makes it at least `minor`; nothing if none does. */
    crossing(minor: bigint, { start, end }: Pick<Span, 'start' | 'end'>): number | undefined {
      if (spentAt(end - 1) < minor) return undefined;
      // Not crossed before `from`, crossed at `to`.
      let [from, to] = [start, end - 1];
      while (from < to) {
        const middle = Math.floor((from + to) / 2);
        if (spentAt(middle) >= minor) to = middle;
        else from = middle + 1;
      }
      return to;
    },
  };
};

export type Spending = ReturnType<typeof createSpending>;
