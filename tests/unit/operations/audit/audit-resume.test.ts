import { beforeEach, describe, expect, test } from 'vitest';
import { audit, auditToday, resumeAudit } from '../../../../lib/operations/audit/audit.ts';
import type { BillingContext } from '../../../../lib/operations/billing-context.ts';
import { TableUnavailable } from '../../../../lib/store/unavailable.ts';
import { at, createWorld, status, type World } from '../world.ts';
import { chargeKey, createThreeJobs, ENDED, edit } from './audited-table.ts';

let world: World;
beforeEach(async () => {
  world = await createThreeJobs();
});

const run = async (options?: Parameters<typeof audit>[1]) => audit(await world.open(), options);

describe('an audit that is cut off', () => {
  const MINUTE = 60_000;

  /** So many jobs that a segment does not see all of its own at once. */
  const createJobs = async (jobs: number) => {
    const facts = Array.from({ length: jobs }, (_, index) => [
      status(`job-${index}`, 'RUNNING', '2026-11-01T00:00:00Z'),
      status(`job-${index}`, 'DONE', '2026-11-01T01:00:00Z'),
    ]);
    await world.tell(...facts.flat());
  };

  test('resumes where it stopped and checks all that is left', async () => {
    await createJobs(1200);
    for (const jobId of ['job-3', 'job-1150'])
      await edit(world.table, chargeKey(jobId, '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11'), (item) => ({
        ...item,
        minutes: 1,
      }));
    const context = await world.open();
    let looks = 0;
    const first = await audit(context, {
      deadline: world.clock.now + MINUTE,
      onProgress: () => {
        looks += 1;
        if (looks === 850) world.clock.now += MINUTE;
      },
    });
    expect(first.finishedAt).toBeUndefined();
    expect(first.jobs + first.usageMonths).toBeLessThan(1206);

    const second = await resumeAudit(await world.open());
    expect(second).toMatchObject({ id: first.id, differences: 2, usageMonths: 3 });
    expect(second?.finishedAt).toBe(world.clock.now);
    expect(second?.jobs).toBeGreaterThanOrEqual(1203);
    expect(await resumeAudit(await world.open())).toBeUndefined();
  });

  test('by an unavailable table has no finding there, and is resumed there', async () => {
    const context = await world.open();
    const store: BillingContext['store'] = {
      ...context.store,
      storedCharges: () => Promise.reject(new TableUnavailable(new Error('throttled'))),
    };
    await expect(audit({ ...context, store })).rejects.toThrow('the table is not available: throttled');
    const resumed = await resumeAudit(context);
    expect(resumed).toMatchObject({ differences: 0, finishedAt: world.clock.now });
    expect(resumed?.jobs).toBeGreaterThan(0);
  });

  test('is not finished before its longest part', async () => {
    await createJobs(150);
    const context = await world.open();
    const store: typeof context.store = {
      ...context.store,
      // All that there is lies in one segment.
      async *scanPartitions({ segment } = {}) {
        if (segment?.index === 0) yield* context.store.scanPartitions();
      },
    };
    const done = await audit({ ...context, store });
    expect(done).toMatchObject({ jobs: 153, usageMonths: 3, finishedAt: world.clock.now });
  });

  test('is stored for ninety days', async () => {
    await run();
    const [kept] = (await world.items('')).filter(({ pk }) => pk === 'AUDIT');
    expect(kept?.expiresAt).toBe(at('2027-01-30T02:00:00Z') / 1000);
  });

  test('cannot be resumed before the first audit', async () => {
    expect(await resumeAudit(await world.open())).toBeUndefined();
  });

  test('is continued by the daily audit, which heals and is finished once a day', async () => {
    await edit(world.table, ENDED, (item) => ({ ...item, minutes: 1 }));
    const deadline = Number.POSITIVE_INFINITY;
    const today = async (until = deadline) => auditToday(await world.open(), { deadline: until });
    const begun = await today(world.clock.now);
    expect(begun).toMatchObject({ heals: true, jobs: 0 });
    expect(begun?.finishedAt).toBeUndefined();
    const ended = await today();
    expect(ended).toMatchObject({ id: begun?.id, differences: 1, healed: 1 });
    const { end } = (await world.open()).calendar.dayOf(world.clock.now);
    world.clock.now = end - 1;
    expect(await today()).toBeUndefined();
    // One by hand that does not heal is no reason to leave the daily one out, or to continue with.
    await run();
    world.clock.now = end;
    await run({ deadline: world.clock.now });
    const next = await today(world.clock.now);
    expect(next).toMatchObject({ heals: true, jobs: 0, startedAt: end });
    // What one day is too short for is continued on the next.
    world.clock.now += 24 * 60 * MINUTE;
    expect(await today()).toMatchObject({ id: next?.id, differences: 0, finishedAt: world.clock.now });
  });

  test.each([
    ['UTC', '2026-11-01T00:00:00Z'],
    ['Asia/Tokyo', '2026-10-31T15:00:00Z'],
    ['America/Los_Angeles', '2026-11-01T07:00:00Z'],
  ])(
    'is a new daily audit from midnight of %s on, between the end of a month and its close',
    async (timeZone, midnight) => {
      const there = await createWorld({ timeZone });
      const today = async () => auditToday(await there.open(), {});
      there.clock.now = at(midnight) - 1;
      expect(await today()).toBeDefined();
      expect(await today()).toBeUndefined();
      there.clock.now = at(midnight);
      expect(await today()).toMatchObject({ startedAt: at(midnight) });
    },
  );
});

test('an audit keeps the first hundred findings and counts them all', async () => {
  await world.record(
    ...Array.from({ length: 120 }, (_, index) => status(`job-${index}`, 'RUNNING', '2026-11-01T00:00:00Z')),
  );
  const found = await run();
  expect(found.differences).toBe(120);
  expect(found.findings).toHaveLength(100);
});
