import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../../lib/billing/facts.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import { createMortalTable, isCommit, putsOf, wrapTable } from '../tables.ts';
import { createWorld, retraction, status, TWO_CPUS, TWO_GPUS } from '../world.ts';
import { allStatements, done, linesByStatement, linesOf, running } from './issued-statements.ts';

/** A month with everything in it: runs over the end, late facts of a closed month, two projects. */
const createBusyMonth = async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
  await world.tell(status('job-1', 'RUNNING', '2026-09-29T08:00:00Z'));
  await world.tell(status('job-1', 'DONE', '2026-09-29T13:00:00Z'));
  await world.tell(
    status('job-2', 'RUNNING', '2026-09-30T00:00:00Z', { projectId: 'proj-2', resources: TWO_CPUS }),
  );
  await world.closeAt('2026-10-01T02:00:00Z');
  await world.tell(status('job-1', 'FINALIZING', '2026-09-29T12:00:00Z'));
  await world.tell(
    status('job-3', 'RUNNING', '2026-10-05T08:00:00Z'),
    status('job-3', 'DONE', '2026-10-05T13:00:00Z'),
  );
  world.setClock('2026-11-01T02:00:00Z');
  return world;
};

const BUSY = {
  'proj-1 2026-09': ['usage 2026-09 ai1-1-gpu 300 min 19.30', 'total 19.30'],
  'proj-2 2026-09': ['usage 2026-09 ai1-1-cpu 1440 min 1.44', 'total 1.44'],
  'proj-1 2026-10': [
    'correction 2026-09 ai1-1-gpu -60 min -3.86',
    'usage 2026-10 ai1-1-gpu 300 min 19.30',
    'total 15.44',
  ],
  // The last fact of job 2 is of 30 September: 28 days count, up to 28 October.
  'proj-2 2026-10': ['usage 2026-10 ai1-1-cpu 38880 min 38.88', 'total 38.88'],
};

describe('a close that is disturbed', () => {
  test('issues these statements where nothing disturbs it', async () => {
    const world = await createBusyMonth();
    await world.close();
    expect(await linesByStatement(world)).toEqual(BUSY);
  });

  test.each(['before', 'midway', 'after'] as const)(
    'that dies %s any of its table calls and is run again issues the same statements, each once',
    async (when) => {
      for (let call = 1, died = true; died; call += 1) {
        const world = await createBusyMonth();
        const mortal = createMortalTable(world.table, { call, when });
        await world
          .open(mortal.table)
          .then((context) => closeMonths(context))
          .catch((error: unknown) => {
            if (!mortal.died()) throw error;
          });
        died = mortal.died();
        await world.close();
        expect(await linesByStatement(world), `died ${when} call ${call}`).toEqual(BUSY);
        expect((await world.store.readStatementIndex('proj-1')).version).toBe(2);
      }
    },
  );

  test('issues each statement once beside another close', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await createBusyMonth();
        const table = wrapTable(world.table, async ({ name }, run) => {
          await scheduler.schedule(Promise.resolve(), name);
          return run();
        });
        const close = async () => closeMonths(await world.open(table));
        const closed = await scheduler.waitFor(Promise.all([close(), close()]));
        expect(await linesByStatement(world)).toEqual(BUSY);
        const issued = closed.flat().reduce((sum, { statements }) => sum + statements, 0);
        expect(issued).toBe(2);
      }),
      { numRuns: 30 },
    );
  });

  test('by facts that arrive meanwhile bills everything in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await createBusyMonth();
        const table = wrapTable(world.table, async ({ name }, run) => {
          await scheduler.schedule(Promise.resolve(), name);
          return run();
        });
        const tell = async (fact: Transition) => {
          const context = await world.open(table);
          await world.record(fact);
          await settle(context, fact);
        };
        await scheduler.waitFor(
          Promise.all([
            world.open(table).then((context) => closeMonths(context)),
            tell(status('job-3', 'RUNNING', '2026-10-05T07:00:00Z')),
            tell(
              status('job-4', 'RUNNING', '2026-10-30T00:00:00Z', {
                projectId: 'proj-2',
                resources: TWO_GPUS,
              }),
            ),
            tell(status('job-2', 'DONE', '2026-10-01T00:00:00Z', { projectId: 'proj-2' })),
          ]),
        );
        await world.tell(status('job-4', 'DONE', '2026-10-30T01:00:00Z', { projectId: 'proj-2' }));
        await world.closeAt('2026-12-01T02:00:00Z');
        const lines = (await allStatements(world)).flatMap(({ projectId, lines }) =>
          lines.map((line) => ({ ...line, projectId })),
        );
        const minutes = new Map<string, number>();
        for (const line of lines) {
          const key = `${line.projectId} ${line.flavor} ${line.usageMonth}`;
          minutes.set(key, (minutes.get(key) ?? 0) + line.minutes);
        }
        // Whether job 2 was ever billed for October depends on its stop; in the end it is not.
        expect(minutes.get('proj-2 ai1-1-cpu 2026-10') ?? 0).toBe(0);
        minutes.delete('proj-2 ai1-1-cpu 2026-10');
        expect(Object.fromEntries(minutes)).toEqual({
          'proj-1 ai1-1-gpu 2026-09': 240,
          'proj-1 ai1-1-gpu 2026-10': 360,
          'proj-2 ai1-1-cpu 2026-09': 1440,
          'proj-2 ai1-1-gpu 2026-10': 60,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('by a job that fails keeps the month open, while other projects get their statements', async () => {
    const world = await createWorld();
    await world.tell(running);
    // It could be billed, but its project waits for all of its jobs.
    await world.tell({ ...running, jobId: 'job-3' }, { ...done, jobId: 'job-3' });
    await world.tell(
      { ...running, jobId: 'job-2', projectId: 'proj-2' },
      { ...done, jobId: 'job-2', projectId: 'proj-2' },
    );
    world.setClock('2026-11-01T02:00:00Z');
    const failing = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#job-1#')))
        throw new Error('cannot be written');
      return run();
    });
    const failed = closeMonths(await world.open(failing));
    await expect(failed).rejects.toThrow(/2026-10 stays open.*proj-1/);
    await expect(failed).rejects.toBeInstanceOf(AggregateError);
    expect(Object.keys(await linesByStatement(world))).toEqual(['proj-2 2026-10']);
    expect(await world.store.readClosedMonths()).toEqual([]);

    await world.close();
    expect(await world.store.readClosedMonths()).toEqual(['2026-10']);
    expect(Object.keys(await linesByStatement(world))).toEqual(['proj-1 2026-10', 'proj-2 2026-10']);
    expect((await world.store.readStatementIndex('proj-2')).version).toBe(1);
  });

  test('by a month that fails does not begin the next one', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-08-05T08:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    const failing = wrapTable(world.table, async (call, run) => {
      if (isCommit(call)) throw new Error('cannot be written');
      return run();
    });
    await expect(closeMonths(await world.open(failing))).rejects.toThrow('2026-08 stays open');
    expect(await world.items('CUT#')).toHaveLength(1);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test('between its statement and the end of the month bills later facts on the next statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock('2026-11-01T02:00:00Z');
    const dying = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.pk === 'CLOSE')) throw new Error('dead');
      return run();
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    expect(await world.close()).toEqual([{ month: '2026-10', statements: 0 }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesByStatement(world)).toEqual({
      'proj-1 2026-10': ['usage 2026-10 ai1-1-gpu 300 min 19.30', 'total 19.30'],
      'proj-1 2026-11': ['correction 2026-10 ai1-1-gpu 60 min 3.86', 'total 3.86'],
    });
  });

  test('by a charge that opens again keeps its billed amount until the charge is final', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(
      status('job-2', 'RUNNING', '2026-10-06T08:00:00Z'),
      status('job-2', 'DONE', '2026-10-06T09:00:00Z'),
    );
    world.setClock('2026-12-01T02:00:00Z');
    const table = wrapTable(world.table, async (call, run) => {
      if (isCommit(call)) await world.tell(retraction(done, '2026-10-05T14:00:00Z'));
      return run();
    });
    await closeMonths(await world.open(table));
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open' }, { jobId: 'job-2' }]);
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
    await world.tell(status('job-1', 'DONE', '2026-10-05T12:00:00Z'));
    await world.closeAt('2027-01-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-12')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
  });
});
