import { expect, test } from 'vitest';
import type { Line } from '../../../lib/shapes/line.ts';
import type { Usage } from '../../../lib/shapes/usage.ts';
import { sumOf } from '../../../web/live-usage.ts';
import { changesTogether, flavorChanges, jobChanges, totalUpTo } from '../../../web/month-changes.ts';

const line = (flavor: string, usageMonth: string, amount: string): Line => ({
  ...{ flavor, usageMonth, amount, currency: 'EUR', unit: 'gpu', kind: 'usage', pricePerHour: '1.00' },
  ...{ minutes: 0, unitMinutes: 0, cumulativeUnitMinutes: 0 },
});

const usage = (month: string, flavors: Record<string, string>, jobs: Record<string, string> = {}): Usage => {
  const lines = Object.entries(flavors).map(([flavor, amount]) => line(flavor, month, amount));
  const none = { count: 0, charges: [] };
  return {
    ...{ projectId: 'proj-1', month, timeZone: 'UTC', asOf: '2026-11-01T00:00:00.000Z', currency: 'EUR' },
    ...{ lines, days: [], running: none, unrated: none },
    held: { ...none, cost: '0.00', atStakePerHour: '0', currency: 'EUR', causes: [] },
    total: sumOf(Object.values(flavors), 'EUR'),
    groups: Object.entries(jobs).map(([value, total]) => ({ value, total, minutes: 0, currency: 'EUR' })),
  };
};

const september = usage('2026-09', { cpu: '10.00', gpu: '20.00', old: '1.00' }, { a: '30.00', b: '1.00' });
const october = usage('2026-10', { cpu: '10.00', gpu: '5.00', new: '40.00' }, { b: '2.00', c: '53.00' });

test('flavors and jobs that made the change come largest first, and add up to it', () => {
  expect(flavorChanges(september, october)).toEqual([
    { name: 'new', before: '0.00', now: '40.00', change: '40.00' },
    { name: 'gpu', before: '20.00', now: '5.00', change: '-15.00' },
    { name: 'old', before: '1.00', now: '0.00', change: '-1.00' },
  ]);
  expect(jobChanges(september, october).map(({ name, change }) => [name, change])).toEqual([
    ['c', '53.00'],
    ['a', '-30.00'],
    ['b', '1.00'],
  ]);
  for (const changes of [flavorChanges(september, october), jobChanges(september, october)])
    expect(
      sumOf(
        changes.map(({ change }) => change),
        'EUR',
      ),
    ).toBe('24.00');
});

test('several changes together are their sums', () => {
  const [largest, ...others] = flavorChanges(september, october);
  expect(largest?.name).toBe('new');
  expect(changesTogether(others, 'EUR')).toEqual({ before: '21.00', now: '5.00', change: '-16.00' });
});

test('a month up to a day of it has that day', () => {
  const of = (date: string) => ({ ...line('gpu', '2026-09', '1.10'), date });
  const days = ['2026-09-01', '2026-09-09', '2026-09-10'].map(of);
  expect(totalUpTo(days, 9, 'EUR')).toBe('2.20');
});
