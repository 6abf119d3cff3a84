import assert from 'node:assert/strict';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../../../lib/billing/charges.ts';
import type { Status } from '../../../../lib/billing/statuses.ts';
import { JOB_SORTS, ORDERS } from '../../../../lib/operations/reads/job-order.ts';
import {
  type JobsPage,
  readAllJobs,
  readProjectJobs,
} from '../../../../lib/operations/reads/read-project-jobs.ts';
import type { JobUsage } from '../../../../lib/shapes/usage.ts';
import type { Key } from '../../../../lib/store/table.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, status, type World } from '../world.ts';
import { allPages, run } from './pages-and-runs.ts';

const JOBS = 2_300;
const MONTH = '2026-10';

/** A month of many jobs, several of each cost, start and length, and one that still runs. */
const createMonth = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  await world.tell(...run('template', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
  await world.tell(status('running', 'RUNNING', '2026-10-19T00:00:00Z'));
  const [template] = (await world.charges('proj-1', MONTH)).filter(({ jobId }) => jobId === 'template');
  assert(template?.kind === 'final');
  const perMinute = template.amount / BigInt(template.minutes);
  const charges = Array.from({ length: JOBS - 2 }, (_, index): FinalCharge => {
    const minutes = 1 + ((index * 7_919) % 97);
    const start = at('2026-10-01T00:00:00Z') + ((index * 104_729) % 389) * 60_000;
    return {
      ...template,
      jobId: `job-${(index * 1_009) % 9_973}`,
      ...{ minutes, amount: perMinute * BigInt(index % 3 === 0 ? minutes : 5), start },
      ...{ end: start + minutes * 60_000, openedBy: { ...template.openedBy, time: start } },
    };
  });
  for (let from = 0; from < charges.length; from += 100)
    await world.store.writeCharges(charges.slice(from, from + 100), { factsSeen: 1, tariffsSeen: 1 });
  return world;
};

let world: World;
beforeAll(async () => {
  world = await createMonth();
});

const pageOf = async (page: JobsPage, now = world.clock.now) =>
  readProjectJobs(await world.open(), 'proj-1', MONTH, now, page);

const FIGURES: Readonly<Record<(typeof JOB_SORTS)[number], (job: JobUsage) => number | string>> = {
  id: ({ jobId }) => jobId,
  cost: ({ cost }) => Number(cost),
  start: ({ start }) => start,
  minutes: ({ minutes }) => minutes,
};

const orders = JOB_SORTS.flatMap((sort) => ORDERS.map((order) => ({ sort, order })));

describe('2,300 jobs of a month', () => {
  test.each(orders)(
    'by $sort, $order, are each on one page, in order, whatever the time by then',
    async ({ sort, order }) => {
      let now = world.clock.now;
      const pages = await allPages((after: readonly string[] | undefined) => {
        now += 3_600_000;
        return pageOf({ sort, order, limit: 400, after }, now);
      });
      expect(pages.map(({ jobs }) => jobs.length)).toEqual([400, 400, 400, 400, 400, 300]);
      const jobs = pages.flatMap((page) => page.jobs);
      expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(JOBS);
      const figures = jobs.map(FIGURES[sort]);
      const ascending = figures.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(figures).toEqual(order === 'asc' ? ascending : ascending.reverse());
      for (const [index, job] of jobs.entries()) {
        const next = jobs[index + 1];
        if (next && sort !== 'id' && FIGURES[sort](job) === FIGURES[sort](next))
          expect(job.jobId < next.jobId).toBe(true);
      }
    },
  );

  test('are by default dearest and longest first, but by id and start ascending', async () => {
    for (const [sort, order] of [
      ['id', 'asc'],
      ['cost', 'desc'],
      ['start', 'asc'],
      ['minutes', 'desc'],
    ] as const)
      expect(await pageOf({ sort, limit: 5 })).toEqual(await pageOf({ sort, order, limit: 5 }));
  });

  test('are one list where a page has no end, and none beyond the most', async () => {
    const all = async (list: Omit<JobsPage, 'limit'>, most: number) =>
      readAllJobs(await world.open(), 'proj-1', MONTH, world.clock.now, list, most);
    expect(await all({ sort: 'cost' }, JOBS)).toHaveLength(JOBS);
    expect(await all({ sort: 'cost' }, JOBS - 1)).toBeUndefined();
  });

  test('are no list by status if more than the most have to be examined, whichever they are in', async () => {
    let logs = 0;
    const counted = wrapTable(world.table, async ({ name, args }, proceed) => {
      if (name === 'query' && String(args[0]).startsWith('JOB#')) logs += 1;
      return proceed();
    });
    const context = await world.open(counted);
    const all = async (sort: 'id' | 'cost', most: number, statuses: readonly Status[]) =>
      readAllJobs(context, 'proj-1', MONTH, world.clock.now, { sort, statuses }, most);
    for (const sort of ['id', 'cost'] as const) {
      logs = 0;
      expect(await all(sort, 1_000, ['FAILED'])).toBeUndefined();
      expect(logs).toBeLessThan(1_100);
    }
    // Only two jobs have facts.
    const found = await all('id', JOBS, ['DONE', 'RUNNING']);
    expect(found?.map(({ jobId }) => jobId)).toEqual(['running', 'template']);
  });

  test('read the facts of the jobs of their page only', async () => {
    const read: string[] = [];
    const context = await world.open(
      wrapTable(world.table, async (call, proceed) => {
        const [first] = call.args as readonly [Key | string];
        if (call.name === 'query' && typeof first === 'string') read.push(first);
        return proceed();
      }),
    );
    for (const sort of ['id', 'minutes'] as const) {
      read.length = 0;
      const { jobs } = await readProjectJobs(context, 'proj-1', MONTH, world.clock.now, { sort, limit: 3 });
      expect(read.filter((partition) => partition.startsWith('JOB#')).sort()).toEqual(
        jobs.map(({ jobId }) => `JOB#proj-1#${jobId}`).sort(),
      );
    }
  });
});

test('a job that runs over the end of a month ends when its run stopped, in the lists of both', async () => {
  const jobs = await createWorld({ now: '2026-10-31T23:30:00Z' });
  await jobs.tell(status('over', 'RUNNING', '2026-10-31T23:00:00Z'));
  await jobs.closeAt('2026-11-01T06:00:00Z');
  const october = async () =>
    readProjectJobs(await jobs.open(), 'proj-1', MONTH, jobs.clock.now, { limit: 9 });
  const [running] = (await october()).jobs;
  expect(running).toMatchObject({ status: 'RUNNING', running: false, start: '2026-10-31T23:00:00.000Z' });
  expect(running).not.toHaveProperty('end');
  jobs.setClock('2026-11-02T00:00:00Z');
  await jobs.tell(status('over', 'FAILED', '2026-11-01T12:00:00Z'));
  expect((await october()).jobs).toMatchObject([{ status: 'FAILED', end: '2026-11-01T12:00:00.000Z' }]);
  const november = await readProjectJobs(await jobs.open(), 'proj-1', '2026-11', jobs.clock.now, {
    limit: 9,
  });
  expect(november.jobs).toMatchObject([{ start: '2026-10-31T23:00:00.000Z', minutes: 720 }]);
});
