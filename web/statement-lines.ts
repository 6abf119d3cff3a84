import {
  amountTimes60,
  exactAmount,
  formatMinor,
  parseMinor,
  parseTimes60,
  roundHalfUp,
} from '../lib/billing/money.ts';
import type { BilledCharge, BilledChargeRecord } from '../lib/shapes/charge.ts';
import type { Line } from '../lib/shapes/line.ts';
import { sumOf } from './live-usage.ts';

type LineKey = Pick<Line, 'flavor' | 'unit' | 'usageMonth' | 'pricePerHour'>;

export const lineKey = ({ usageMonth, flavor, unit, pricePerHour }: LineKey): string =>
  `${usageMonth} ${flavor} ${unit} ${pricePerHour}`;

/** What a charge adds to a line, or takes back from it. */
export interface Share {
  readonly charge: BilledCharge;
  /** 1 for what is billed now, -1 for what an earlier statement billed in its place. */
  readonly sign: 1 | -1;
}

const isStanding = (charge: BilledChargeRecord): charge is BilledChargeRecord & BilledCharge =>
  'openedBy' in charge;

const isOf = (line: LineKey, { usageMonth, flavor, unit, pricePerHour }: BilledCharge): boolean =>
  flavor !== undefined &&
  unit !== undefined &&
  pricePerHour !== undefined &&
  lineKey(line) === lineKey({ usageMonth, flavor, unit, pricePerHour });

/** The charges behind a line: their unit minutes, with their signs, add up to the line's. */
export const sharesOf = (line: LineKey, charges: readonly BilledChargeRecord[]): Share[] =>
  charges.flatMap((charge): Share[] => [
    ...(isStanding(charge) && isOf(line, charge) ? [{ charge, sign: 1 as const }] : []),
    ...(charge.replaces && isOf(line, charge.replaces)
      ? [{ charge: charge.replaces, sign: -1 as const }]
      : []),
  ]);

/** The most expensive first. */
export const compareShares = (a: Share, b: Share): number =>
  Number(parseTimes60(b.charge.amountTimes60) - parseTimes60(a.charge.amountTimes60));

/** How a line's amount comes about: all its usage up to this statement at its price, less what earlier statements asked. */
export const workedOut = (line: Line) => {
  const exact = exactAmount(BigInt(line.cumulativeUnitMinutes), line.pricePerHour);
  const rounded = formatMinor(roundHalfUp(exact, line.currency), line.currency);
  const earlier = formatMinor(parseMinor(rounded) - parseMinor(line.amount), line.currency);
  return { times60: amountTimes60(exact), rounded, earlier };
};

/** The lines of the month itself, and the corrections of earlier months, each with their sum. */
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
