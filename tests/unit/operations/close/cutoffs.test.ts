import { describe, expect, test } from 'vitest';
import { at, createWorld, jobRef, status, TARIFF, TWO_CPUS } from '../world.ts';
import { allStatements, running } from './issued-statements.ts';

describe('a job that runs over the month end', () => {
  test.each([
    {
      timeZone: 'UTC',
      october: 960,
      november: 2 * 1440,
      closes: ['2026-11-01T02:00:00Z', '2026-12-01T02:00:00Z'],
    },
    {
      timeZone: 'Europe/Paris',
      october: 15 * 60,
      november: 2 * 1440 + 60,
      closes: ['2026-10-31T23:30:00Z', '2026-11-30T23:30:00Z'],
    },
  ])('is cut there and its minutes add up ($timeZone)', async ({ timeZone, october, november, closes }) => {
    const world = await createWorld({ timeZone });
    const start = status('job-1', 'RUNNING', '2026-10-31T08:00:00Z', { resources: TWO_CPUS });
    await world.tell(start);
    await world.closeAt(closes[0] ?? '');
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([
      { kind: 'final', endedBy: { cause: 'month end' }, minutes: october },
    ]);
    expect(await world.charges('proj-1', '2026-11')).toMatchObject([{ kind: 'open' }]);
    await world.tell(status('job-1', 'DONE', '2026-11-03T00:00:00Z', {}));
    await world.closeAt(closes[1] ?? '');
    const minutes = (await allStatements(world)).map(({ month, lines }) => [month, lines[0]?.minutes]);
    expect(minutes).toEqual([
      ['2026-10', october],
      ['2026-11', november],
    ]);
    expect(october + november).toBe((at('2026-11-03T00:00:00Z') - start.time) / 60_000);
  });

  test('has the minute that straddles midnight billed once, in the month it started in', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:58:30Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'DONE', '2026-11-01T00:01:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const minutes = (await allStatements(world)).map(({ lines }) => lines[0]?.minutes);
    expect(minutes).toEqual([2, 1]);
  });

  test('is cut at every month end of its run', async () => {
    const world = await createWorld({
      now: '2026-08-31T12:00:00Z',
      tariffs: [{ ...TARIFF, maxRunningMs: 400 * 86_400_000, maxSilenceMs: 400 * 86_400_000 }],
    });
    await world.tell(status('job-1', 'RUNNING', '2026-08-31T12:00:00Z', { resources: TWO_CPUS }));
    await world.closeAt('2026-11-01T02:00:00Z');
    const statements = await allStatements(world);
    expect(statements.map(({ month, lines }) => [month, lines[0]?.minutes])).toEqual([
      ['2026-08', 720],
      ['2026-09', 30 * 1440],
      ['2026-10', 31 * 1440],
    ]);
    expect((await world.charges('proj-1', '2026-11')).map(({ kind }) => kind)).toEqual(['open']);
  });

  test('has the cutoff in its log, as a fact', async () => {
    const world = await createWorld();
    await world.tell(running);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.store.readFacts(jobRef('job-1'))).toContainEqual({
      kind: 'cutoff',
      ...jobRef('job-1'),
      month: '2026-11',
    });
  });

  test('is not cut where it started after the month end', async () => {
    const world = await createWorld({ now: '2026-11-01T01:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-11-01T00:30:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.items('CUT#')).toEqual([]);
    expect(await world.items('STATEMENT')).toEqual([]);
  });
});
