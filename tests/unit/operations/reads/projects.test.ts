import { describe, expect, test } from 'vitest';
import { listProjects } from '../../../../lib/operations/reads/read-projects.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, status, TWO_GPUS, type World } from '../world.ts';
import { allPages, done, run, running, usage } from './pages-and-runs.ts';

describe('the projects of a grant', () => {
  const list = async (
    world: World,
    grant: readonly string[] | 'all',
    month: string,
    limit: number,
    after?: string,
  ) => listProjects(await world.open(), grant, month, world.clock.now, { limit, after });

  test('that covers all are those with usage in the month, each once, over all pages', async () => {
    const world = await createWorld();
    const ids = Array.from({ length: 40 }, (_, i) => `proj-${i}`);
    for (const projectId of ids)
      await world.tell(
        ...run(`job of ${projectId}`, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
          projectId,
          resources: TWO_GPUS,
        }),
      );
    // A late fact marks October again in November.
    world.setClock('2026-11-05T00:00:00Z');
    for (const projectId of ids.slice(0, 20))
      await world.tell(
        ...run(`late of ${projectId}`, '2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z', {
          projectId,
          resources: TWO_GPUS,
        }),
      );
    await world.tell(
      ...run('other', '2026-11-04T08:00:00Z', '2026-11-04T09:00:00Z', {
        projectId: 'november',
        resources: TWO_GPUS,
      }),
    );
    for (const limit of [1, 3, 7, 40, 100]) {
      const pages = await allPages((after: string | undefined) =>
        list(world, 'all', '2026-10', limit, after),
      );
      const found = pages.flatMap(({ projects }) => projects);
      expect(found).toHaveLength(40);
      expect(found.toSorted()).toEqual(ids.toSorted());
      expect(pages.every(({ projects }) => projects.length <= limit)).toBe(true);
    }
    expect((await list(world, 'all', '2026-11', 100)).projects).toEqual(['november']);
    expect((await list(world, 'all', '2026-12', 100)).projects).toEqual([]);
  });

  test('that covers all has the project of a run that begins with the month, reported minutes before', async () => {
    const world = await createWorld({ now: '2026-10-31T23:58:00Z' });
    await world.tell(
      status('early', 'RUNNING', '2026-11-01T00:02:00Z'),
      status('early', 'DONE', '2026-11-01T00:03:00Z'),
    );
    world.setClock('2026-11-05T00:00:00Z');
    const context = await world.open();
    const { projects } = await listProjects(context, 'all', '2026-11', context.now(), { limit: 10 });
    expect(projects).toEqual(['proj-1']);
  });

  test('that names them are those, each once, whether they have usage or not', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const grant = ['proj-2', 'proj-1', 'proj-2', 'proj-3'];
    const pages = await allPages((after: string | undefined) => list(world, grant, '2026-10', 2, after));
    expect(pages.map(({ projects }) => projects)).toEqual([['proj-1', 'proj-2'], ['proj-3']]);
    expect((await list(world, [], '2026-10', 10)).projects).toEqual([]);
  });

  test('that covers all are also those with a job that runs since a month not closed yet', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
    const of = (projectId: string) => ({ projectId, resources: TWO_GPUS });
    await world.tell(
      status('since-october', 'RUNNING', '2026-10-30T00:00:00Z', of('runs-on')),
      status('lost', 'RUNNING', '2026-10-30T00:00:00Z', { ...of('reached-its-limit'), timeoutMs: 3_600_000 }),
      ...run('ended', '2026-10-29T00:00:00Z', '2026-10-29T01:00:00Z', of('ended')),
    );
    world.setClock('2026-11-01T03:00:00Z');
    expect((await list(world, 'all', '2026-11', 100)).projects).toEqual(['runs-on']);
    expect((await list(world, 'all', '2026-12', 100)).projects).toEqual([]);
    await world.closeAt('2026-11-01T06:00:00Z');
    expect((await list(world, 'all', '2026-11', 100)).projects).toEqual(['runs-on']);
  });

  test('that covers all are also those with a job that was reported after the close of its month', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    const of = (projectId: string) => ({ projectId, resources: TWO_GPUS });
    await world.tell(...run('ended', '2026-10-29T00:00:00Z', '2026-10-29T01:00:00Z', of('in-october')));
    await world.closeAt('2026-11-01T06:00:00Z');
    await world.tell(status('late', 'RUNNING', '2026-10-31T20:00:00Z', of('reported-late')));
    expect((await list(world, 'all', '2026-11', 100)).projects).toEqual(['reported-late']);
    expect((await usage(world, '2026-11', 'reported-late')).running.count).toBe(1);
  });

  test('that covers all read no charges of projects with usage, and come in short pages', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    const of = (projectId: string) => ({ projectId, resources: TWO_GPUS });
    await world.tell(status('runs', 'RUNNING', '2026-10-30T00:00:00Z', of('runs-on')));
    // Projects of October without a charge.
    for (let number = 0; number < 1_100; number += 1)
      await world.store.markChanged('2026-10', { projectId: `idle-${number}`, usageMonth: '2026-10' }, 1);
    world.setClock('2026-11-01T03:00:00Z');
    await world.tell(...run('new', '2026-11-01T01:00:00Z', '2026-11-01T02:00:00Z', of('in-november')));
    const read = new Set<string>();
    const context = await world.open(
      wrapTable(world.table, async (call, act) => {
        const [pk] = call.args;
        if (typeof pk === 'string' && pk.startsWith('PROJECT#')) read.add(pk);
        return act();
      }),
    );
    const pages = await allPages((after: string | undefined) =>
      listProjects(context, 'all', '2026-11', world.clock.now, { limit: 50, after }),
    );
    expect(pages.flatMap(({ projects }) => projects).sort()).toEqual(['in-november', 'runs-on']);
    expect(pages).toHaveLength(2);
    expect(read).toContain('PROJECT#runs-on#2026-10');
    expect([...read].filter((pk) => pk.includes('in-november'))).toEqual([]);
  });
});
