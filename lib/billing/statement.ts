import assert from 'node:assert/strict';
import type { ChargeEnd, Evidence, FinalCharge, Held, Unit } from './charges.ts';
import { compareText } from './compare-text.ts';
import { exactAmount, formatMinor, parseMinor, roundHalfUp } from './money.ts';

/**
 * What a project has been, or is about to be, asked for one piece: a final charge as a statement bills it. A charge with no
 * minutes takes no charge.
 */
export interface BilledCharge {
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
  readonly endedBy: ChargeEnd;
  readonly held?: Held;
}

/** What a position has and nothing else, whatever else a charge lies in the table with. A close makes millions. */
export const toBilledCharge = (charge: FinalCharge): BilledCharge => {
  const { jobId, usageMonth, start, end, minutes, amount, openedBy, endedBy } = charge;
  const { flavor, unit, units, tariff, pricePerHour, held } = charge;
  const billed: { -readonly [Name in keyof BilledCharge]: BilledCharge[Name] } = {
    jobId,
    usageMonth,
    start,
    end,
    minutes,
    amount,
    openedBy,
    endedBy,
  };
  if (flavor !== undefined) billed.flavor = flavor;
  if (unit !== undefined) billed.unit = unit;
  if (units !== undefined) billed.units = units;
  if (tariff !== undefined) billed.tariff = tariff;
  if (pricePerHour !== undefined) billed.pricePerHour = pricePerHour;
  if (held) billed.held = held;
  return billed;
};

/** Whether two positions ask for the same: evidence alone may differ. */
export const isSameBilling = (a: BilledCharge | undefined, b: BilledCharge | undefined): boolean =>
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

/** What committed statements have asked for a line key, and what is due from the next one on. */
export interface LineSums {
  readonly key: Pick<Line, 'flavor' | 'unit' | 'usageMonth' | 'pricePerHour'>;
  minutesBefore: number;
  minutesAfter: number;
  unitMinutesBefore: number;
  unitMinutesAfter: number;
}

/** Charges a statement has to tell of without billing them. The first hundred are listed. */
export interface UnbilledCharges {
  readonly count: number;
  readonly charges: readonly {
    readonly jobId: string;
    readonly usageMonth: string;
    readonly start: number;
    readonly minutes: number;
    readonly flavor?: string;
    readonly heldFrom?: number;
  }[];
}

export interface StatementSummary {
  readonly month: string;
  readonly statementId: string;
  readonly currency: string;
  readonly total: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

/** The frozen month-end result of one project. */
export interface Statement extends StatementSummary {
  readonly projectId: string;
  readonly timeZone: string;
  readonly lines: readonly Line[];
  readonly included: readonly string[];
  readonly unrated: UnbilledCharges;
  readonly held: UnbilledCharges;
  /** Where the billed positions behind the lines are found, oldest first. */
  readonly usageMonths: readonly string[];
  /** Over these positions: none can change unseen. */
  readonly digest: string;
}

/** What a statement that is being added up has come to. */
export interface StatementSums extends Pick<Statement, 'unrated' | 'held' | 'usageMonths'> {
  readonly lines: readonly LineSums[];
}

/** Sums only grow, so one that is a safe integer in the end was one all the way. */
const assertExact = (sums: LineSums): void => {
  const { key: _, ...quantities } = sums;
  assert(Object.values(quantities).every(Number.isSafeInteger), 'a quantity of a line fits a JSON number');
};

/**
 * Adds up positions by line key, before and after a statement, and makes its lines. Memory grows with keys, not positions. Goes on from
 * the sums of another one, where given.
 */
export const createLineFold = (from: readonly LineSums[] = []) => {
  /** Few lines share a flavor. */
  const byFlavor = new Map<string, LineSums[]>();
  const addLine = (line: LineSums): LineSums => {
    const { flavor } = line.key;
    const lines = byFlavor.get(flavor);
    if (lines) lines.push(line);
    else byFlavor.set(flavor, [line]);
    return line;
  };
  for (const known of from) addLine({ ...known });

  const sumsOf = ({ usageMonth, flavor, unit, pricePerHour }: BilledCharge): LineSums | undefined => {
    if (flavor === undefined || unit === undefined || pricePerHour === undefined) return undefined;
    const isTheLine = ({ key }: LineSums) =>
      key.usageMonth === usageMonth && key.unit === unit && key.pricePerHour === pricePerHour;
    return (
      byFlavor.get(flavor)?.find(isTheLine) ??
      addLine({
        key: { flavor, unit, usageMonth, pricePerHour },
        minutesBefore: 0,
        minutesAfter: 0,
        unitMinutesBefore: 0,
        unitMinutesAfter: 0,
      })
    );
  };
  const all = () => [...byFlavor.values()].flat();

  return {
    /** A position that committed statements have asked for. */
    before(charge: BilledCharge) {
      const found = sumsOf(charge);
      if (!found) return;
      found.minutesBefore += charge.minutes;
      found.unitMinutesBefore += charge.minutes * (charge.units ?? 0);
    },

    /** A position that holds from this statement on. */
    after(charge: BilledCharge) {
      const found = sumsOf(charge);
      if (!found) return;
      found.minutesAfter += charge.minutes;
      found.unitMinutesAfter += charge.minutes * (charge.units ?? 0);
    },

    sums: (): readonly LineSums[] => all(),

    /**
     * A line's amount is the rounded cumulative amount of its key minus what was asked before, so the lines of all
     * statements add up to the rounded truth and a correction never gains or loses a cent (I3).
     */
    lines(month: string, currency: string): Line[] {
      const sums = all();
      for (const known of sums) assertExact(known);
      return sums
        .map(({ key, minutesBefore, minutesAfter, unitMinutesBefore, unitMinutesAfter }): Line => {
          const billedBefore = roundHalfUp(
            exactAmount(BigInt(unitMinutesBefore), key.pricePerHour),
            currency,
          );
          const due = roundHalfUp(exactAmount(BigInt(unitMinutesAfter), key.pricePerHour), currency);
          return {
            flavor: key.flavor,
            unit: key.unit,
            usageMonth: key.usageMonth,
            kind: key.usageMonth < month ? 'correction' : 'usage',
            minutes: minutesAfter - minutesBefore,
            unitMinutes: unitMinutesAfter - unitMinutesBefore,
            pricePerHour: key.pricePerHour,
            amount: formatMinor(due - billedBefore, currency),
            cumulativeUnitMinutes: unitMinutesAfter,
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
