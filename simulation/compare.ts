import { isDeepStrictEqual } from 'node:util';
import type { Charge } from '../lib/billing/charges.ts';
import type { ReportedFact } from '../lib/billing/facts.ts';
import type { Statement } from '../lib/billing/statement.ts';
import type { Item } from '../lib/store/table.ts';
import { type Piece, priceOf } from './oracle.ts';

/** Each difference in a line of text: empty when all is as it must be. */
export type Differences = readonly string[];

const describe = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

const differ = (what: string, expected: ReadonlyMap<string, unknown>, found: ReadonlyMap<string, unknown>) =>
  [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => !isDeepStrictEqual(expected.get(key), found.get(key)))
    .map(
      (key) => `${what} ${key}: expected ${describe(expected.get(key))}, found ${describe(found.get(key))}`,
    );

/**
 * The stored charges are the pieces of the oracle: none wrong, none missing, none left open or too
 * many (I1, I2).
 */
export const compareCharges = (pieces: readonly Piece[], stored: readonly Charge[]): Differences => {
  const keyOf = ({ jobId, projectId, usageMonth, start }: Charge | Piece) =>
    `${projectId} ${usageMonth} ${jobId} ${new Date(start).toISOString()}`;
  const expected = new Map(
    pieces.map(({ heldFrom, heldBy, ...piece }) => [
      keyOf(piece),
      { ...piece, kind: 'final', heldFrom, heldBy },
    ]),
  );
  const found = new Map(
    stored
      .filter((charge) => charge.kind !== 'void')
      .map((charge): [string, unknown] => {
        if (charge.kind === 'open') return [keyOf(charge), charge];
        const { jobId, projectId, usageMonth, start, end, minutes, kind, labels, held } = charge;
        const { flavor, unit, milliUnits, pricePerHour } = charge;
        const partition = { kind, jobId, projectId, usageMonth, start, end, minutes };
        const rated = { flavor, unit, milliUnits, pricePerHour, openedBy: charge.openedBy.id, labels };
        return [keyOf(charge), { ...partition, ...rated, heldFrom: held?.from, heldBy: held?.cause }];
      }),
  );
  return differ('charge', expected, found);
};

const lineKey = (
  projectId: string,
  {
    usageMonth,
    flavor,
    unit,
    pricePerHour,
  }: { [Name in 'usageMonth' | 'flavor' | 'unit' | 'pricePerHour']?: string | undefined },
) => `${projectId} ${usageMonth} ${flavor} ${unit} at ${pricePerHour}`;

const toMinor = (amount: string) => BigInt(amount.replace('.', ''));

/**
 * All statements together bill, for each line key, its minutes and its rounded amount (I3); each
 * total is the sum of its lines (I5). With `upTo` only usage that a close of that month must bill.
 */
export const compareBills = (
  pieces: readonly Piece[],
  statements: readonly Pick<Statement, 'projectId' | 'month' | 'lines' | 'total'>[],
  currency: string,
  upTo = '9999-12',
): Differences => {
  const due = new Map<string, { milliUnitMinutes: number; pricePerHour: string }>();
  for (const piece of pieces) {
    const { pricePerHour, minutes, milliUnits = 0 } = piece;
    if (pricePerHour === undefined || minutes === 0 || piece.usageMonth > upTo) continue;
    const key = lineKey(piece.projectId, piece);
    const sum = due.get(key) ?? { milliUnitMinutes: 0, pricePerHour };
    sum.milliUnitMinutes += minutes * milliUnits;
    due.set(key, sum);
  }
  const expected = new Map(
    [...due].map(([key, { milliUnitMinutes, pricePerHour }]) => [
      key,
      { milliUnitMinutes, amount: priceOf(milliUnitMinutes, pricePerHour, currency) },
    ]),
  );

  const found = new Map<string, { milliUnitMinutes: number; amount: bigint }>();
  /**
   * What a line says of its key over all statements up to its own; months may be closed out of
   * order.
   */
  const cumulative = new Map<string, Set<number>>();
  const wrongSums: string[] = [];
  for (const { projectId, month, lines, total } of statements) {
    let sum = 0n;
    for (const line of lines) {
      const key = lineKey(projectId, line);
      const { milliUnitMinutes, amount } = found.get(key) ?? { milliUnitMinutes: 0, amount: 0n };
      sum += toMinor(line.amount);
      found.set(key, {
        milliUnitMinutes: milliUnitMinutes + line.milliUnitMinutes,
        amount: amount + toMinor(line.amount),
      });
      const stated = cumulative.get(key) ?? new Set();
      cumulative.set(key, stated.add(line.cumulativeMilliUnitMinutes));
    }
    if (sum !== toMinor(total))
      wrongSums.push(`statement ${projectId} ${month}: lines sum to ${sum}, not ${total}`);
  }
  for (const [key, { milliUnitMinutes, amount }] of found) {
    if (!cumulative.get(key)?.has(milliUnitMinutes))
      wrongSums.push(`no line of ${key} has the cumulative quantity ${milliUnitMinutes}`);
    if (milliUnitMinutes === 0 && amount === 0n) found.delete(key);
  }
  return [...differ('billed', expected, found), ...wrongSums];
};

const kindOf = (usageMonth: string, month: string) => {
  if (usageMonth === month) return 'usage';
  return usageMonth < month ? 'correction' : 'not to be billed yet';
};

/** Each statement says something, and of each line what it is to that month. */
export const compareStatements = (statements: readonly Statement[]): Differences =>
  statements.flatMap(({ projectId, month, lines, unrated, held }) => [
    ...(lines.length + unrated.count + held.count === 0
      ? [`statement ${projectId} ${month}: says nothing`]
      : []),
    ...lines
      .filter(({ usageMonth, kind }) => kind !== kindOf(usageMonth, month))
      .map(
        ({ usageMonth, kind }) =>
          `statement ${projectId} ${month}: ${usageMonth} is ${kindOf(usageMonth, month)}, not ${kind}`,
      ),
  ]);

/** Facts and statements are what they were when they were first written (I4). */
export const compareFrozen = (
  first: ReadonlyMap<string, Item>,
  now: ReadonlyMap<string, Item>,
): Differences => differ('frozen', first, now);

/** An event's identity for ever. */
export const identityOf = ({ projectId, jobId, source, id }: ReportedFact): string =>
  `${projectId} ${jobId} ${source} ${id}`;

/**
 * Every event that was accepted is in the log with the content that was sent (I6), and nothing else
 * is.
 */
export const compareLog = (
  accepted: ReadonlyMap<string, ReportedFact>,
  sent: readonly ReportedFact[],
  log: readonly ReportedFact[],
): Differences => {
  const logged = new Map(log.map((fact) => [identityOf(fact), fact]));
  const sentAs = Map.groupBy(sent, identityOf);
  return [
    ...[...accepted]
      .filter(([identity, fact]) => !isDeepStrictEqual(logged.get(identity), fact))
      .map(
        ([identity, fact]) =>
          `accepted ${identity}: ${describe(fact)}, but in the log ${describe(logged.get(identity))}`,
      ),
    ...log
      .filter((fact) => !sentAs.get(identityOf(fact))?.some((event) => isDeepStrictEqual(event, fact)))
      .map((fact) => `never sent, yet in the log: ${describe(fact)}`),
  ];
};
