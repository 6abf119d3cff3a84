import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import { exactAmount, roundHalfUp } from '../../../lib/billing/money.ts';
import { createSpending } from '../../../lib/billing/spending.ts';

const MINUTE_MS = 60_000;
const MONTH = { start: 0, end: 2_000 * MINUTE_MS };

interface Run {
  readonly flavor: string;
  readonly start: number;
  readonly minutes: number;
  readonly milliUnits: number;
  readonly pricePerHour: string;
}

const chargeOf = ({ start, minutes, milliUnits, pricePerHour, flavor }: Run): FinalCharge => ({
  ...{ kind: 'final', jobId: 'job-1', projectId: 'proj-1', usageMonth: '2026-11' },
  openedBy: { source: 'source', id: 'id', time: start },
  endedBy: { cause: 'month end' },
  ...{ flavor, unit: 'gpu', milliUnits, pricePerHour },
  ...{ start, end: start + minutes * MINUTE_MS, minutes },
  amount: exactAmount(BigInt(minutes) * BigInt(milliUnits), pricePerHour),
});

const spendingOf = (runs: readonly Run[], currency = 'EUR') => {
  const spending = createSpending(currency);
  for (const run of runs) spending.add(chargeOf(run));
  return spending;
};

/** Adds one minute after the other, in the order of their starts, and rounds after each. */
const crossingByEachMinute = (runs: readonly Run[], minor: bigint): number | undefined => {
  const minutes = runs
    .flatMap((run) =>
      Array.from({ length: run.minutes }, (_, index) => ({ at: run.start + index * MINUTE_MS, run })),
    )
    .sort((a, b) => a.at - b.at);
  const lines = new Map<string, bigint>();
  for (const { at, run } of minutes) {
    const line = `${run.flavor} ${run.pricePerHour}`;
    lines.set(line, (lines.get(line) ?? 0n) + exactAmount(BigInt(run.milliUnits), run.pricePerHour));
    if ([...lines.values()].reduce((sum, amount) => sum + roundHalfUp(amount, 'EUR'), 0n) >= minor) return at;
  }
  return undefined;
};

const runs: fc.Arbitrary<Run[]> = fc.array(
  fc.record({
    flavor: fc.constantFrom('small', 'large'),
    start: fc.integer({ min: 0, max: 1_000 * MINUTE_MS }),
    minutes: fc.integer({ min: 1, max: 300 }),
    milliUnits: fc.constantFrom(500, 1_000, 8_000),
    pricePerHour: fc.constantFrom('0.03', '1.93', '0.007'),
  }),
  { maxLength: 8 },
);

describe('what is spent as a function of time', () => {
  test('counts a minute from its start on', () => {
    const spending = spendingOf([
      { flavor: 'a', start: 5, minutes: 2, milliUnits: 1_000, pricePerHour: '60' },
    ]);
    expect([4, 5, 60_004, 60_005, 200_000].map(spending.spentAt)).toEqual([0n, 100n, 100n, 200n, 200n]);
  });

  test('crosses an amount at the start of the minute that reaches it, and not a cent later', () => {
    const spending = spendingOf([
      { flavor: 'a', start: 5, minutes: 100, milliUnits: 1_000, pricePerHour: '60' },
    ]);
    expect(spending.crossing(100n, MONTH)).toBe(5);
    expect(spending.crossing(101n, MONTH)).toBe(60_005);
    expect(spending.crossing(200n, MONTH)).toBe(60_005);
    expect(spending.crossing(10_000n, MONTH)).toBe(99 * MINUTE_MS + 5);
    expect(spending.crossing(10_001n, MONTH)).toBeUndefined();
  });

  test('rounds each line half up, like usage', () => {
    const spending = spendingOf([
      { flavor: 'a', start: 0, minutes: 10, milliUnits: 1_000, pricePerHour: '0.03' },
      { flavor: 'b', start: 0, minutes: 10, milliUnits: 1_000, pricePerHour: '0.03' },
    ]);
    // Half a cent each after ten minutes, which is a cent each: not one cent of both.
    expect(spending.spentAt(9 * MINUTE_MS)).toBe(2n);
    expect(spending.spentAt(9 * MINUTE_MS - 1)).toBe(0n);
  });

  test('crosses at the same minute as adding one minute after the other', () => {
    fc.assert(
      fc.property(runs, fc.bigInt({ min: 1n, max: 20_000n }), (all, minor) => {
        expect(spendingOf(all).crossing(minor, MONTH)).toBe(crossingByEachMinute(all, minor));
      }),
      { numRuns: 300 },
    );
  });
});
