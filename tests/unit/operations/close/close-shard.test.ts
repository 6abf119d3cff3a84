import { describe, expect, test } from 'vitest';
import { readChangedProjects } from '../../../../lib/operations/close/changed-months.ts';
import { type CloseShardOptions, closeShard } from '../../../../lib/operations/close/close-shard.ts';
import type { ShardProgress } from '../../../../lib/store/close-progress.ts';
import { shardOf } from '../../../../lib/store/keys.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { isCommit, putsOf, wrapTable } from '../tables.ts';
import { at, createWorld, status, TWO_CPUS, type World } from '../world.ts';
import { slowTable } from './month-in-two-shards.ts';

const MONTH = '2026-10';
const SHARD = 3;
const CLOSED_AT = at('2026-11-01T06:00:00Z');

/** Projects of one shard, in the order of their keys. */
const projectsOfShard = (count: number) =>
  Array.from({ length: 400 }, (_, index) => `p${100 + index}`)
    .filter((projectId) => shardOf(projectId) === SHARD)
    .slice(0, count);
const [FIRST, SECOND, THIRD] = projectsOfShard(3) as [string, string, string];

/** Projects with one running job each, at the time of their close. */
const createRunningJobs = async (projects: readonly string[], jobs = 1) => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  // Backwards: the order of the work must come from the keys.
  for (const projectId of [...projects].reverse())
    for (let job = 1; job <= jobs; job += 1)
      await world.tell(
        status(`${projectId}-${job}`, 'RUNNING', '2026-10-30T00:00:00Z', { projectId, resources: TWO_CPUS }),
      );
  world.clock.now = CLOSED_AT;
  return world;
};

/** The same, where each job has stopped within the month: there is nothing to cut. */
const createStoppedJobs = async (projects: readonly string[], jobs = 1) => {
  const world = await createRunningJobs(projects, jobs);
  for (const projectId of projects)
    for (let job = 1; job <= jobs; job += 1)
      await world.tell(status(`${projectId}-${job}`, 'DONE', '2026-10-30T05:00:00Z', { projectId }));
  return world;
};

/** Closes the shard over a table, from a progress on, with every change of the progress it reports. */
const close = async (
  world: World,
  {
    table = world.table,
    from = {},
    ...options
  }: Partial<CloseShardOptions> & { readonly table?: Table; readonly from?: Partial<ShardProgress> } = {},
) => {
  const context = await world.open(table);
  const begun: ShardProgress = {
    ...{ shard: SHARD, step: 'billing', count: 0, of: 0, statements: 0, failures: [] },
    ...{ leaseUntil: 0, savedAt: 0, version: 0, ...from },
  };
  const changes: Partial<ShardProgress>[] = [];
  const read = await readChangedProjects(context, SHARD, MONTH);
  const closed = await closeShard(context, MONTH, begun, read, {
    ...{ deadline: Number.POSITIVE_INFINITY, resumeSince: Number.POSITIVE_INFINITY },
    onProgress: (change) => changes.push(change),
    ...options,
  });
  return { ...closed, changes };
};

const cutProjects = async (world: World) => {
  const cutoffs = await world.items('CUT#');
  return cutoffs.map(({ pk }) => String(pk.split('#')[1])).sort();
};
const billedProjects = async (world: World) =>
  (await world.items('STATEMENT')).map(({ projectId }) => String(projectId)).sort();
const reported = <Key extends keyof ShardProgress>(changes: Partial<ShardProgress>[], key: Key) =>
  changes.flatMap((change) => (key in change ? [change[key]] : []));

describe('the deadline of a shard', () => {
  test.each([0, 1])('begins nothing when it is over by %i ms', async (ms) => {
    const world = await createRunningJobs([FIRST, SECOND]);
    const closed = await close(world, { deadline: CLOSED_AT - ms });
    expect(closed).toMatchObject({ statements: 0, unfinished: true });
    expect(reported(closed.changes, 'after')).toEqual([]);
    expect(await cutProjects(world)).toEqual([]);
    expect(await billedProjects(world)).toEqual([]);
  });

  test('issues no statement when it is over after the first call', async () => {
    const world = await createStoppedJobs([FIRST, SECOND]);
    const deadline = CLOSED_AT + 1;
    const { statements, unfinished } = await close(world, {
      deadline,
      table: wrapTable(world.table, async (_, run) => {
        world.clock.now = deadline;
        return run();
      }),
    });
    expect({ statements, unfinished }).toEqual({ statements: 0, unfinished: true });
    expect(await billedProjects(world)).toEqual([]);
  });

  test('stops a project between two pages of its charges, and no statement of it is issued', async () => {
    const world = await createRunningJobs([FIRST], 3);
    const paged = slowTable(world, 1_000);
    const stopped = await close(world, { table: paged, deadline: CLOSED_AT + 2_000 });
    expect(stopped).toMatchObject({ statements: 0, unfinished: true });
    expect(reported(stopped.changes, 'after')).toEqual([]);
    expect(await cutProjects(world)).toEqual([FIRST, FIRST]);
    expect(await billedProjects(world)).toEqual([]);
    const resumed = await close(world, { table: paged });
    expect(resumed).toMatchObject({ statements: 1, unfinished: false });
    expect(await cutProjects(world)).toEqual([FIRST, FIRST, FIRST]);
  });
});

describe('the progress of a shard', () => {
  test('names the key up to which all is finished, though a later project finishes first', async () => {
    const world = await createRunningJobs([FIRST, SECOND, THIRD]);
    const progress: Partial<ShardProgress>[] = [];
    const others = Promise.withResolvers<void>();
    let finished = 0;
    const table = wrapTable(world.table, async (call, run) => {
      const [put] = putsOf(call);
      if (put?.item.pk === `JOB#${FIRST}#${FIRST}-1` && put.item.sk.startsWith('CUT#')) await others.promise;
      return run();
    });
    await close(world, {
      table,
      onProgress: (change) => {
        progress.push(change);
        if (change.count && ++finished === 2) others.resolve();
      },
    });
    expect(reported(progress, 'after')).toEqual([THIRD]);
    expect(await billedProjects(world)).toEqual([FIRST, SECOND, THIRD]);
  });

  test('after a project leaves the later ones to cut and bill', async () => {
    const world = await createRunningJobs([FIRST, SECOND, THIRD]);
    const { statements, changes } = await close(world, { from: { after: FIRST, statements: 5 } });
    expect(statements).toBe(2);
    expect(await cutProjects(world)).toEqual([SECOND, THIRD]);
    expect(await billedProjects(world)).toEqual([SECOND, THIRD]);
    expect(reported(changes, 'statements')).toEqual([6, 7]);
  });

  test('follows the order of keys, not the order in which the months were marked', async () => {
    const world = await createStoppedJobs([SECOND]);
    const late = { projectId: FIRST, resources: TWO_CPUS };
    await world.tell(
      status('late', 'RUNNING', '2026-10-30T00:00:00Z', late),
      status('late', 'DONE', '2026-10-30T05:00:00Z', late),
    );
    const { changes, statements } = await close(world);
    expect(reported(changes, 'after').at(-1)).toBe(SECOND);
    expect(statements).toBe(2);
  });

  test('begins with the first key, whatever its project id begins with', async () => {
    const id = Array.from({ length: 400 }, (_, index) => String(index)).find((id) => shardOf(id) === SHARD);
    const world = await createStoppedJobs([String(id)]);
    expect(await close(world)).toMatchObject({ statements: 1 });
    expect(await billedProjects(world)).toEqual([id]);
  });

  test('does not pass over a project that failed', async () => {
    const world = await createRunningJobs([FIRST, SECOND, THIRD]);
    const table = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.pk === `JOB#${SECOND}#${SECOND}-1`))
        throw new Error('throttled');
      return run();
    });
    const { failures, changes } = await close(world, { table });
    expect([...failures.keys()]).toEqual([SECOND]);
    expect(new Set(reported(changes, 'after'))).toEqual(new Set([FIRST]));
    expect(await billedProjects(world)).toEqual([FIRST, THIRD]);
  });

  test('counts a statement once where a close resumes, also of a project past the one that failed', async () => {
    const world = await createRunningJobs([FIRST, SECOND, THIRD]);
    const table = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.pk === `JOB#${SECOND}#${SECOND}-1`))
        throw new Error('throttled');
      return run();
    });
    const from: Partial<ShardProgress> = Object.assign({}, ...(await close(world, { table })).changes);
    expect(from).toMatchObject({ after: FIRST, statements: 2 });
    const { changes } = await close(world, { from });
    expect(await billedProjects(world)).toEqual([FIRST, SECOND, THIRD]);
    expect(reported(changes, 'statements').at(-1)).toBe(3);
  });

  test('that begins again counts no statement more, and has no fewer meanwhile', async () => {
    const world = await createStoppedJobs([FIRST, SECOND]);
    await close(world);
    const { changes, statements } = await close(world, { from: { statements: 2 } });
    expect(statements).toBe(0);
    expect(reported(changes, 'statements')).toEqual([2, 2]);
  });

  test('names the first ten of the projects that failed', async () => {
    const projects = projectsOfShard(12);
    const world = await createRunningJobs(projects);
    const table = wrapTable(world.table, async (call, run) => {
      if (isCommit(call)) throw new Error('throttled');
      return run();
    });
    const { failures, changes } = await close(world, { table });
    expect(failures.size).toBe(12);
    const named = reported(changes, 'failures').at(-1) ?? [];
    expect(named).toHaveLength(10);
    expect(named.every(({ error }) => error === 'Error: throttled')).toBe(true);
  });

  test('is reported at each page of a statement, so that the lease is renewed', async () => {
    const world = await createStoppedJobs([FIRST], 5);
    const { changes } = await close(world, { table: slowTable(world) });
    expect(changes.filter((change) => Object.keys(change).length === 0).length).toBeGreaterThanOrEqual(5);
  });
});
