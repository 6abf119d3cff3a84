import assert from 'node:assert/strict';
import type { Evidence, FinalCharge, Held, PieceEnd, Unit } from './charges.ts';
import { compareText } from './compare-text.ts';
import { exactAmount, formatMinor, parseMinor, roundHalfUp } from './money.ts';

/**
 * What a project has been, or is about to be, asked for one piece: a final charge as a statement bills it. A charge with no
 * minutes takes no position.
 */
export interface Position {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  readonly end: number;
  readonly flavor?: string;
  readonly unit?: Unit;
  readonly units?: number;
  readonly tariff?: string;
  readonly pricePerHour?: string;
  readonly minutes: number;
  /** Exact, in sixtieths of the scaled price. */
  readonly amount: bigint;
  readonly openedBy: Evidence;
  readonly endedBy: PieceEnd;
  readonly held?: Held;
}

export const positionOf = ({ kind: _, projectId: __, ...position }: FinalCharge): Position => position;

/** Whether two positions ask for the same: evidence alone may differ. */
export const asksTheSame = (a: Position | undefined, b: Position | undefined): boolean =>
  a?.minutes === b?.minutes &&
  a?.flavor === b?.flavor &&
  a?.unit === b?.unit &&
  a?.units === b?.units &&
  a?.pricePerHour === b?.pricePerHour &&
  a?.held?.from === b?.held?.from;

/** One line of a statement or of live usage. Quantities and amount are what this line adds to earlier statements. */
export interface Line {
  readonly flavor: string;
  readonly unit: Unit;
  readonly usageMonth: string;
  /** A correction adjusts an earlier usage month than the statement's own. */
  readonly kind: 'usage' | 'correction';
  readonly minutes: number;
  readonly unitMinutes: number;
  readonly pricePerHour: string;
  /** Decimal string with the currency's digits. */
  readonly amount: string;
  /** Unit minutes asked for the key by this and all earlier statements: with the price it proves the amount. */
  readonly cumulativeUnitMinutes: number;
}

interface LineSums {
  readonly key: Pick<Line, 'flavor' | 'unit' | 'usageMonth' | 'pricePerHour'>;
  minutesBefore: bigint;
  minutesAfter: bigint;
  unitMinutesBefore: bigint;
  unitMinutesAfter: bigint;
}

const quantity = (value: bigint): number => {
  const number = Number(value);
  assert(Number.isSafeInteger(number), 'a quantity of a line fits a JSON number');
  return number;
};

/** Adds up positions by line key, before and after a statement, and makes its lines. Memory grows with keys, not positions. */
export const createLineFold = () => {
  const sums = new Map<string, LineSums>();

  const sumsOf = ({ usageMonth, flavor, unit, pricePerHour }: Position): LineSums | undefined => {
    if (flavor === undefined || unit === undefined || pricePerHour === undefined) return undefined;
    const id = `${usageMonth} ${unit} ${pricePerHour} ${flavor}`;
    let found = sums.get(id);
    if (!found) {
      found = {
        key: { flavor, unit, usageMonth, pricePerHour },
        minutesBefore: 0n,
        minutesAfter: 0n,
        unitMinutesBefore: 0n,
        unitMinutesAfter: 0n,
      };
      sums.set(id, found);
    }
    return found;
  };

  return {
    /** A position that committed statements have asked for. */
    before(position: Position) {
      const found = sumsOf(position);
      if (!found) return;
      found.minutesBefore += BigInt(position.minutes);
      found.unitMinutesBefore += BigInt(position.minutes) * BigInt(position.units ?? 0);
    },

    /** A position that holds from this statement on. */
    after(position: Position) {
      const found = sumsOf(position);
      if (!found) return;
      found.minutesAfter += BigInt(position.minutes);
      found.unitMinutesAfter += BigInt(position.minutes) * BigInt(position.units ?? 0);
    },

    /**
     * A line's amount is the rounded cumulative amount of its key minus what was asked before, so the lines of all
     * statements add up to the rounded truth and a correction never gains or loses a cent (I3).
     */
    lines(month: string, currency: string): Line[] {
      return [...sums.values()]
        .map(({ key, minutesBefore, minutesAfter, unitMinutesBefore, unitMinutesAfter }): Line => {
          const asked = roundHalfUp(exactAmount(unitMinutesBefore, key.pricePerHour), currency);
          const due = roundHalfUp(exactAmount(unitMinutesAfter, key.pricePerHour), currency);
          return {
            flavor: key.flavor,
            unit: key.unit,
            usageMonth: key.usageMonth,
            kind: key.usageMonth < month ? 'correction' : 'usage',
            minutes: quantity(minutesAfter - minutesBefore),
            unitMinutes: quantity(unitMinutesAfter - unitMinutesBefore),
            pricePerHour: key.pricePerHour,
            amount: formatMinor(due - asked, currency),
            cumulativeUnitMinutes: quantity(unitMinutesAfter),
          };
        })
        .filter((line) => line.minutes !== 0 || line.unitMinutes !== 0)
        .sort(compareLines);
    },
  };
};

const compareLines = (a: Line, b: Line) =>
  compareText(a.usageMonth, b.usageMonth) ||
  compareText(a.flavor, b.flavor) ||
  compareText(a.unit, b.unit) ||
  compareText(a.pricePerHour, b.pricePerHour);

/** The sum of the lines (I5). */
export const totalOf = (lines: readonly Line[], currency: string): string =>
  formatMinor(
    lines.reduce((sum, line) => sum + parseMinor(line.amount), 0n),
    currency,
  );

/** Part of the service and shown at zero (the product page's "Included" list). Remote object storage is priced elsewhere. */
export const INCLUDED = [
  'AI Training managed service',
  'Ephemeral local storage',
  'Ingress and egress network traffic',
] as const;
