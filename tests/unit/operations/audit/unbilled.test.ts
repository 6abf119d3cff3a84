import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audit, resumeAudit } from '../../../../lib/operations/audit/audit.ts';
import {
  NOTHING_UNBILLED,
  type UnratedMonth,
  withHeld,
  withUnrated,
} from '../../../../lib/operations/audit/unbilled.ts';
import { compareHeldJobs, type HeldJob, listHeldJobs } from '../../../../lib/operations/reads/held-jobs.ts';
import { listUnratedJobs } from '../../../../lib/operations/reads/unrated-jobs.ts';
import { createWorld, status, TWO_GPUS } from '../world.ts';
import { ENDED, edit } from './audited-table.ts';

const DAY = { timeoutMs: 86_400_000 };
const H100 = { flavor: 'ai2-h100', milliUnits: { gpu: 1_000 } };
const FOUR_GPUS = { ...TWO_GPUS, milliUnits: { gpu: 4_000 } };

const createUnbilledWorld = async () => {
  const world = await createWorld({ now: '2026-10-03T00:00:00Z' });
  await world.tell(
    status('small', 'RUNNING', '2026-10-01T00:00:00Z', { resources: TWO_GPUS, ...DAY }),
    status('large', 'RUNNING', '2026-10-01T00:00:00Z', { resources: FOUR_GPUS, ...DAY }),
    status('counting', 'RUNNING', '2026-10-02T12:00:00Z', { resources: TWO_GPUS, ...DAY }),
    status('unrated', 'RUNNING', '2026-10-01T00:00:00Z', { resources: H100 }),
    status('unrated', 'DONE', '2026-10-01T01:00:00Z', { id: 'done' }),
    status('also-unrated', 'RUNNING', '2026-10-01T02:00:00Z', { resources: H100 }),
    status('also-unrated', 'DONE', '2026-10-01T02:30:00Z', { id: 'done' }),
    status('runs', 'RUNNING', '2026-10-02T00:00:00Z', { resources: H100, projectId: 'proj-2' }),
  );
  return world;
};

test('an audit keeps the held and the unrated jobs that the commands list', async () => {
  const world = await createUnbilledWorld();
  const context = await world.open();
  const { held, heldJobs, unrated, unratedJobs } = await audit(context);
  expect(heldJobs.map(({ jobId }) => jobId)).toEqual(['large', 'small']);
  expect(heldJobs).toEqual((await listHeldJobs(context, context.now())).jobs);
  expect(unratedJobs.map(({ jobId, minutes }) => [jobId, minutes])).toEqual([
    ['runs', 1440],
    ['unrated', 60],
    ['also-unrated', 30],
  ]);
  expect(unratedJobs.map(({ usageMonth: _, ...job }) => job)).toEqual(
    (await listUnratedJobs(context, context.now())).jobs,
  );
  expect([held, unrated]).toEqual([2, 3]);
});

test('an audit that is resumed keeps what it had found, and counts nothing twice', async () => {
  const createLargeWorld = async () => {
    const world = await createUnbilledWorld();
    const timesUp = { resources: TWO_GPUS, ...DAY };
    for (let number = 0; number < 30; number += 1)
      await world.tell(
        status(`job-${number}`, 'RUNNING', '2026-10-01T00:00:00Z', {
          ...timesUp,
          projectId: `proj-${number}`,
        }),
      );
    return world;
  };
  const { held, heldJobs, unrated, unratedJobs, jobs } = await audit(await (await createLargeWorld()).open());
  const opened = await (await createLargeWorld()).open();
  const start = opened.now();
  let found = 0;
  // Its time is up as soon as it has found ten.
  const context = { ...opened, now: () => start - (found >= 10 ? 0 : 1) };
  const interrupted = await audit(context, { deadline: start, onProgress: (run) => (found = run.held) });
  expect(interrupted.finishedAt).toBeUndefined();
  expect(interrupted.held).toBeGreaterThan(0);
  const resumed = await resumeAudit({ ...opened, now: () => start });
  expect(resumed).toMatchObject({ held, heldJobs, unrated, unratedJobs, jobs });
  expect(held).toBe(32);
});

const heldJob = fc.record({
  projectId: fc.constantFrom('proj-1', 'proj-2'),
  jobId: fc.nat({ max: 400 }).map((number) => `job-${number}`),
  since: fc.constantFrom('2026-10-01T00:00:00.000Z', '2026-10-02T00:00:00.000Z'),
  cause: fc.constant('timeout' as const),
  atStakePerHour: fc.integer({ min: 0, max: 30 }).map((cents) => `${cents / 100}`),
});

test('of any number of held jobs the hundred with the most at stake are kept', () => {
  const once = fc.uniqueArray(heldJob, {
    selector: ({ projectId, jobId, since }: HeldJob) => `${projectId} ${jobId} ${since}`,
    maxLength: 160,
    size: 'max',
  });
  fc.assert(
    fc.property(once, (jobs) => {
      let kept = NOTHING_UNBILLED;
      for (const job of jobs) kept = { ...kept, ...withHeld(kept, job) };
      expect(kept.heldJobs).toEqual(jobs.toSorted(compareHeldJobs).slice(0, 100));
      expect(kept.held).toBe(jobs.length);
    }),
    // Shrinking lists of so many takes minutes.
    { numRuns: 40, endOnFailure: true },
  );
});

test('an audit of the longest ids and names still fits into an item', async () => {
  const id = (number: number) => String(number).padStart(128, 'x');
  let kept = NOTHING_UNBILLED;
  for (let number = 0; number < 120; number += 1) {
    const job = { projectId: id(number), jobId: id(number), flavor: id(number) };
    const held: HeldJob = { ...job, since: '2026-10-01T00:00:00.000Z', cause: 'forbidden step' };
    kept = { ...kept, ...withHeld(kept, { ...held, atStakePerHour: `${'9'.repeat(30)}.${'9'.repeat(15)}` }) };
    const waitsFor = Array.from({ length: 5 }, () => `a price for ${id(number)}`);
    const unrated: UnratedMonth = {
      ...job,
      since: held.since,
      minutes: 44_640,
      usageMonth: '2026-10',
      waitsFor,
    };
    kept = { ...kept, ...withUnrated(kept, unrated) };
  }
  expect(kept.heldJobs).toHaveLength(100);
  expect(kept.unratedJobs).toHaveLength(100);
  // Findings have 150 KB at most.
  expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(400_000 - 150_000 - 10_000);
});

test('findings are listed as long as they fit, and all are counted', async () => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.tell(
    status('ended', 'RUNNING', '2026-10-29T09:00:00Z'),
    status('ended', 'DONE', '2026-10-29T14:00:00Z'),
  );
  await edit(world.table, ENDED, (item) => ({ ...item, labels: { note: 'x'.repeat(160_000) } }));
  const run = await audit(await world.open());
  expect([run.differences, run.findings]).toEqual([1, []]);
});

test('a finding with a version that is a bigint by damage is listed', async () => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.tell(
    status('ended', 'RUNNING', '2026-10-29T09:00:00Z'),
    status('ended', 'DONE', '2026-10-29T14:00:00Z'),
  );
  await edit(world.table, ENDED, (item) => ({ ...item, tariffsSeen: 0n }));
  expect((await audit(await world.open())).findings).toMatchObject([{ found: { tariffsSeen: '0' } }]);
});

test('an unrated job that waits for many prices is kept with the first of them', async () => {
  const world = await createWorld({ now: '2026-10-03T00:00:00Z' });
  const flavors = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  await world.tell(
    ...flavors.map((flavor, index) =>
      status('job', 'RUNNING', `2026-10-02T0${index}:00:00Z`, {
        resources: { flavor, milliUnits: { gpu: 1_000 } },
      }),
    ),
  );
  const { unratedJobs } = await audit(await world.open());
  expect(unratedJobs).toMatchObject([
    { jobId: 'job', waitsFor: ['a', 'b', 'c', 'd', 'e'].map((flavor) => `a price for ${flavor}`) },
  ]);
});
