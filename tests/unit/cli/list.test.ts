import { stripVTControlCharacters } from 'node:util';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { parseLabel, parseLimit, parseStatuses } from '../../../cli/job-filters.ts';
import { membersCsv } from '../../../cli/list.ts';
import { showJobs } from '../../../cli/show-jobs.ts';
import { largestFirst, projectsCsv, showProjects } from '../../../cli/show-projects.ts';
import { timeText } from '../../../cli/times.ts';
import type { JobUsage, ProjectTotal } from '../../../lib/shapes/usage.ts';

/** Without colours and padding. */
const words = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));

const JOB: JobUsage = {
  ...{ jobId: 'job-1', status: 'FAILED', running: false, flavor: 'ai1-1-gpu', unit: 'gpu', units: 2 },
  ...{ start: '2026-10-31T23:30:00.000Z', end: '2026-11-01T01:00:00.000Z' },
  ...{ minutes: 1_290, cost: '5.79', currency: 'EUR' },
};
const shownJobs = (jobs: readonly JobUsage[], hasMore = false) =>
  words(
    showJobs({
      ...{ projectId: 'proj-1', month: '2026-11', timeZone: 'Europe/Paris', currency: 'EUR' },
      ...{ jobs: [...jobs], hasMore },
    }),
  );

test('jobs are listed with status, start and end in the billing zone, what they run on and their cost', () => {
  expect(shownJobs([JOB])).toEqual([
    'jobs of proj-1 in 2026-11, times in Europe/Paris',
    'job | status | start | end | runs on | minutes | EUR',
    'job-1 | FAILED | 2026-11-01 00:30:00 | 2026-11-01 02:00:00 | ai1-1-gpu × 2 gpu | 1,290 | 5.79',
  ]);
});

test('a job without a price costs no 0.00, and what waits is said of each job', () => {
  const { end: _, unit: __, units: ___, ...running } = JOB;
  const waiting = { unratedMinutes: 1_290, waitsFor: ['a price for ai2-h100'] };
  const { status: ____, ...gone } = JOB;
  const [, , unrated, held, retracted] = shownJobs([
    { ...running, status: 'RUNNING', running: true, flavor: 'ai2-h100', cost: '0.00', ...waiting },
    { ...JOB, held: true },
    { ...gone, minutes: 0, cost: '0.00', retracted: true },
  ]);
  expect(unrated).toContain('| — | ai2-h100 | 1,290 | no price | 1,290 min wait for a price for ai2-h100');
  expect(held).toMatch(/5\.79 \| held: its stop is not reported$/);
  expect(retracted).toMatch(/^job-1 \| all taken back \| .+ \| 0\.00 \| taken back after it was billed$/);
});

test('a list that is cut says how to have all of it', () => {
  expect(shownJobs([JOB], true).at(-1)).toBe(
    'there are more: --limit lists more of them, --csv and --json have all',
  );
  expect(shownJobs([])).toContain('no such job');
  // Of a status: the facts of the first jobs are read, whatever the status of the others.
  expect(shownJobs([], true)).toContain('none of the first jobs is like that');
});

test('projects are listed by their totals, with the change and what is not billed, and added up', () => {
  const total = (projectId: string, amount: string, previousTotal: string): ProjectTotal => ({
    ...{ projectId, total: amount, previousTotal, currency: 'EUR', running: 0, held: 0, unrated: 0 },
  });
  const snapshot = { takenAt: '2026-01-20T11:55:00.000Z', charges: 100_000, state: 'current' } as const;
  const large = { ...total('a', '20.00', '0.00'), running: 3, held: 1, snapshot };
  const totals = [total('b', '5.00', '7.50'), large];
  const projects = ['a', 'b', 'slow'];
  const listed = { month: '2026-01', projects, totals: totals.sort(largestFirst) };
  expect(words(showProjects(listed, 'Europe/Paris'))).toEqual([
    'projects with usage in 2026-01',
    'project | EUR | in 2025-12 | change | running | held | unrated',
    'a | 20.00 | 0.00 | +20.00 | 3 | 1',
    'b | 5.00 | 7.50 | -2.50',
    '2 projects, total 25.00 EUR, +17.50 against 2025-12',
    'a has many charges, and is as of 2026-01-20 12:55:00 Europe/Paris; as of now: `jobmeter usage a --month 2026-01`',
    'not added up in time: `jobmeter usage slow --month 2026-01`',
  ]);
  const rows = parse<Record<string, string>>(projectsCsv(listed), { columns: true });
  expect(rows.map(({ projectId, total: amount }) => [projectId, amount])).toEqual([
    ['a', '20.00'],
    ['b', '5.00'],
    ['slow', ''],
  ]);
  expect(showProjects({ month: '2026-01', projects: [] }, 'UTC')).toBe('no project has usage in 2026-01');
});

test('members become columns of a CSV that a reader gets back, whatever they contain', () => {
  const rows: { a: string; b?: boolean; c: string[]; d: number }[] = [
    { a: 'with "quotes", commas\nand lines', b: true, c: ['one', 'two'], d: 0.5 },
    { a: '=1+1', c: [], d: 0 },
  ];
  const csv = membersCsv(['a', 'b', 'c', 'd'], rows);
  expect(csv.startsWith('a,b,c,d\r\n')).toBe(true);
  expect(parse(csv, { columns: true })).toEqual([
    { a: 'with "quotes", commas\nand lines', b: 'true', c: 'one, two', d: '0.5' },
    { a: '=1+1', b: '', c: '', d: '0' },
  ]);
});

test('statuses, labels and limits are read as people write them', () => {
  expect(parseStatuses('failed, INTERRUPTED')).toEqual(['FAILED', 'INTERRUPTED']);
  expect(parseLabel('team:vision')).toEqual({ key: 'team', value: 'vision' });
  expect(parseLabel('team=a:b=c')).toEqual({ key: 'team', value: 'a:b=c' });
  expect(parseLimit('200')).toBe(200);
  expect(() => parseStatuses('BROKEN')).toThrow('It must be of RESTARTING, QUEUED');
  for (const wrong of ['team', ':vision', '']) expect(() => parseLabel(wrong)).toThrow('like team:vision');
  for (const wrong of ['0', '-1', '1.5', 'all']) expect(() => parseLimit(wrong)).toThrow('whole number');
});

test('a time is that of the billing zone, to the second', () => {
  expect(timeText('2026-10-31T23:30:10.999Z', 'UTC')).toBe('2026-10-31 23:30:10');
  expect(timeText('2026-07-01T00:00:00.000Z', 'America/New_York')).toBe('2026-06-30 20:00:00');
});
