import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import type { Status } from '../../../../lib/billing/statuses.ts';
import { type JobsPage, readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { at, createWorld, status, TWO_CPUS, TWO_GPUS, type World } from '../world.ts';
import { allPages, run } from './pages-and-runs.ts';

const idsOf = async (world: World, page: Partial<JobsPage>): Promise<string[]> => {
  const pages = await allPages(async (after: readonly string[] | undefined) =>
    readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, { limit: 2, ...page, after }),
  );
  return pages.flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId));
};

const createJobs = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
  const of = (team: string, resources = TWO_GPUS) => ({ resources, labels: { team } });
  await world.tell(
    ...run('eval-1', '2026-10-05T08:00:00Z', '2026-10-05T12:00:00Z', of('vision')),
    ...run('train-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', of('vision')),
    ...run('train-2', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', of('speech', TWO_CPUS)),
    status('train-3', 'RUNNING', '2026-10-05T18:00:00Z', of('speech')),
    ...run('train-4', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', of('vision', TWO_CPUS)),
  );
  return world;
};

describe('the jobs of a month', () => {
  test.each<[string, Partial<JobsPage>, string[]]>([
    ['by id', {}, ['eval-1', 'train-1', 'train-2', 'train-3', 'train-4']],
    ['dearest first', { sort: 'cost' }, ['eval-1', 'train-3', 'train-1', 'train-2', 'train-4']],
    ['with a label', { label: { key: 'team', value: 'vision' } }, ['eval-1', 'train-1', 'train-4']],
    ['with a flavor', { flavor: 'ai1-1-cpu' }, ['train-2', 'train-4']],
    [
      'with a part of an id, in upper or lower case,',
      { idPart: 'TRAIN' },
      ['train-1', 'train-2', 'train-3', 'train-4'],
    ],
    ['in one of several statuses', { statuses: ['FAILED', 'RUNNING'] }, ['train-3']],
    ['in a status', { statuses: ['RUNNING'] }, ['train-3']],
    ['that are done', { statuses: ['DONE'], sort: 'cost' }, ['eval-1', 'train-1', 'train-2', 'train-4']],
    [
      'by all of these',
      {
        ...{ idPart: 'n-4', flavor: 'ai1-1-cpu', label: { key: 'team', value: 'vision' } },
        statuses: ['DONE'],
      },
      ['train-4'],
    ],
    ['with a label that no job has', { label: { key: 'toString', value: '' } }, []],
  ])('are found %s, page by page', async (_, page, expected) => {
    expect(await idsOf(await createJobs(), page)).toEqual(expected);
  });

  test('show their labels and their status', async () => {
    const world = await createJobs();
    const page = { limit: 1, idPart: 'train-3' };
    const { jobs } = await readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, page);
    expect(jobs).toMatchObject([{ jobId: 'train-3', status: 'RUNNING', labels: { team: 'speech' } }]);
  });

  test('are found by a part of an id, whichever case it is in', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(...run('Eval-A', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    for (const idPart of ['eval-a', 'EVAL', 'L-a'])
      expect(await idsOf(world, { idPart })).toEqual(['Eval-A']);
    expect(await idsOf(world, { idPart: 'eval-b' })).toEqual([]);
  });

  test('of equal cost come by id, each once, on pages of one', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    for (const id of ['c', 'a', 'b'])
      await world.tell(...run(id, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    expect(await idsOf(world, { sort: 'cost', limit: 1 })).toEqual(['a', 'b', 'c']);
  });

  test('that run keep their order by cost on later pages, whatever they cost by then', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z' });
    for (const id of ['a', 'b', 'c', 'd']) await world.tell(status(id, 'RUNNING', '2026-10-05T08:00:00Z'));
    await world.tell(
      ...run('ended', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', { resources: TWO_CPUS }),
    );
    world.setClock('2026-10-05T09:00:00Z');
    const pages = await allPages(async (after: readonly string[] | undefined) => {
      world.clock.now += 60 * 60 * 1000;
      const page = { sort: 'cost', limit: 1, after } as const;
      return readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, page);
    });
    const found = pages.flatMap(({ jobs }) => jobs.map(({ jobId, cost }) => [jobId, cost]));
    expect(found).toEqual([...['a', 'b', 'c', 'd'].map((id) => [id, '7.72']), ['ended', '0.06']]);
  });

  test.each([
    ['cost', 'or change in between'],
    ['minutes', 'or change in between'],
    ['start', 'or change in between'],
    ['cost', 'or change, and are billed in between'],
  ] as const)(
    'by %s count on all pages up to the first one, also where they stop, begin %s',
    async (sort, change) => {
      const world = await createWorld({ now: '2026-10-05T12:00:00Z' });
      for (const [index, id] of ['goes-on', 'stops', 'changes', 'restarts', 'ended'].entries())
        await world.tell(status(id, 'RUNNING', `2026-10-05T08:0${index}:00Z`));
      await world.tell(status('ended', 'DONE', '2026-10-05T12:00:00Z'));
      const pageOf = async (page: JobsPage) => {
        const read = await readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, page);
        return { ...read, jobs: read.jobs.map(({ jobId, minutes, cost }) => [jobId, minutes, cost]) };
      };
      const atOnce = await pageOf({ sort, limit: 9 });
      const pages = await allPages(async (after: readonly string[] | undefined) => {
        const page = await pageOf({ sort, limit: 1, after });
        if (after) return page;
        world.setClock('2026-10-05T12:10:00Z');
        await world.tell(
          status('stops', 'DONE', '2026-10-05T12:09:00Z'),
          status('changes', 'RUNNING', '2026-10-05T12:05:00Z', { resources: TWO_CPUS }),
          ...['DONE', 'RESTARTING'].map((step) => status('restarts', step as Status, '2026-10-05T12:01:00Z')),
          ...run('restarts', '2026-10-05T12:02:00Z', '2026-10-05T12:08:00Z'),
          ...run('begins', '2026-10-05T12:00:00Z', '2026-10-05T12:08:00Z'),
        );
        if (change.includes('billed')) await world.closeAt('2026-11-01T06:00:00Z');
        return page;
      });
      expect(pages.flatMap(({ jobs }) => jobs)).toEqual(atOnce.jobs);
    },
  );

  test('in a status are looked for among a thousand jobs a page', async () => {
    const world = await createJobs();
    const [charge] = await world.charges('proj-1', '2026-10');
    assert(charge);
    for (let number = 0; number < 1_200; number += 1) {
      const jobId = `no-facts-${String(number).padStart(4, '0')}`;
      await world.store.writeCharges([{ ...charge, jobId }], { factsSeen: 1, tariffsSeen: 1 });
    }
    for (const sort of ['id', 'cost'] as const) {
      const pages = await allPages(async (after: readonly string[] | undefined) =>
        readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, {
          ...{ sort, limit: 10, after, statuses: ['RUNNING'] },
        }),
      );
      expect(pages.map(({ jobs }) => jobs.map(({ jobId }) => jobId))).toEqual([[], ['train-3']]);
    }
  });

  test('by cost are the same page by page as at once', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    const minutes = [7, 3, 9, 3, 1, 8, 3, 12, 5, 5, 2];
    for (const [index, count] of minutes.entries()) {
      const end = new Date(at('2026-10-05T08:00:00Z') + count * 60_000).toISOString();
      await world.tell(...run(`job-${index}`, '2026-10-05T08:00:00Z', end));
    }
    const whole = await idsOf(world, { sort: 'cost', limit: 1_000 });
    expect(whole.map((id) => minutes[Number(id.slice(4))])).toEqual(minutes.toSorted((a, b) => b - a));
    for (const limit of [1, 2, 3, 10, 11]) expect(await idsOf(world, { sort: 'cost', limit })).toEqual(whole);
  });
});
