import {
  amountTimes60,
  exactAmount,
  formatMinor,
  parseMinor,
  parseTimes60,
  roundHalfUp,
  toMilli,
} from '../lib/billing/money.ts';
import type { BilledCharge, BilledChargeRecord } from '../lib/shapes/charge.ts';
import type { Line } from '../lib/shapes/line.ts';
import { sumOf } from './live-usage.ts';

type LineKey = Pick<Line, 'flavor' | 'unit' | 'usageMonth' | 'pricePerHour'>;

export const lineKey = ({ usageMonth, flavor, unit, pricePerHour }: LineKey): string =>
  `${usageMonth} ${flavor} ${unit} ${pricePerHour}`;

/** A charge that a line adds or subtracts. */
export interface Share {
  readonly charge: BilledCharge;
  /** 1 if billed by this statement, -1 if it is the earlier billed charge that was replaced. */
  readonly sign: 1 | -1;
}

const isBilled = (charge: BilledChargeRecord): charge is BilledChargeRecord & BilledCharge =>
  'openedBy' in charge;

const isOf = (line: LineKey, { usageMonth, flavor, unit, pricePerHour }: BilledCharge): boolean =>
  flavor !== undefined &&
  unit !== undefined &&
  pricePerHour !== undefined &&
  lineKey(line) === lineKey({ usageMonth, flavor, unit, pricePerHour });

/** The charges behind a line. Their signed unit minutes add up to the line's. */
export const sharesOf = (line: LineKey, charges: readonly BilledChargeRecord[]): Share[] =>
  charges.flatMap((charge): Share[] => [
    ...(isBilled(charge) && isOf(line, charge) ? [{ charge, sign: 1 as const }] : []),
    ...(charge.replaces && isOf(line, charge.replaces)
      ? [{ charge: charge.replaces, sign: -1 as const }]
      : []),
  ]);

/** Most expensive first. */
export const compareShares = (a: Share, b: Share): number =>
  Number(parseTimes60(b.charge.amountTimes60) - parseTimes60(a.charge.amountTimes60));

/** A line's amount: all usage of its key so far at its price, less what was billed before. */
export const lineCalculation = (line: Line) => {
  const exact = exactAmount(BigInt(toMilli(line.cumulativeUnitMinutes)), line.pricePerHour);
  const rounded = formatMinor(roundHalfUp(exact, line.currency), line.currency);
  const earlier = formatMinor(parseMinor(rounded) - parseMinor(line.amount), line.currency);
  return { times60: amountTimes60(exact), rounded, earlier };
};

/** Lines of a kind that are shown at most: a browser takes seconds for 20,000. */
export const MAX_SHOWN_LINES = 1_000;

/** Usage lines of the month and corrections of earlier months, each with their sum. */
export const partsOf = (lines: readonly Line[], currency: string) =>
  (['usage', 'correction'] as const).map((kind) => {
    const ofKind = lines.filter((line) => line.kind === kind);
    return {
      kind,
      lines: ofKind,
      sum: sumOf(
        ofKind.map(({ amount }) => amount),
        currency,
      ),
    };
  });
