import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HOUR_MS, MINUTE_MS } from '../../../../lib/billing/minutes.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { closeBacklog } from '../../../../lib/operations/close/open-months.ts';
import { at, createWorld, status, type World } from '../world.ts';

const CLOSE_AFTER_MS = 6 * HOUR_MS;
const MONTHS_OF_USAGE = 3;

/**
 * A job that has run for three months when the clock reaches `end`, and one of the last two days.
 */
const worldBefore = async (timeZone: string, end: number): Promise<World> => {
  const world = await createWorld({ now: new Date(end - 100 * 24 * HOUR_MS).toISOString(), timeZone });
  const startedMs = (ago: number) => new Date(end - ago).toISOString();
  await world.tell(status('lasting', 'RUNNING', startedMs(80 * 24 * HOUR_MS)));
  // The first of these sees usage, the second one closes what has ended.
  for (const hoursBefore of [48, 24]) {
    world.clock.now = end - hoursBefore * HOUR_MS;
    await closeMonths(await world.open(), { closeAfterMs: CLOSE_AFTER_MS });
  }
  await world.tell(status('latest', 'RUNNING', startedMs(47 * HOUR_MS)));
  return world;
};

/** What the schedule does at a time: what it closes, and how many months it then calls overdue. */
const tick = async (world: World, time: number) => {
  world.clock.now = time;
  const { overdue: before } = await closeBacklog(await world.open(), CLOSE_AFTER_MS);
  const closed = await closeMonths(await world.open(), { closeAfterMs: CLOSE_AFTER_MS, shared: true });
  return { overdue: before, closed: closed.map(({ month }) => month) };
};

describe('the schedule, with a close 6 hours after the end of a month', () => {
  test.each([
    ['UTC', '2026-12', '2027-01-01T00:00:00Z'],
    ['UTC', '2028-02', '2028-03-01T00:00:00Z'],
    ['Asia/Tokyo', '2026-11', '2026-11-30T15:00:00Z'],
    ['Pacific/Kiritimati', '2026-12', '2026-12-31T10:00:00Z'],
    ['America/Los_Angeles', '2026-12', '2027-01-01T08:00:00Z'],
    ['America/Los_Angeles', '2027-03', '2027-04-01T07:00:00Z'],
    ['Europe/Paris', '2027-03', '2027-03-31T22:00:00Z'],
    ['Europe/Paris', '2026-10', '2026-10-31T23:00:00Z'],
  ])(
    'closes in %s the month %s, which ends at %s, when these have passed and not before',
    async (timeZone, month, iso) => {
      const end = at(iso);
      const world = await worldBefore(timeZone, end);
      const due = end + CLOSE_AFTER_MS;
      for (let time = end - 3 * HOUR_MS; time < due; time += 5 * MINUTE_MS)
        expect(await tick(world, time), new Date(time).toISOString()).toEqual({ overdue: 0, closed: [] });
      expect(await tick(world, due - 1)).toEqual({ overdue: 0, closed: [] });
      expect(await tick(world, due)).toEqual({ overdue: 1, closed: [month] });
      for (let time = due + 1; time < due + 24 * HOUR_MS; time += HOUR_MS)
        expect(await tick(world, time)).toEqual({ overdue: 0, closed: [] });
      const { issuedAt, lines } = await world.statement('proj-1', month);
      expect(issuedAt).toBe(due);
      expect(lines.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([['usage', month]]);
    },
  );

  test('issues a statement for each month of a history that is sent for hours, in whatever order', async () => {
    const world = await createWorld({ now: '2026-11-20T03:00:00Z' });
    const start = world.clock.now;
    const sent = ['2026-10', '2026-08', '2026-09', '2026-08'];
    for (const [index, month] of sent.entries()) {
      world.clock.now = start + index * HOUR_MS;
      await world.tell(
        status(`job-${index}`, 'RUNNING', `${month}-05T08:00:00Z`),
        status(`job-${index}`, 'DONE', `${month}-05T13:00:00Z`),
      );
      expect(await tick(world, world.clock.now + MINUTE_MS)).toEqual({ overdue: 0, closed: [] });
    }
    const seenAt = start + MINUTE_MS;
    expect(await tick(world, seenAt + CLOSE_AFTER_MS - 1)).toEqual({ overdue: 0, closed: [] });
    const months = ['2026-08', '2026-09', '2026-10'];
    expect(await tick(world, seenAt + CLOSE_AFTER_MS)).toEqual({ overdue: 3, closed: months });
    for (const month of months) {
      const { lines } = await world.statement('proj-1', month);
      expect(lines.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([['usage', month]]);
    }
  });

  test('waits as long after the first usage where the table was idle before', async () => {
    const world = await createWorld({ now: '2026-11-20T03:00:00Z' });
    expect(await tick(world, at('2026-11-20T03:01:00Z'))).toEqual({ overdue: 0, closed: [] });
    const seenAt = at('2026-11-20T12:00:00Z');
    world.clock.now = seenAt;
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
    expect(await tick(world, seenAt)).toEqual({ overdue: 0, closed: [] });
    expect(await tick(world, seenAt + CLOSE_AFTER_MS - 1)).toEqual({ overdue: 0, closed: [] });
    expect(await tick(world, seenAt + CLOSE_AFTER_MS)).toEqual({ overdue: 1, closed: ['2026-10'] });
  });

  test('does not wait again after a first month that was closed by hand', async () => {
    const world = await createWorld({ now: '2026-10-05T12:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
    world.setClock('2026-11-01T00:00:00Z');
    expect(await world.close({ month: '2026-10' })).toMatchObject([{ month: '2026-10', statements: 1 }]);
    const due = at('2026-12-01T00:00:00Z') + CLOSE_AFTER_MS;
    expect(await tick(world, due)).toEqual({ overdue: 1, closed: ['2026-11'] });
  });

  test('does not delay a month that is named', async () => {
    const end = at('2026-11-01T00:00:00Z');
    const world = await worldBefore('UTC', end);
    world.clock.now = end;
    const request = { closeAfterMs: CLOSE_AFTER_MS, month: '2026-10' };
    expect(await closeMonths(await world.open(), request)).toMatchObject([
      { month: '2026-10', statements: 1 },
    ]);
  });

  test('closes each month for itself after a pause of months, up to the last that ended 6 hours ago', async () => {
    const end = at('2026-10-01T00:00:00Z');
    const world = await worldBefore('UTC', end);
    const resumed = at('2027-01-01T05:59:00Z');
    expect(await tick(world, resumed)).toEqual({
      overdue: MONTHS_OF_USAGE,
      closed: ['2026-09', '2026-10', '2026-11'],
    });
    expect(await tick(world, resumed + MINUTE_MS)).toEqual({ overdue: 1, closed: ['2026-12'] });
  });
});

test('the schedule of the deployment runs in every hour, so it meets the end of a month in every zone', () => {
  const { functions } = parse(readFileSync('serverless.yml', 'utf8'), { merge: true });
  expect(functions['close-month'].events[0].schedule.rate).toBe('rate(1 minute)');
});
