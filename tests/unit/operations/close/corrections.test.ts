import { describe, expect, test } from 'vitest';
import type { ReportedFact } from '../../../../lib/billing/facts.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { oneCpu } from '../../billing/builders.ts';
import { billedRecords } from '../billed-records.ts';
import { createWorld, retraction, status, TWO_CPUS, TWO_GPUS } from '../world.ts';
import { allStatements, done, linesOf, running } from './issued-statements.ts';

describe('a fact that arrives after the close', () => {
  const closedOctober = async (...facts: ReportedFact[]) => {
    const world = await createWorld();
    await world.tell(...(facts.length > 0 ? facts : [running, done]));
    await world.closeAt('2026-11-01T02:00:00Z');
    const frozen = JSON.stringify(await world.items('STATEMENT'));
    world.setClock('2026-11-05T00:00:00Z');
    return {
      world,
      /** Closes November and sees that October's statement is the same to the byte. */
      async closeNovember() {
        await world.closeAt('2026-12-01T02:00:00Z');
        const october = (await world.items('STATEMENT')).filter(({ month }) => month === '2026-10');
        expect(JSON.stringify(october)).toBe(frozen);
      },
    };
  };

  test('bills more on the next statement', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
  });

  test('credits on the next statement', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'FINALIZING', '2026-10-05T12:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
  });

  test('changes nothing where the charges stay the same', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z'));
    await closeNovember();
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('that states resources before the run states its own changes nothing', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { resources: TWO_CPUS }));
    await closeNovember();
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('that states other resources in the middle of the run bills the rest of it on these', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T10:00:00Z', { resources: TWO_CPUS }));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-cpu 180 min 0.18',
      'correction 2026-10 ai1-1-gpu -180 min -11.58',
      'total -11.40',
    ]);
  });

  test('that names another flavor reverses the old line and bills the new one', async () => {
    const { world, closeNovember } = await closedOctober();
    const restated = { id: 'restated', resources: TWO_CPUS };
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', restated));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-cpu 300 min 0.30',
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.00',
    ]);
  });

  test('that names another project is of another job, and changes nothing', async () => {
    const { world, closeNovember } = await closedOctober();
    const earlier = { projectId: 'proj-2', resources: TWO_GPUS };
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', earlier));
    await closeNovember();
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('that retracts a run in the name of another project changes nothing', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell({ ...retraction(running, '2026-11-05T00:00:00Z'), projectId: 'proj-2' });
    await closeNovember();
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('moves the cost where a job is retracted and sent to another project', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(
      retraction(running, '2026-11-05T00:00:00Z'),
      retraction(done, '2026-11-05T00:00:00Z'),
      { ...running, projectId: 'proj-2' },
      { ...done, projectId: 'proj-2' },
    );
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.30',
    ]);
    expect(await linesOf(world, 'proj-2', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('that retracts a run credits all of it', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(retraction(running, '2026-11-05T00:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.30',
    ]);
    expect(await billedRecords(world.table)).toMatchObject([
      { statementId: 'statement-1' },
      { statementId: 'statement-2', replaces: { minutes: 300 } },
    ]);
  });

  test('that retracts a stop leaves the billed amount until the run has an end again', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(retraction(done, '2026-10-31T23:00:00Z'));
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open' }]);
    await world.tell(status('job-1', 'DONE', '2026-10-05T14:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
  });

  test('of a project without a statement is billed as a correction', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(
      status('job-2', 'RUNNING', '2026-10-07T08:00:00Z', { projectId: 'proj-2', resources: TWO_GPUS }),
      status('job-2', 'DONE', '2026-10-07T13:00:00Z', { projectId: 'proj-2' }),
    );
    await closeNovember();
    expect(await linesOf(world, 'proj-2', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('is a correction beside the usage of the month itself', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await world.tell(
      status('job-2', 'RUNNING', '2026-11-05T08:00:00Z'),
      status('job-2', 'DONE', '2026-11-05T13:00:00Z'),
    );
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'usage 2026-11 ai1-1-gpu 300 min 19.30',
      'total 23.16',
    ]);
  });

  test('is on a statement that lists the changed usage months in order, whenever they were marked', async () => {
    const { world } = await closedOctober();
    await world.tell(
      status('job-2', 'RUNNING', '2026-11-05T08:00:00Z'),
      status('job-2', 'DONE', '2026-11-05T13:00:00Z'),
    );
    world.setClock('2026-12-01T01:00:00Z');
    await world.tell(
      status('job-3', 'RUNNING', '2026-09-05T08:00:00Z'),
      status('job-3', 'DONE', '2026-09-05T13:00:00Z'),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).usageMonths).toEqual(['2026-09', '2026-11']);
  });

  test('never gains or loses a cent: ten minutes and ten more cost what twenty cost', async () => {
    const onOneCpu = { resources: oneCpu };
    const { world, closeNovember } = await closedOctober(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', onOneCpu),
      status('job-1', 'DONE', '2026-10-05T08:10:00Z', onOneCpu),
    );
    expect((await world.statement('proj-1', '2026-10')).total).toBe('0.01');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:50:00Z', onOneCpu));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-cpu 10 min 0.00',
      'total 0.00',
    ]);
  });

  test('is compared with the last billed charge, in the order of commits and not of statement ids', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(running, done);
    const ids = ['a', 'b', 'c'];
    const closeAt = async (iso: string) => {
      world.setClock(iso);
      await closeMonths({ ...(await world.open()), newId: () => ids.pop() ?? '' });
    };
    await closeAt('2026-11-01T02:00:00Z');
    await world.tell(
      retraction(done, '2026-11-02T00:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T12:00:00Z'),
    );
    await closeAt('2026-12-01T02:00:00Z');
    await world.tell(status('job-1', 'DONE', '2026-10-05T10:00:00Z'));
    await closeAt('2027-01-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
    expect(await linesOf(world, 'proj-1', '2026-12')).toEqual([
      'correction 2026-10 ai1-1-gpu -120 min -7.72',
      'total -7.72',
    ]);
  });

  test('is corrected once, and later months have no statement', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await closeNovember();
    await world.closeAt('2027-01-01T02:00:00Z');
    await world.closeAt('2027-02-01T02:00:00Z');
    expect((await allStatements(world)).map(({ month }) => month)).toEqual(['2026-10', '2026-11']);
  });

  test('of the month, settled by a clock that is a month ahead, is still on its statement', async () => {
    const world = await createWorld();
    world.setClock('2026-12-01T00:00:20Z');
    await world.tell(running, done);
    expect(await world.closeAt('2026-11-30T23:59:50Z')).toEqual([{ month: '2026-10', statements: 1 }]);
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
  });

  test('of the month, between its end and its close, is still on its statement', async () => {
    const world = await createWorld({ now: '2026-11-01T01:00:00Z' });
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });
});
