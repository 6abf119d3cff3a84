import type { FinalCharge } from './charges.ts';
import { compareText } from './compare-text.ts';
import { allocate } from './largest-remainder.ts';
import { createLineFold, type Line } from './lines.ts';
import { splitMinutes } from './minutes.ts';
import { formatMinor, parseMinor } from './money.ts';
import type { Calendar } from './months.ts';

/** The usage of one flavor on one day of the billing time zone. */
export interface DayUsage {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly flavor: string;
  readonly unit: Line['unit'];
  readonly pricePerHour: string;
  readonly minutes: number;
  /** In thousandths. */
  readonly milliUnitMinutes: number;
  readonly amount: string;
}

interface DaySum {
  minutes: number;
  milliUnitMinutes: number;
}

type LineKey = Pick<FinalCharge, 'flavor' | 'unit' | 'pricePerHour'>;
const idOf = ({ flavor, unit, pricePerHour }: LineKey) => `${unit} ${pricePerHour} ${flavor}`;

/** Adds up one month's charges by line and by day, as if nothing had been billed yet. */
export const createUsageFold = (month: string, calendar: Calendar, currency: string) => {
  const lineFold = createLineFold();
  const daysByLine = new Map<string, Map<string, DaySum>>();

  const sumsOf = (key: LineKey): Map<string, DaySum> => {
    const sums = daysByLine.get(idOf(key)) ?? new Map<string, DaySum>();
    daysByLine.set(idOf(key), sums);
    return sums;
  };

  const daysOf = (line: Line): DayUsage[] => {
    const days = [...sumsOf(line)].sort(([a], [b]) => compareText(a, b));
    const amounts = allocate(
      parseMinor(line.amount),
      days.map(([, sum]) => BigInt(sum.milliUnitMinutes)),
    );
    const { flavor, unit, pricePerHour } = line;
    return days.map(([date, sum], index) => ({
      date,
      flavor,
      unit,
      pricePerHour,
      ...sum,
      amount: formatMinor(amounts[index] ?? 0n, currency),
    }));
  };

  return {
    add(charge: FinalCharge) {
      lineFold.after(charge);
      const days = sumsOf(charge);
      for (const run of splitMinutes(charge.start, charge.end, calendar.dayOf)) {
        const sum = days.get(run.stretch.id) ?? { minutes: 0, milliUnitMinutes: 0 };
        sum.minutes += run.minutes;
        sum.milliUnitMinutes += run.minutes * (charge.milliUnits ?? 0);
        days.set(run.stretch.id, sum);
      }
    },

    lines: (): Line[] => lineFold.lines(month, currency),

    /**
     * Each line by the days its minutes start in. Its amount is allocated by largest remainder, so
     * the days add up to the line exactly (I5).
     */
    days: (): DayUsage[] =>
      lineFold
        .lines(month, currency)
        .flatMap(daysOf)
        .sort((a, b) => compareText(a.date, b.date)),
  };
};
