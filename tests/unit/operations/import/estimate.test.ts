import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../../../../lib/billing/tariff.ts';
import { type Estimate, estimateEvents } from '../../../../lib/operations/import/estimate.ts';
import { importEvents } from '../../../../lib/operations/import/import-events.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import type { Grouping } from '../../../../lib/operations/reads/usage-groups.ts';
import { recordReported } from '../../../../lib/operations/record-reported.ts';
import type { ReportedEvent } from '../../../../lib/sources/reported-event.ts';
import { at, createWorld, TARIFF } from '../world.ts';
import { event, sacctEvents, streamed } from './events.ts';

const NOW = '2026-11-28T12:00:00Z';
const BY_USER: Grouping = { by: 'label', key: 'user' };

const SACCT_TARIFF: Tariff = {
  ...TARIFF,
  maxSilenceMs: 7 * 24 * 3_600_000,
  prices: {
    a100: { unit: 'gpu', pricePerHour: '2.1' },
    gpu: { unit: 'gpu', pricePerHour: '0.777' },
    cpu: { unit: 'cpu', pricePerHour: '0.031' },
  },
};

interface Setting {
  readonly tariffs?: readonly Tariff[];
  readonly timeZone?: string;
  readonly grouping?: Grouping;
}

const estimate = (
  events: readonly ReportedEvent[],
  { tariffs = [SACCT_TARIFF], timeZone = 'UTC', grouping = BY_USER }: Setting = {},
): Promise<Estimate> =>
  estimateEvents(
    streamed(events),
    { tariffs: createTariffBook(tariffs), calendar: createCalendar(timeZone), currency: 'EUR' },
    { grouping, now: at(NOW) },
  );

/** Imports events for real and closes every month that has ended. */
const bill = async (
  events: readonly ReportedEvent[],
  { tariffs = [SACCT_TARIFF], timeZone = 'UTC' }: Setting = {},
) => {
  const world = await createWorld({ now: NOW, tariffs, timeZone });
  await importEvents(streamed(events), (batch) => recordReported(world.store, batch, world.clock.now));
  const jobs = new Map(
    events.map(({ subject: jobId, data: { projectId } }) => [`${projectId} ${jobId}`, { jobId, projectId }]),
  );
  for (const job of jobs.values()) await world.settle(job);
  const months = (await world.close()).map(({ month }) => month);
  return { world, months };
};

const expectSameAsBilled = async (events: readonly ReportedEvent[], setting: Setting = {}) => {
  const { months, ...all } = await estimate(events, setting);
  const { world, months: closed } = await bill(events, setting);
  const context = await world.open();
  for (const { month, projects, current } of months)
    for (const { projectId, total, lines, groups } of projects) {
      if (!current) {
        const statement = await world.store.readStatement(projectId, month);
        expect([month, projectId, statement?.total]).toEqual([month, projectId, total]);
      }
      const usage = await readUsage(context, projectId, month, at(NOW), setting.grouping ?? BY_USER);
      expect({ total: usage.total, lines: usage.lines, groups: usage.groups }).toEqual({
        total,
        lines,
        groups,
      });
    }
  const estimated = new Set(
    months.flatMap(({ month, projects }) => projects.map(({ projectId }) => `${month} ${projectId}`)),
  );
  for (const month of closed)
    for (const projectId of new Set(events.map(({ data }) => data.projectId)))
      if (await world.store.readStatement(projectId, month))
        expect(estimated).toContain(`${month} ${projectId}`);
  return { months, ...all };
};

describe('a dry run', () => {
  test('gives the figures of the statements and of usage that the same import has for real', async () => {
    const { months, total, jobs } = await expectSameAsBilled(sacctEvents());
    expect(months.length).toBeGreaterThan(2);
    expect(jobs).toBeGreaterThan(20);
    const cents = months.reduce((sum, month) => sum + Math.round(Number(month.total) * 100), 0);
    expect(total).toBe((cents / 100).toFixed(2));
  });

  test.each<Grouping>([{ by: 'job' }, { by: 'status' }, { by: 'flavor' }])(
    'also in groups: %j',
    async (grouping) => {
      await expectSameAsBilled(sacctEvents(), { grouping, timeZone: 'America/New_York' });
    },
  );

  test('does so for any history, with running jobs and several tariffs', async () => {
    const later: Tariff = {
      ...SACCT_TARIFF,
      effectiveFrom: at('2026-10-15T00:00:30Z'),
      prices: { a100: { unit: 'node', pricePerHour: '3.3' } },
    };
    const minute = fc.nat(90 * 24 * 60);
    const job = fc.record({
      jobId: fc.constantFrom('a', 'b', 'c', 'd'),
      projectId: fc.constantFrom('p', 'q'),
      flavor: fc.constantFrom('a100', 'cpu', 'unpriced'),
      user: fc.option(fc.constantFrom('ana', 'bob'), { nil: undefined }),
      start: minute,
      lasts: fc.option(fc.nat(3 * 24 * 60), { nil: undefined }),
      seconds: fc.nat(59),
    });
    const eventsOf = (runs: readonly (typeof job extends fc.Arbitrary<infer Run> ? Run : never)[]) =>
      runs.flatMap(({ jobId, projectId, flavor, user, start, lasts, seconds }) => {
        const time = (minutes: number) =>
          new Date(at('2026-08-30T00:00:00Z') + minutes * 60_000 + seconds * 1000).toISOString();
        return [
          event('RUNNING', time(start), {
            ...{ jobId, projectId, resources: { flavor, gpu: 2, cpu: 8, node: 1 } },
            ...(user !== undefined && { labels: { user } }),
          }),
          ...(lasts === undefined ? [] : [event('DONE', time(start + lasts), { jobId, projectId })]),
        ];
      });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 6 }), async (runs) => {
        await expectSameAsBilled(eventsOf(runs), {
          tariffs: [SACCT_TARIFF, later],
          timeZone: 'Europe/Paris',
        });
      }),
      { numRuns: 40 },
    );
  });

  test('says what has no price, in units, and whether there is no tariff yet or none with a price', async () => {
    const run = (jobId: string, flavor: string, year: string) => [
      event('RUNNING', `${year}-03-01T00:00:00.000Z`, { jobId, resources: { flavor, gpu: 3, cpu: 8 } }),
      event('DONE', `${year}-03-01T02:00:00.000Z`, { jobId }),
    ];
    const { unrated, total } = await estimate([
      ...[...run('1', 'h100', '2026'), ...run('2', 'h100', '2026'), ...run('3', 'a100', '2021')],
      event('RUNNING', '2026-03-01T00:00:00.000Z', { jobId: '4' }),
      event('DONE', '2026-03-01T00:30:00.000Z', { jobId: '4' }),
    ]);
    expect(unrated).toEqual([
      { flavor: 'h100', waitsFor: 'a price for h100', minutes: 240, unitMinutes: { gpu: 720, cpu: 1920 } },
      {
        ...{ flavor: 'a100', waitsFor: 'a price for a100', noTariff: true, minutes: 120 },
        unitMinutes: { gpu: 360, cpu: 960 },
      },
      { waitsFor: 'resources', minutes: 30, unitMinutes: {} },
    ]);
    expect(total).toBe('0.00');
  });

  test('counts what runs and what is held, with its cause and what settles it', async () => {
    const resources = { flavor: 'a100', gpu: 1 };
    const started = (jobId: string, time: string) => event('RUNNING', time, { jobId, resources });
    const { running, held } = await estimate([
      started('runs', '2026-11-28T10:00:00.000Z'),
      ...['1', '2', '3', '4'].map((jobId) => started(jobId, '2026-11-01T00:00:00.000Z')),
    ]);
    expect(running).toBe(1);
    expect(held).toEqual([
      {
        ...{ cause: 'maxSilence', count: 4, first: ['1 of proj-1', '2 of proj-1', '3 of proj-1'] },
        settledBy: ['its stop', 'RUNNING reported again', 'a tariff with a longer limit'],
      },
    ]);
  });

  test('counts each event once, the first of a conflict, and refuses what an import refuses', async () => {
    const first = event('RUNNING', '2026-10-01T00:00:00.000Z', { resources: { flavor: 'a100', gpu: 1 } });
    const other = { ...first, data: { ...first.data, resources: { flavor: 'a100', gpu: 8 } } };
    const ahead = event('DONE', '2026-11-28T12:06:00.000Z');
    const done = event('DONE', '2026-10-01T01:00:00.000Z');
    const sum = await estimate([first, other, first, done, ahead]);
    expect(sum).toMatchObject({ jobs: 1, events: 2, known: 1, conflicts: 1, total: '2.10' });
    expect(sum).toMatchObject({ from: first.time, to: done.time, refused: [{ count: 1 }] });
  });
});
