import assert from 'node:assert/strict';
import type { BilledCharge } from './billed-charge.ts';
import { compareText } from './compare-text.ts';
import type { Unit } from './facts.ts';
import { exactAmount, formatMinor, parseMinor, roundHalfUp } from './money.ts';

/**
 * A line of a statement or of live usage. Quantities and amount are what it adds to the lines of
 * earlier statements with the same key.
 */
export interface Line {
  readonly flavor: string;
  readonly unit: Unit;
  readonly usageMonth: string;
  /** A correction adjusts an earlier usage month than the statement's own. */
  readonly kind: 'usage' | 'correction';
  readonly minutes: number;
  /** In thousandths. */
  readonly milliUnitMinutes: number;
  readonly pricePerHour: string;
  /** Decimal string with the currency's digits. */
  readonly amount: string;
  /**
   * Thousandths of unit minutes billed for the key up to and with this statement: they prove the
   * amount.
   */
  readonly cumulativeMilliUnitMinutes: number;
}

type LineKey = Pick<Line, 'flavor' | 'unit' | 'usageMonth' | 'pricePerHour'>;

/** A line key as a text. */
export const lineId = ({ usageMonth, flavor, unit, pricePerHour }: LineKey): string =>
  `${usageMonth} ${unit} ${pricePerHour} ${flavor}`;

/** Quantities of a line key: as committed statements billed them, and as from the next one on. */
export interface LineSums {
  readonly key: LineKey;
  minutesBefore: number;
  minutesAfter: number;
  milliUnitMinutesBefore: number;
  milliUnitMinutesAfter: number;
}

/** Finds or creates the sums of a line key. */
const createSumsByKey = (from: readonly LineSums[]) => {
  /** Few lines share a flavor. */
  const byFlavor = new Map<string, LineSums[]>();
  const addLine = (line: LineSums): LineSums => {
    const { flavor } = line.key;
    const lines = byFlavor.get(flavor);
    if (lines) lines.push(line);
    else byFlavor.set(flavor, [line]);
    return line;
  };
  for (const sums of from) addLine({ ...sums });

  return {
    /** None without a price. */
    sumsOf({ usageMonth, flavor, unit, pricePerHour }: BilledCharge): LineSums | undefined {
      if (flavor === undefined || unit === undefined || pricePerHour === undefined) return undefined;
      const isOfKey = ({ key }: LineSums) =>
        key.usageMonth === usageMonth && key.unit === unit && key.pricePerHour === pricePerHour;
      return (
        byFlavor.get(flavor)?.find(isOfKey) ??
        addLine({
          key: { flavor, unit, usageMonth, pricePerHour },
          minutesBefore: 0,
          minutesAfter: 0,
          milliUnitMinutesBefore: 0,
          milliUnitMinutesAfter: 0,
        })
      );
    },

    all: (): LineSums[] => [...byFlavor.values()].flat(),
  };
};

/** Where sums only grow, all before the last were safe integers if it is one. */
const assertExact = (sums: LineSums): void => {
  const { key: _, ...quantities } = sums;
  assert(Object.values(quantities).every(Number.isSafeInteger), 'a quantity of a line fits a JSON number');
};

/**
 * A line's amount is the rounded cumulative amount of its key minus what was billed before, so the
 * lines of all statements add up to the rounded truth: a correction neither gains nor loses a cent
 * (I3).
 */
const toLine =
  (month: string, currency: string) =>
  ({ key, minutesBefore, minutesAfter, milliUnitMinutesBefore, milliUnitMinutesAfter }: LineSums): Line => {
    const amountOf = (milliUnitMinutes: number) =>
      roundHalfUp(exactAmount(BigInt(milliUnitMinutes), key.pricePerHour), currency);
    return {
      flavor: key.flavor,
      unit: key.unit,
      usageMonth: key.usageMonth,
      kind: key.usageMonth < month ? 'correction' : 'usage',
      minutes: minutesAfter - minutesBefore,
      milliUnitMinutes: milliUnitMinutesAfter - milliUnitMinutesBefore,
      pricePerHour: key.pricePerHour,
      amount: formatMinor(amountOf(milliUnitMinutesAfter) - amountOf(milliUnitMinutesBefore), currency),
      cumulativeMilliUnitMinutes: milliUnitMinutesAfter,
    };
  };

const compareLines = (a: Line, b: Line) =>
  compareText(a.usageMonth, b.usageMonth) ||
  compareText(a.flavor, b.flavor) ||
  compareText(a.unit, b.unit) ||
  compareText(a.pricePerHour, b.pricePerHour);

/**
 * Adds up billed charges by line key and makes the lines of a statement. Memory grows with keys,
 * not with charges. Starts from the sums of a checkpoint, where given.
 */
export const createLineFold = (from: readonly LineSums[] = []) => {
  const { sumsOf, all } = createSumsByKey(from);
  return {
    /** Adds what committed statements have billed. */
    before(charge: BilledCharge) {
      const sums = sumsOf(charge);
      if (!sums) return;
      sums.minutesBefore += charge.minutes;
      sums.milliUnitMinutesBefore += charge.minutes * (charge.milliUnits ?? 0);
    },

    /** Adds what is billed from this statement on. */
    after(charge: BilledCharge) {
      const sums = sumsOf(charge);
      if (!sums) return;
      sums.minutesAfter += charge.minutes;
      sums.milliUnitMinutesAfter += charge.minutes * (charge.milliUnits ?? 0);
    },

    sums: (): readonly LineSums[] => all(),

    /** The lines of the statement of `month`, without those that add nothing. */
    lines(month: string, currency: string): Line[] {
      const sums = all();
      for (const line of sums) assertExact(line);
      return sums
        .map(toLine(month, currency))
        .filter((line) => line.minutes !== 0 || line.milliUnitMinutes !== 0)
        .sort(compareLines);
    },
  };
};

/** The sum of the lines (I5). */
export const totalOf = (lines: readonly Line[], currency: string): string =>
  formatMinor(
    lines.reduce((sum, line) => sum + parseMinor(line.amount), 0n),
    currency,
  );
