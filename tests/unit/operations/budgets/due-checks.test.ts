import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { checkBudgets } from '../../../../lib/operations/budgets/check-budgets.ts';
import { checkDueBudgets } from '../../../../lib/operations/budgets/check-due.ts';
import { createUnbudgeted, markBudgetsChanged } from '../../../../lib/operations/budgets/mark-changed.ts';
import { redrive } from '../../../../lib/operations/settle/settle-jobs.ts';
import { publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { pricesOf } from '../../billing/builders.ts';
import { wrapTable } from '../tables.ts';
import { at, jobRef, status, TARIFF } from '../world.ts';
import { createBudgetWorld, setBudget, spent } from './budget-world.ts';

const ONE_A_MINUTE = { ...TARIFF, prices: pricesOf({ gpu: '60' }) };
const ONE_GPU = { resources: { flavor: 'gpu', milliUnits: { gpu: 1_000 } } };
const running = (jobId: string, time: string) => status(jobId, 'RUNNING', time, ONE_GPU);

/** A budget that is not new any more and has been checked. */
const openChecked = async () => {
  const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
  await world.setBudget({ minor: 10_00n, thresholds: [spent(80), spent(100, 'stop')] });
  await world.check('2026-11-10T12:30:00Z');
  return world;
};

describe('the next check of a project', () => {
  test('is an hour away at most, and due once a charge has changed', async () => {
    const world = await openChecked();
    expect(await world.dueAt()).toBe('2026-11-10T13:30:00.000Z');
    expect(await world.check('2026-11-10T12:40:00Z')).toEqual({ checked: [], failed: [], lateMs: 0 });
    await world.deliver(running('a', '2026-11-10T12:35:00Z'));
    expect(await world.dueAt()).toBe('2026-11-10T12:40:00.000Z');
    expect(await world.check('2026-11-10T12:40:30Z')).toMatchObject({ checked: ['proj-1'], lateMs: 30_000 });
  });

  test('stays as late as it is however often charges change meanwhile', async () => {
    const world = await openChecked();
    world.setClock('2026-11-10T13:31:00Z');
    await world.deliver(running('a', '2026-11-10T13:30:30Z'));
    expect(await world.dueAt()).toBe('2026-11-10T13:30:00.000Z');
    expect(await world.check()).toMatchObject({ checked: ['proj-1'], lateMs: 60_000 });
  });

  test('is due since a check began whose charges changed meanwhile, so others come first; its figures are kept', async () => {
    const world = await openChecked();
    await world.deliver(running('a', '2026-11-10T12:30:00Z'));
    expect(await world.dueAt()).toBe('2026-11-10T12:30:00.000Z');
    world.setClock('2026-11-10T12:31:00Z');
    const marking = await world.open();
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name !== 'query' || args[0] !== 'PROJECT#proj-1#2026-11') return run();
      world.clock.now += 5_000;
      await markBudgetsChanged(marking, [jobRef('b')]);
      return run();
    });
    await checkDueBudgets(await world.open(table));
    expect(world.clock.now).toBeGreaterThan(at('2026-11-10T12:31:00Z'));
    expect(await world.store.readBudgetCheck('proj-1')).toMatchObject({
      dueAt: at('2026-11-10T12:31:00Z'),
      checkedAt: at('2026-11-10T12:31:00Z'),
      figures: [{ spentMinor: '100' }],
    });
    expect(await world.check('2026-11-10T12:32:00Z')).toEqual({
      ...{ checked: ['proj-1'], failed: [], lateMs: 60_000 },
    });
  });

  test('follows within a minute while a budget is new, since a settle may not know of it', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    const unbudgeted = createUnbudgeted();
    await markBudgetsChanged(await world.open(), [jobRef('a')], unbudgeted);
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.check();
    expect(await world.dueAt()).toBe('2026-11-10T12:00:30.000Z');
    // The process still remembers that there were no budgets.
    await world.tell(running('a', '2026-11-10T11:00:00Z'));
    world.setClock('2026-11-10T12:00:20Z');
    await markBudgetsChanged(await world.open(), [jobRef('a')], unbudgeted);
    expect(await world.dueAt()).toBe('2026-11-10T12:00:30.000Z');
    await world.check('2026-11-10T12:01:00Z');
    expect(await world.fired()).toHaveLength(1);
    await markBudgetsChanged(await world.open(), [jobRef('a')], unbudgeted);
    expect(await world.dueAt()).toBe('2026-11-10T12:01:00.000Z');
  });

  test('costs a stage without budgets one read, for all projects of half a minute', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    let reads = 0;
    const table = wrapTable(world.table, async ({ name }, run) => {
      if (name === 'get' || name === 'query') reads += 1;
      return run();
    });
    const context = await world.open(table);
    reads = 0;
    const unbudgeted = createUnbudgeted();
    for (const projectId of ['proj-1', 'proj-2', 'proj-3'])
      await markBudgetsChanged(context, [{ projectId }], unbudgeted);
    expect(reads).toBe(1);
    world.setClock('2026-11-10T12:00:30Z');
    await markBudgetsChanged(context, [{ projectId: 'proj-1' }], unbudgeted);
    expect(reads).toBe(2);
  });

  test('is due after a parked job is settled', async () => {
    const world = await openChecked();
    await world.record(running('a', '2026-11-10T12:35:00Z'));
    world.setClock('2026-11-10T12:50:00Z');
    await world.store.parkJob({ ...jobRef('a'), parkedAt: world.clock.now, error: 'a test' });
    await redrive(await world.open(), () => undefined);
    expect(await world.dueAt()).toBe('2026-11-10T12:50:00.000Z');
  });

  test('is due after a backdated tariff has settled its jobs, or an audit has healed one', async () => {
    const world = await openChecked();
    await world.tell(
      running('a', '2026-11-10T12:00:00Z'),
      status('a', 'DONE', '2026-11-10T12:05:00Z', ONE_GPU),
    );
    const { revision: _, ...draft } = ONE_A_MINUTE;
    await publishTariff(
      await world.open(),
      { ...draft, effectiveFrom: at('2026-11-01T00:00:00Z'), prices: pricesOf({ gpu: '120' }) },
      { backdate: true },
    );
    expect(await world.dueAt()).toBe(new Date(world.clock.now).toISOString());
    await world.check();
    expect(await world.fired()).toHaveLength(2);

    await world.record(running('b', '2026-11-10T12:10:00Z'));
    world.clock.now += 60_000;
    await audit(await world.open(), { heal: true });
    expect(await world.dueAt()).toBe(new Date(world.clock.now).toISOString());
  });

  test('comes before those of projects that are due since later', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    const others = Array.from({ length: 20 }, (_, index) => `proj-${index + 10}`);
    for (const projectId of ['proj-9', ...others]) {
      await world.setBudget({ projectId, minor: 10_00n, thresholds: [spent(80)] });
      world.clock.now += 1_000;
    }
    const deadline = at('2026-11-10T12:01:00Z');
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'query' && String(args[0]).startsWith('BUDGET#')) world.clock.now = deadline;
      return run();
    });
    const { checked, lateMs } = await checkDueBudgets(await world.open(table), { deadline });
    expect(checked).toContain('proj-9');
    expect(checked.length).toBeLessThan(others.length);
    expect(lateMs).toBe(21_000);
  });

  test('is at the start of a month, and how budgets stood is kept with it', async () => {
    const world = await openChecked();
    await world.deliver(running('a', '2026-11-10T12:25:00Z'));
    await world.check('2026-11-10T12:30:00Z');
    expect(await world.store.readBudgetCheck('proj-1')).toMatchObject({
      checkedAt: at('2026-11-10T12:30:00Z'),
      figures: [
        {
          ...{ name: 'monthly', month: '2026-11', minor: '1000', spentMinor: '500' },
          nextCrossingAt: at('2026-11-10T12:32:00Z'),
        },
      ],
    });
    await world.check('2026-11-30T23:30:00Z');
    expect(await world.dueAt()).toBe('2026-12-01T00:00:00.000Z');
  });
});

describe('two processes at one project', () => {
  test('a change during a check is checked after it: its save fails, also if the project was due', async () => {
    const world = await openChecked();
    const context = await world.open();
    for (const isDue of [false, true]) {
      world.clock.now += 60_000;
      if (isDue) await markBudgetsChanged(context, [jobRef('a')]);
      const store: typeof context.store = {
        ...context.store,
        async saveBudgetCheck(...of) {
          // The charges were read: another process settles a job and marks its project.
          await world.tell(running(`during-${isDue}`, '2026-11-10T12:25:00Z'));
          await markBudgetsChanged(context, [jobRef('a')]);
          return context.store.saveBudgetCheck(...of);
        },
      };
      await checkBudgets({ ...context, store }, 'proj-1', world.clock.now);
      expect((await world.store.readBudgetCheck('proj-1'))?.dueAt).toBeLessThanOrEqual(world.clock.now);
    }
    await world.check();
    expect(await world.fired()).toHaveLength(2);
  });

  test('a mark that loses against a check is written again', async () => {
    const world = await openChecked();
    const context = await world.open();
    let isFirst = true;
    const store: typeof context.store = {
      ...context.store,
      async saveBudgetCheck(...of) {
        if (isFirst) {
          isFirst = false;
          await checkBudgets(context, 'proj-1', world.clock.now);
        }
        return context.store.saveBudgetCheck(...of);
      },
    };
    await markBudgetsChanged({ ...context, store }, [jobRef('a')]);
    expect((await world.store.readBudgetCheck('proj-1'))?.dueAt).toBe(world.clock.now);
  });

  test('two checks at once fire each threshold once', async () => {
    const world = await openChecked();
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    const context = await world.open();
    await Promise.all([1, 2, 3].map(() => checkBudgets(context, 'proj-1', world.clock.now)));
    expect(await world.fired()).toHaveLength(2);
    expect(await world.stopped()).toEqual(['a']);
  });

  test.each([0, 1, 2, 3])(
    'a check that is killed at write %i loses nothing and doubles nothing',
    async (at) => {
      const world = await openChecked();
      await world.deliver(running('a', '2026-11-10T12:00:00Z'), running('b', '2026-11-10T12:00:00Z'));
      const context = await world.open();
      let writes = 0;
      const dying =
        <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
        async (...args: Args): Promise<Result> => {
          if (writes >= at) throw new Error('killed');
          writes += 1;
          return write(...args);
        };
      const { recordOutgoing, saveBudgetCheck } = context.store;
      const store = {
        ...context.store,
        recordOutgoing: dying(recordOutgoing),
        saveBudgetCheck: dying(saveBudgetCheck),
      };
      await expect(checkBudgets({ ...context, store }, 'proj-1', world.clock.now)).rejects.toThrow('killed');
      await world.check();
      expect((await world.events()).map(({ id }) => id.split('/')[0]).sort()).toEqual([
        'budget.threshold.crossed',
        'budget.threshold.crossed',
        'job.stop.requested',
        'job.stop.requested',
      ]);
    },
  );

  test('a project that cannot be checked stays due, and delays no other', async () => {
    const world = await openChecked();
    await setBudget(world, { projectId: 'proj-2', minor: 10_00n, thresholds: [spent(80)] });
    await markBudgetsChanged(await world.open(), [jobRef('a')]);
    const context = await world.open();
    const { readBudgets } = context.store;
    const store = {
      ...context.store,
      readBudgets: (projectId: string) =>
        projectId === 'proj-1' ? Promise.reject(new Error('cannot be read')) : readBudgets(projectId),
    };
    const failures: string[] = [];
    const outcome = await checkDueBudgets(
      { ...context, store },
      { onFailure: ({ projectId }) => failures.push(projectId) },
    );
    expect(outcome).toMatchObject({ checked: ['proj-2'], failed: ['proj-1'] });
    expect(failures).toEqual(['proj-1']);
    world.clock.now += 60_000;
    expect(await world.check()).toMatchObject({ checked: ['proj-1', 'proj-2'], lateMs: 60_000 });
  });

  test('past its deadline a run checks no further project', async () => {
    const world = await openChecked();
    await markBudgetsChanged(await world.open(), [jobRef('a')]);
    const outcome = await checkDueBudgets(await world.open(), { deadline: world.clock.now });
    expect(outcome.checked).toEqual([]);
  });
});
