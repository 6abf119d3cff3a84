import { describe, expect, test } from 'vitest';
import { redrive, settleJobs, settleOrPark } from '../../../../lib/operations/settle/settle-jobs.ts';
import type { Put } from '../../../../lib/store/table.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, jobRef, status, TWO_GPUS, type World } from '../world.ts';

const JOBS = ['job-1', 'job-2', 'job-3'];
const refs = (...jobIds: readonly string[]) => jobIds.map((jobId) => jobRef(jobId));

const createUnsettledJobs = async () => {
  const world = await createWorld();
  for (const jobId of JOBS)
    await world.record(
      status(jobId, 'RUNNING', '2026-10-05T08:00:00Z'),
      status(jobId, 'DONE', '2026-10-05T13:00:00Z'),
    );
  return world;
};

/** The table, in which writes of an item whose sort key begins so fail. */
const failingAt = (world: World, ...prefixes: readonly string[]) =>
  wrapTable(world.table, async ({ name, args }, run) => {
    const [put] = args as [Put];
    if (name === 'put' && prefixes.some((prefix) => `${put.item.pk} ${put.item.sk}`.includes(prefix)))
      throw new Error('cannot be written');
    return run();
  });

const CHARGE_OF_2 = 'CHARGE#job-2#';
const PARKING_OF_2 = 'PARKED proj-1#job-2';

const ignore = () => undefined;

const chargedJobs = async (world: World) =>
  (await world.charges('proj-1', '2026-10')).map(({ jobId }) => jobId);

const parkedJobs = (world: World) => Array.fromAsync(world.store.parkedJobs());

describe('settling the jobs of a batch', () => {
  test('settles each job, and writes each of their charges once', async () => {
    const world = await createUnsettledJobs();
    const reads: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'put' && (args as [Put])[0].item.sk.startsWith('CHARGE#'))
        reads.push((args as [Put])[0].item.sk);
      return run();
    });
    expect(await settleJobs(await world.open(table), refs(...JOBS), ignore)).toMatchObject({ lost: [] });
    expect(await chargedJobs(world)).toEqual(JOBS);
    expect(reads).toHaveLength(JOBS.length);
    expect(await parkedJobs(world)).toEqual([]);
  });

  test('settles, parks and redrives equal job ids of two projects as two jobs', async () => {
    const world = await createUnsettledJobs();
    const said = { projectId: 'proj-2', resources: TWO_GPUS };
    await world.record(
      status('job-2', 'RUNNING', '2026-10-05T08:00:00Z', said),
      status('job-2', 'DONE', '2026-10-05T09:00:00Z', said),
    );
    const [ours, theirs] = [jobRef('job-2'), jobRef('job-2', 'proj-2')];
    const failing = wrapTable(world.table, async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && put.item.pk === 'PROJECT#proj-2#2026-10') throw new Error('cannot be written');
      return run();
    });
    expect(await settleJobs(await world.open(failing), [ours, theirs], ignore)).toEqual({
      parked: [theirs],
      lost: [],
      uncharged: [],
    });
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ jobId: 'job-2', minutes: 300 }]);
    expect(await world.charges('proj-2', '2026-10')).toEqual([]);
    expect(await redrive(await world.open(), ignore)).toEqual({ settled: [theirs], failed: [] });
    expect(await world.charges('proj-2', '2026-10')).toMatchObject([{ jobId: 'job-2', minutes: 60 }]);
    expect(await parkedJobs(world)).toEqual([]);
  });

  test('accepts an empty batch', async () => {
    const world = await createUnsettledJobs();
    expect(await settleJobs(await world.open(), [], ignore)).toMatchObject({ lost: [] });
  });

  test('parks a job that keeps failing and settles the others', async () => {
    const world = await createUnsettledJobs();
    const failures: string[] = [];
    const context = await world.open(failingAt(world, CHARGE_OF_2));
    const outcome = await settleJobs(context, refs(...JOBS), ({ job: { jobId }, error }) =>
      failures.push(`${jobId} ${error}`),
    );
    expect(outcome).toEqual({ parked: refs('job-2'), lost: [], uncharged: [] });
    expect(await chargedJobs(world)).toEqual(['job-1', 'job-3']);
    expect(await parkedJobs(world)).toEqual([
      { ...jobRef('job-2'), parkedAt: world.clock.now, error: 'Error: cannot be written' },
    ]);
    // It was tried three times.
    expect(failures).toEqual(Array(3).fill('job-2 Error: cannot be written'));
  });

  test('says of a job whether it is settled or parked', async () => {
    const world = await createUnsettledJobs();
    const context = await world.open(failingAt(world, CHARGE_OF_2));
    expect(await settleOrPark(context, jobRef('job-1'))).toBe('settled');
    expect(await settleOrPark(context, jobRef('job-2'))).toBe('parked');
  });

  test('reports a job that could not even be parked, and settles the others', async () => {
    const world = await createUnsettledJobs();
    const failures: string[] = [];
    const context = await world.open(failingAt(world, CHARGE_OF_2, PARKING_OF_2));
    expect(await settleJobs(context, refs(...JOBS), ({ job }) => failures.push(job.jobId))).toMatchObject({
      lost: refs('job-2'),
    });
    expect(await chargedJobs(world)).toEqual(['job-1', 'job-3']);
    expect(new Set(failures)).toEqual(new Set(['job-2']));
  });

  test('survives one failure of any table call: the job is tried again, not parked', async () => {
    for (let failing = 1, failed = true; failed; failing += 1) {
      const world = await createUnsettledJobs();
      let calls = 0;
      let armed = false;
      failed = false;
      const table = wrapTable(world.table, async (_, run) => {
        if (armed) calls += 1;
        if (calls !== failing || failed) return run();
        failed = true;
        throw new Error('throttled');
      });
      const context = await world.open(table);
      armed = true;
      expect(await settleJobs(context, refs(...JOBS), ignore), `call ${failing} failed`).toMatchObject({
        lost: [],
      });
      expect(await parkedJobs(world), `call ${failing} failed`).toEqual([]);
      expect(await chargedJobs(world)).toEqual(JOBS);
    }
  });
});

describe('redriving parked jobs', () => {
  const createParked = async () => {
    const world = await createUnsettledJobs();
    await settleJobs(await world.open(failingAt(world, 'CHARGE#')), refs('job-1', 'job-2'), ignore);
    return world;
  };

  test('settles and unparks them', async () => {
    const world = await createParked();
    expect(await redrive(await world.open(), ignore)).toEqual({
      settled: refs('job-1', 'job-2'),
      failed: [],
    });
    expect(await chargedJobs(world)).toEqual(['job-1', 'job-2']);
    expect(await parkedJobs(world)).toEqual([]);
    expect(await redrive(await world.open(), ignore)).toEqual({ settled: [], failed: [] });
  });

  test('keeps those that fail again, and settles the others', async () => {
    const world = await createParked();
    const failures: string[] = [];
    const context = await world.open(failingAt(world, 'CHARGE#job-1#'));
    expect(await redrive(context, ({ job }) => failures.push(job.jobId))).toEqual({
      settled: refs('job-2'),
      failed: refs('job-1'),
    });
    expect(failures).toEqual(['job-1']);
    expect((await parkedJobs(world)).map(({ jobId }) => jobId)).toEqual(['job-1']);
    expect(await chargedJobs(world)).toEqual(['job-2']);
  });

  test('leaves a job parked that was parked again meanwhile', async () => {
    const world = await createParked();
    const later = { ...jobRef('job-1'), parkedAt: world.clock.now + 1, error: 'Error: a newer one' };
    const table = wrapTable(world.table, async ({ name }, run) => {
      if (name === 'delete') await world.store.parkJob(later);
      return run();
    });
    await redrive(await world.open(table), ignore);
    expect(await parkedJobs(world)).toEqual([later]);
  });
});
