import { isDeepStrictEqual } from 'node:util';
import type { Charge } from '../lib/billing/charges.ts';
import type { ReportedFact } from '../lib/billing/facts.ts';
import type { Statement } from '../lib/billing/statement.ts';
import type { Item } from '../lib/store/table.ts';
import { type Piece, priceOf } from './oracle.ts';

/** One line per difference; empty if there are none. */
export type Differences = readonly string[];

const describe = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

const differ = (what: string, expected: ReadonlyMap<string, unknown>, found: ReadonlyMap<string, unknown>) =>
  [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => !isDeepStrictEqual(expected.get(key), found.get(key)))
    .map(
      (key) => `${what} ${key}: expected ${describe(expected.get(key))}, found ${describe(found.get(key))}`,
    );

/** The stored charges equal the pieces of the oracle (I1, I2). */
export const compareCharges = (pieces: readonly Piece[], stored: readonly Charge[]): Differences => {
  const keyOf = ({ jobId, projectId, usageMonth, start }: Charge | Piece) =>
    `${projectId} ${usageMonth} ${jobId} ${new Date(start).toISOString()}`;
  const expected = new Map(
    pieces.map((piece) => [keyOf(piece), { ...piece, kind: 'final', heldFrom: piece.heldFrom }]),
  );
  const found = new Map(
    stored
      .filter((charge) => charge.kind !== 'void')
      .map((charge): [string, unknown] => {
        if (charge.kind === 'open') return [keyOf(charge), charge];
        const { jobId, projectId, usageMonth, start, end, minutes, kind } = charge;
        const { flavor, unit, units, pricePerHour } = charge;
        const period = { kind, jobId, projectId, usageMonth, start, end, minutes };
        const rated = { flavor, unit, units, pricePerHour, openedBy: charge.openedBy.id };
        return [keyOf(charge), { ...period, ...rated, heldFrom: charge.held?.from }];
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
 * All statements together bill each line key exactly once, rounded (I3), and each total is the sum
 * of its lines (I5). `upTo` limits the comparison to usage up to a month.
 */
export const compareBills = (
  pieces: readonly Piece[],
  statements: readonly Pick<Statement, 'projectId' | 'month' | 'lines' | 'total'>[],
  currency: string,
  upTo = '9999-12',
): Differences => {
  const due = new Map<string, { unitMinutes: number; pricePerHour: string }>();
  for (const piece of pieces) {
    if (piece.pricePerHour === undefined || piece.usageMonth > upTo) continue;
    const key = lineKey(piece.projectId, piece);
    const sum = due.get(key) ?? { unitMinutes: 0, pricePerHour: piece.pricePerHour };
    sum.unitMinutes += piece.minutes * (piece.units ?? 0);
    due.set(key, sum);
  }
  const expected = new Map(
    [...due].map(([key, { unitMinutes, pricePerHour }]) => [
      key,
      { unitMinutes, amount: priceOf(unitMinutes, pricePerHour, currency) },
    ]),
  );

  const found = new Map<string, { unitMinutes: number; amount: bigint }>();
  const wrongTotals: string[] = [];
  for (const { projectId, month, lines, total } of statements) {
    let sum = 0n;
    for (const line of lines) {
      const key = lineKey(projectId, line);
      const { unitMinutes, amount } = found.get(key) ?? { unitMinutes: 0, amount: 0n };
      sum += toMinor(line.amount);
      found.set(key, { unitMinutes: unitMinutes + line.unitMinutes, amount: amount + toMinor(line.amount) });
    }
    if (sum !== toMinor(total))
      wrongTotals.push(`statement ${projectId} ${month}: lines sum to ${sum}, not ${total}`);
  }
  for (const [key, { unitMinutes, amount }] of found)
    if (unitMinutes === 0 && amount === 0n) found.delete(key);
  return [...differ('billed', expected, found), ...wrongTotals];
};

const kindOf = (usageMonth: string, month: string) => {
  if (usageMonth === month) return 'usage';
  return usageMonth < month ? 'correction' : 'not to be billed yet';
};

/** Each statement has content, and each line the right kind for its month. */
export const compareStatements = (statements: readonly Statement[]): Differences =>
  statements.flatMap(({ projectId, month, lines, unrated, held }) => [
    ...(lines.length + unrated.count + held.count === 0 ? [`statement ${projectId} ${month}: is empty`] : []),
    ...lines
      .filter(({ usageMonth, kind }) => kind !== kindOf(usageMonth, month))
      .map(
        ({ usageMonth, kind }) =>
          `statement ${projectId} ${month}: ${usageMonth} is ${kindOf(usageMonth, month)}, not ${kind}`,
      ),
  ]);

/** Facts and statements never change (I4). */
export const compareFrozen = (
  first: ReadonlyMap<string, Item>,
  now: ReadonlyMap<string, Item>,
): Differences => differ('frozen', first, now);

export const identityOf = ({ jobId, source, id }: ReportedFact): string => `${jobId} ${source} ${id}`;

/** The log is exactly the accepted events, with the content sent (I6). */
export const compareLog = (
  accepted: ReadonlyMap<string, ReportedFact>,
  sent: readonly ReportedFact[],
  log: readonly ReportedFact[],
): Differences => {
  const logged = new Map(log.map((fact) => [identityOf(fact), fact]));
  return [
    ...[...accepted]
      .filter(([identity, fact]) => !isDeepStrictEqual(logged.get(identity), fact))
      .map(
        ([identity, fact]) =>
          `accepted ${identity}: ${describe(fact)}, but in the log ${describe(logged.get(identity))}`,
      ),
    ...log
      .filter((fact) => !sent.some((event) => isDeepStrictEqual(event, fact)))
      .map((fact) => `never sent, yet in the log: ${describe(fact)}`),
  ];
};
