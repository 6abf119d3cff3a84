import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { parseBy } from '../../../cli/grouping.ts';
import { showUsage } from '../../../cli/show-usage.ts';
import type { Usage } from '../../../lib/shapes/usage.ts';

const NONE = { count: 0, charges: [] };
const NONE_HELD = { ...NONE, cost: '0.00', atStakePerHour: '0', currency: 'EUR', causes: [] };
const LINE: Usage['lines'][number] = {
  ...{ flavor: 'ai1-1-gpu', unit: 'gpu', usageMonth: '2026-11', kind: 'usage', minutes: 12_000 },
  ...{ unitMinutes: 6_000.5, pricePerHour: '1.93', amount: '193.02', currency: 'EUR' },
  cumulativeUnitMinutes: 6_000.5,
};
const USAGE: Usage = {
  ...{ projectId: 'proj-1', month: '2026-11', timeZone: 'UTC', asOf: '2026-11-20T00:00:00.000Z' },
  ...{ currency: 'EUR', total: '193.02', lines: [LINE], days: [] },
  ...{ running: NONE, unrated: NONE, held: NONE_HELD },
};

/** Without colours and padding. */
const shown = (usage: Usage): string[] =>
  stripVTControlCharacters(showUsage(usage))
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));

test('usage is shown by line, with the total', () => {
  expect(shown(USAGE)).toEqual([
    'usage of proj-1 in 2026-11, as of 2026-11-20T00:00:00.000Z',
    'month | flavor | unit | minutes | unit minutes | price per hour | EUR',
    '2026-11 | ai1-1-gpu | gpu | 12,000 | 6,000.5 | 1.93 | 193.02',
    'total 193.02 EUR',
  ]);
});

test('what is not in the total, the forecast and corrections come below it', () => {
  const lines = [{ ...LINE, usageMonth: '2026-10', kind: 'correction' as const, amount: '-3.00' }];
  const usage: Usage = {
    ...USAGE,
    ...{ running: { ...NONE, count: 2 }, unrated: { ...NONE, count: 3 }, held: { ...NONE_HELD, count: 4 } },
    forecast: {
      ...{ monthEnd: '2026-12-01T00:00:00.000Z', atThisPace: '300.00', ifAllKeepRunning: '500.00' },
      ...{ low: '193.02', expected: '400.00', high: '600.00' },
      currency: 'EUR',
    },
    corrections: { total: '-3.00', currency: 'EUR', lines },
  };
  expect(shown(usage).slice(3)).toEqual([
    'total 193.02 EUR',
    'running now: 2',
    'not in the total, unrated: 3',
    'not in the total, held without a stop: 4',
    'at this pace: 300.00 EUR',
    'if what runs now never stops: 500.00 EUR',
    'corrections of closed months so far: -3.00 EUR',
    'month | flavor | unit | minutes | unit minutes | price per hour | EUR',
    '2026-10 | ai1-1-gpu | gpu | 12,000 | 6,000.5 | 1.93 | -3.00',
  ]);
});

test('groups have bars to scale: the largest is the longest, and any cost is visible', () => {
  const group = (value: string | undefined, total: string) => ({
    ...(value !== undefined && { value }),
    ...{ minutes: 1_000, total, currency: 'EUR' },
  });
  const groups = [
    group('vision', '120.00'),
    group(undefined, '60.00'),
    group('x', '0.01'),
    group('y', '0.00'),
  ];
  expect(shown({ ...USAGE, groupBy: 'label:team', groups }).slice(1, -1)).toEqual([
    'label:team | minutes | EUR',
    `vision | 1,000 | 120.00 | ${'█'.repeat(24)}`,
    `without the label | 1,000 | 60.00 | ${'█'.repeat(12)}`,
    'x | 1,000 | 0.01 | █',
    'y | 1,000 | 0.00',
  ]);
});

test('a month without usage says so; time without a price is usage of a group', () => {
  const empty = { ...USAGE, total: '0.00', lines: [] };
  expect(shown(empty)[1]).toBe('no usage');
  expect(shown({ ...empty, groupBy: 'flavor', groups: [] })[1]).toBe('no usage');
  const groups = [{ minutes: 60, total: '0.00', currency: 'EUR' }];
  expect(shown({ ...empty, groupBy: 'flavor', groups })[2]).toBe('no resources stated | 60 | 0.00');
});

test.each([
  ['team', { by: 'label', key: 'team' }],
  ['user', { by: 'label', key: 'user' }],
  ['label:team', { by: 'label', key: 'team' }],
  ['flavor', { by: 'flavor' }],
  ['job', { by: 'job' }],
])('--by %s', (text, grouping) => {
  expect(parseBy(text)).toEqual(grouping);
});

test.each(['', 'label:', 'month', 'toString'])('--by %j is a usage error', (text) => {
  expect(() => parseBy(text)).toThrow('must be team, user, flavor, job, or label:');
});
