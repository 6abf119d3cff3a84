import { describe, expect, test } from 'vitest';
import { isKnownProject } from '../../../../lib/operations/reads/known-project.ts';
import { readProjects } from '../../../../lib/operations/reads/project-totals.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, retraction, status, TWO_GPUS, type World } from '../world.ts';
import { allPages, run, usage } from './pages-and-runs.ts';

const of = (projectId: string) => ({ projectId, resources: TWO_GPUS });

const createProjects = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
  await world.tell(
    ...run('a', '2026-10-05T08:00:00Z', '2026-10-05T12:00:00Z', of('proj-a')),
    status('b', 'RUNNING', '2026-10-20T08:00:00Z', of('proj-b')),
  );
  world.setClock('2026-11-20T00:00:00Z');
  await world.tell(
    ...run('a', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z', of('proj-a')),
    ...run('no-price', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z', {
      projectId: 'proj-a',
      resources: { flavor: 'unknown', milliUnits: { gpu: 1_000 } },
    }),
    status('running', 'RUNNING', '2026-11-19T08:00:00Z', of('proj-a')),
    status('no-minute-yet', 'RUNNING', '2026-11-20T00:00:00Z', of('proj-a')),
  );
  return world;
};

const read = async (
  world: World,
  page: Partial<Parameters<typeof readProjects>[4]> = {},
  month = '2026-11',
) => readProjects(await world.open(), 'all', month, world.clock.now, { limit: 100, totals: true, ...page });

describe('totals of projects', () => {
  test('are those of their usage in this month and the one before', async () => {
    const world = await createProjects();
    const { projects, totals = [] } = await read(world);
    expect(totals.map(({ projectId }) => projectId)).toEqual(projects);
    expect(projects.toSorted()).toEqual(['proj-a', 'proj-b']);
    for (const { projectId, total, previousTotal, currency, ...counts } of totals) {
      const now = await usage(world, '2026-11', projectId);
      expect([total, currency]).toEqual([now.total, now.currency]);
      expect(previousTotal).toBe((await usage(world, '2026-10', projectId)).total);
      const { held, unrated, running } = now;
      expect(counts).toEqual({ held: held.count, unrated: unrated.count, running: running.count });
    }
    expect(totals.find(({ projectId }) => projectId === 'proj-a')).toMatchObject({
      ...{ total: '65.62', previousTotal: '15.44', held: 0, unrated: 1, running: 1 },
    });
    expect(totals.find(({ projectId }) => projectId === 'proj-b')).toMatchObject({ held: 1, running: 1 });
  });

  test('are absent unless they are requested', async () => {
    expect(await read(await createProjects(), { totals: false })).not.toHaveProperty('totals');
  });

  test('come for at most 25 projects a page, each once', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    for (let index = 0; index < 60; index += 1)
      await world.tell(...run('a', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', of(`proj-${index}`)));
    const pages = await allPages((after: string | undefined) => read(world, { after }, '2026-10'));
    expect(pages.map(({ totals = [] }) => totals.length)).toEqual([25, 25, 10]);
    expect(new Set(pages.flatMap(({ projects }) => projects)).size).toBe(60);
    expect((await read(world, { limit: 7 }, '2026-10')).totals).toHaveLength(7);
  });

  test('leave out a project that takes too long', async () => {
    const world = await createProjects();
    const table = wrapTable(world.table, async (call, proceed) => {
      if (call.name === 'query' && String(call.args[0]).startsWith('PROJECT#proj-b#'))
        world.clock.now += 30_000;
      return proceed();
    });
    const context = await world.open(table);
    const page = { limit: 100, totals: true } as const;
    const { projects, totals } = await readProjects(
      context,
      ['proj-a', 'proj-b'],
      '2026-11',
      world.clock.now,
      page,
    );
    expect(projects).toEqual(['proj-a', 'proj-b']);
    expect(totals?.map(({ projectId }) => projectId)).not.toContain('proj-b');
  });
});

describe('a project', () => {
  const isKnown = async (world: World, projectId: string) =>
    isKnownProject(await world.open(), projectId, world.clock.now);

  test('is known once anything of it was charged, long after too, and by a statement for ever', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    const mistaken = status('b', 'RUNNING', '2026-10-05T08:00:00Z', of('proj-b'));
    await world.tell(
      ...run('a', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', of('proj-a')),
      ...[mistaken, retraction(mistaken, '2026-10-06T00:00:00Z')],
      status('queued', 'QUEUED', '2026-10-05T08:00:00Z', of('proj-queued')),
    );
    const all = async () =>
      Promise.all(['proj-a', 'proj-b', 'proj-queued', 'proj', 'proj-'].map((id) => isKnown(world, id)));
    expect(await all()).toEqual([true, false, false, false, false]);
    await world.closeAt('2026-11-01T06:00:00Z');
    world.setClock('2036-01-01T00:00:00Z');
    expect(await isKnown(world, 'proj-a')).toBe(true);
  });

  test('that is not known says so in its usage, and one that is known does not, without usage too', async () => {
    const world = await createProjects();
    expect(await usage(world, '2026-11', 'proj-aa')).toMatchObject({ total: '0.00', unknown: true });
    for (const [month, projectId] of [
      ['2026-11', 'proj-a'],
      ['2026-08', 'proj-a'],
    ] as const)
      expect(await usage(world, month, projectId)).not.toHaveProperty('unknown');
  });

  test('is asked for only where there is nothing to show', async () => {
    const world = await createProjects();
    const read: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, proceed) => {
      if (name === 'get') read.push((args[0] as { sk: string }).sk);
      return proceed();
    });
    const watched = { ...world, open: () => world.open(table) };
    await usage(watched, '2026-11', 'proj-a');
    expect(read).not.toContain('HEAD');
    await usage(watched, '2026-08', 'proj-a');
    expect(read).toContain('HEAD');
  });
});
