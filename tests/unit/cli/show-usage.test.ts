import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { parseBy } from '../../../cli/grouping.ts';
import { showUsage, usageCsv } from '../../../cli/show-usage.ts';
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
    'usage of proj-1 in 2026-11, as of 2026-11-20 00:00:00 UTC',
    'month | flavor | unit | minutes | unit minutes | price per hour | EUR',
    '2026-11 | ai1-1-gpu | gpu | 12,000 | 6,000.5 | 1.93 | 193.02',
    'total 193.02 EUR',
  ]);
});

test('what is not in the total, the forecast and corrections come below it', () => {
  const lines = [{ ...LINE, usageMonth: '2026-10', kind: 'correction' as const, amount: '-3.00' }];
  const usage: Usage = {
    ...USAGE,
    ...{ running: { ...NONE, count: 2 }, unrated: { ...NONE, count: 3 } },
    held: { ...NONE_HELD, count: 4, cost: '75.00' },
    silent: {
      count: 1,
      jobs: [{ jobId: 'quiet', since: '2026-10-05T09:00:00.000Z', cost: '12.00' }],
      cost: '12.00',
      currency: 'EUR',
    },
    forecast: {
      ...{ monthEnd: '2026-12-01T00:00:00.000Z', atThisPace: '300.00', ifAllKeepRunning: '500.00' },
      ...{ low: '193.02', expected: '400.00', high: '600.00' },
      ...{ ofRunningJobs: '150.00', ofFurtherJobs: '56.98' },
      currency: 'EUR',
    },
    corrections: { total: '-3.00', currency: 'EUR', lines },
  };
  expect(shown(usage).slice(3)).toEqual([
    'total 193.02 EUR',
    'running now: 2 jobs',
    '12.00 EUR of it is time of 1 running job of which nothing was heard for a day: its stop may be lost',
    'not in the total: 3 charges without a price (`jobmeter jobs proj-1 --month 2026-11`, `jobmeter unrated`)',
    'not in the total: 4 charges with held time of 75.00 EUR, which waits for a stop (`jobmeter held`)',
    'forecast for the month: 400.00 EUR, from 193.02 (all jobs stop now) to 600.00 (none of those running stops, and more follow)',
    'due for closed months, on the next statement: -3.00 EUR',
    'month | flavor | unit | minutes | unit minutes | price per hour | EUR',
    '2026-10 (correction) | ai1-1-gpu | gpu | 12,000 | 6,000.5 | 1.93 | -3.00',
  ]);
});

test.each([
  ['0.00', 'billed 193.02 EUR'],
  ['-7.65', 'billed 193.02 EUR; -7.65 EUR due on the next statement'],
])('a closed month has what was billed for it, and what is due since: %s', (due, line) => {
  const billed = { total: '193.02', due, currency: 'EUR', statements: [] };
  expect(shown({ ...USAGE, billed }).slice(3)).toEqual(['total 193.02 EUR', line]);
});

test('where corrections are not known, it says why', () => {
  const correctionsUnknown = 'proj-1 is not billed: 3 of 3 charges are not in the table; close again';
  expect(shown({ ...USAGE, correctionsUnknown }).slice(3)).toEqual([
    'total 193.02 EUR',
    `what is due for closed months is not known: ${correctionsUnknown}`,
  ]);
});

test('budgets come below the total, with how far each is used', () => {
  const budget = {
    ...{ name: 'monthly', month: '2026-11', amount: '200.00', currency: 'EUR', spent: '193.02' },
    ...{ thresholds: [], stops: 'all' as const, changedAt: '2026-11-01T09:00:00.000Z' },
  };
  expect(shown({ ...USAGE, budgets: [budget] }).slice(3)).toEqual([
    'total 193.02 EUR',
    'budget | label | spent | of EUR | used | forecast | next if nothing changes',
    `monthly | 193.02 | 200.00 | ${'█'.repeat(23)}░ 96%`,
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

test('a project that nobody knows is said to be unknown, not free', () => {
  const empty = { ...USAGE, projectId: 'porj-1', total: '0.00', lines: [] };
  expect(shown({ ...empty, unknown: true })).toEqual([
    'nothing was ever charged for a project porj-1: is its id right? `jobmeter projects` lists those with usage',
  ]);
});

test('as CSV it is its lines, or its groups if it is grouped', () => {
  expect(usageCsv(USAGE)).toBe(
    'usageMonth,kind,flavor,unit,minutes,unitMinutes,pricePerHour,amount,currency\r\n' +
      '2026-11,usage,ai1-1-gpu,gpu,12000,6000.5,1.93,193.02,EUR\r\n',
  );
  const groups = [
    { value: 'a, b', minutes: 60, total: '0.10', currency: 'EUR' },
    { minutes: 1, total: '0.00', currency: 'EUR' },
  ];
  expect(usageCsv({ ...USAGE, groupBy: 'label:team', groups })).toBe(
    'value,minutes,total,currency\r\n"a, b",60,0.10,EUR\r\n,1,0.00,EUR\r\n',
  );
});

test.each([
  ['team', { by: 'label', key: 'team' }],
  ['user', { by: 'label', key: 'user' }],
  ['label:team', { by: 'label', key: 'team' }],
  ['flavor', { by: 'flavor' }],
  ['job', { by: 'job' }],
  ['status', { by: 'status' }],
])('--by %s', (text, grouping) => {
  expect(parseBy(text)).toEqual(grouping);
});

test.each(['', 'label:', 'month', 'toString'])('--by %j is a usage error', (text) => {
  expect(() => parseBy(text)).toThrow('must be team, user, flavor, job, status, or label:');
});

test('a label that a spreadsheet would compute is text in the CSV of groups', () => {
  const group = { minutes: 1, total: '0.01', currency: 'EUR' };
  const values = ['=1+1', '@SUM(A1)', '+1', '-1', 'vision'];
  const groups = [...values.map((value) => ({ value, ...group })), group];
  const cellsBy = (groupBy: string) =>
    usageCsv({ ...USAGE, groupBy, groups })
      .split('\r\n')
      .map((line) => line.split(',')[0]);
  // An id is the one of every other list, and can call nothing.
  expect(cellsBy('job')).toContain('-1');
  expect(cellsBy('label:team')).toEqual(['value', "'=1+1", "'@SUM(A1)", "'+1", "'-1", 'vision', '', '']);
});
