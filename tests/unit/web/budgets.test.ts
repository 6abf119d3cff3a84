import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BudgetState } from '../../../lib/shapes/budget.ts';
import { budgetsAt, closestFirst, percentText, perMilleSpent } from '../../../web/budgets.ts';

const CROSSING = '2026-11-12T14:05:00.000Z';

const budget = (more: Partial<BudgetState> = {}): BudgetState => ({
  ...{ name: 'all', month: '2026-11', amount: '1000.00', currency: 'EUR', spent: '799.00' },
  ...{ forecast: '1200.00', stops: 'all', changedAt: '2026-11-01T00:00:00.000Z' },
  thresholds: [
    { at: '80%', on: 'spent', action: 'notify', amount: '800.00', willCrossAt: CROSSING },
    { at: '100%', on: 'forecast', action: 'notify', amount: '1000.00', willCrossAt: CROSSING },
  ],
  ...more,
});

test('a budget of the whole project has spent the total that is shown', () => {
  const [whole, labeled] = budgetsAt([budget(), budget({ label: 'team=vision' })], '800.02', 0);
  expect(whole?.spent).toBe('800.02');
  expect(labeled?.spent).toBe('799.00');
});

test('a threshold of what is spent is crossed in the minute that the API has computed, not before', () => {
  const crossedAt = (now: number) =>
    budgetsAt([budget()], '799.00', now)[0]?.thresholds.map((threshold) => threshold.crossedAt);
  expect(crossedAt(Date.parse(CROSSING) - 1)).toEqual([undefined, undefined]);
  // The forecast is compared by the API alone.
  expect(crossedAt(Date.parse(CROSSING))).toEqual([CROSSING, undefined]);
});

test('a budget is used up at its amount, and not a cent before', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10n ** 12n), fc.bigInt(0n, 10n ** 12n), (amount, spent) => {
      const money = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
      expect(perMilleSpent({ amount: money(amount), spent: money(spent) }) >= 1000).toBe(spent >= amount);
    }),
  );
  expect(percentText(perMilleSpent({ amount: '1000.00', spent: '999.99' }))).toBe('99.9\u00a0%');
  expect(percentText(perMilleSpent({ amount: '3', spent: '1' }))).toBe('33.3\u00a0%');
});

test('the budgets with the largest share spent come first, those alike as they were', () => {
  const names = closestFirst([
    budget({ name: 'a', spent: '10.00' }),
    budget({ name: 'b', spent: '10.00' }),
    budget({ name: 'c', spent: '9.00', amount: '9.00' }),
  ]).map(({ name }) => name);
  expect(names).toEqual(['c', 'a', 'b']);
});
