import { type CloseOptions, closeMonths } from '../../../../lib/operations/close/close-months.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { allOf } from '../../../../simulation/items-on.ts';
import { createWorld, inShort, status, TWO_CPUS, type World } from '../world.ts';

export const JOBS = 5;

/**
 * Two projects in shards of their own, each with a few ended jobs, a correction and a job that
 * still runs.
 */
export const createMonthInTwoShards = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
  for (const projectId of ['proj-1', 'proj-2']) {
    await world.tell(
      status(`${projectId}-old`, 'RUNNING', '2026-09-10T08:00:00Z', { projectId, resources: TWO_CPUS }),
      status(`${projectId}-old`, 'DONE', '2026-09-10T09:00:00Z', { projectId }),
    );
  }
  await world.closeAt('2026-10-01T02:00:00Z');
  for (const projectId of ['proj-1', 'proj-2']) {
    await world.tell(status(`${projectId}-old`, 'FINALIZING', '2026-09-10T08:50:00Z', { projectId }));
    for (let job = 1; job <= JOBS; job += 1)
      await world.tell(
        status(`${projectId}-${job}`, 'RUNNING', `2026-10-0${job}T08:00:00Z`, {
          projectId,
          resources: TWO_CPUS,
        }),
        status(`${projectId}-${job}`, 'DONE', `2026-10-0${job}T09:00:00Z`, { projectId }),
      );
    await world.tell(
      status(`${projectId}-runs`, 'RUNNING', '2026-10-31T23:00:00Z', { projectId, resources: TWO_CPUS }),
    );
  }
  world.setClock('2026-11-01T02:00:00Z');
  return world;
};

export const BILLED = [
  'correction 2026-09 ai1-1-cpu -10 min -0.01',
  'usage 2026-10 ai1-1-cpu 360 min 0.36',
  'total 0.35',
];
export const billed = async (world: World) => {
  const statements = await Promise.all(
    ['proj-1', 'proj-2'].map((projectId) => world.statement(projectId, '2026-10')),
  );
  return statements.map(({ lines, total }) => [...lines.map(inShort), `total ${total}`]);
};

/** The table with pages of one charge or billed charge, at each of which some time passes. */
export const slowTable = (world: World, ms = 1000, table: Table = world.table): Table => ({
  ...table,
  async *query(pk, options = {}) {
    if (!options.prefix?.match(/^(CHARGE|BILLED)#$/)) return yield* table.query(pk, options);
    for (let after = options.after; ; ) {
      const [item] = await allOf(
        table.query(pk, { ...options, limit: 1, ...(after !== undefined && { after }) }),
      );
      if (!item) return;
      world.clock.now += ms;
      yield [item];
      after = item.sk;
    }
  },
});

export const closeFor = async (world: World, seconds: number, options: CloseOptions = {}) => {
  const context = await world.open(slowTable(world));
  return closeMonths(context, { shared: true, ...options, deadline: world.clock.now + seconds * 1000 });
};
