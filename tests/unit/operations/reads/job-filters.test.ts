import { describe, expect, test } from 'vitest';
import { type JobsPage, readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { createWorld, status, TWO_CPUS, TWO_GPUS, type World } from '../world.ts';
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
    ['with the beginning of an id', { idPrefix: 'train' }, ['train-1', 'train-2', 'train-3', 'train-4']],
    ['in a status', { status: 'RUNNING' }, ['train-3']],
    ['that are done', { status: 'DONE', sort: 'cost' }, ['eval-1', 'train-1', 'train-2', 'train-4']],
    [
      'by all of these',
      { idPrefix: 'train', flavor: 'ai1-1-cpu', label: { key: 'team', value: 'vision' }, status: 'DONE' },
      ['train-4'],
    ],
    ['with a label that no job has', { label: { key: 'toString', value: '' } }, []],
  ])('are found %s, page by page', async (_, page, expected) => {
    expect(await idsOf(await createJobs(), page)).toEqual(expected);
  });

  test('show their labels, and their status if it is asked for', async () => {
    const world = await createJobs();
    const page = { limit: 1, idPrefix: 'train-3', status: 'RUNNING' } as const;
    const { jobs } = await readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, page);
    expect(jobs).toMatchObject([{ jobId: 'train-3', status: 'RUNNING', labels: { team: 'speech' } }]);
  });

  test('of equal cost come by id, each once, on pages of one', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    for (const id of ['c', 'a', 'b'])
      await world.tell(...run(id, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    expect(await idsOf(world, { sort: 'cost', limit: 1 })).toEqual(['a', 'b', 'c']);
  });
});
