import { describe, expect, test } from 'vitest';
import { pricesOf } from '../../billing/builders.ts';
import { at, status, TARIFF } from '../world.ts';
import { createBudgetWorld, spent } from './budget-world.ts';

/** A job on n GPUs costs n a minute. */
const ONE_A_MINUTE = { ...TARIFF, prices: pricesOf({ gpu: '60' }) };

const on = (gpus: number, said: Parameters<typeof status>[3] = {}) => ({
  resources: { flavor: 'gpu', milliUnits: { gpu: gpus * 1_000 } },
  ...said,
});
const running = (jobId: string, time: string, said = on(1)) => status(jobId, 'RUNNING', time, said);

/** Ten minutes before the end of the month, jobs of 1, 2 and 4 a minute begin. */
const withThreeJobs = async () => {
  const world = await createBudgetWorld({ now: '2026-11-30T23:40:00Z', tariffs: [ONE_A_MINUTE] });
  await world.deliver(
    running('one', '2026-11-30T23:50:00Z', on(1)),
    running('two', '2026-11-30T23:50:00Z', on(2)),
    running('four', '2026-11-30T23:50:00Z', on(4)),
  );
  return world;
};

describe('a budget that stops jobs', () => {
  test('requests that the costliest stop until the rest of the month fits in the amount', async () => {
    const world = await withThreeJobs();
    // 7 a minute: after one minute 7 are spent, and the jobs of 1 and 2 cost 27 more.
    await world.setBudget({ minor: 34_00n, thresholds: [spent(20, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect(await world.stopped()).toEqual(['four']);
  });

  test('and one more where a cent less is left', async () => {
    const world = await withThreeJobs();
    await world.setBudget({ minor: 33_99n, thresholds: [spent(20, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect((await world.stopped()).sort()).toEqual(['four', 'two']);
  });

  test('stops none that a limit ends in time', async () => {
    const world = await createBudgetWorld({ now: '2026-11-30T23:40:00Z', tariffs: [ONE_A_MINUTE] });
    await world.deliver(
      running('long', '2026-11-30T23:50:00Z', on(1)),
      running('short', '2026-11-30T23:50:00Z', on(4, { timeoutMs: 120_000 })),
    );
    // 10 of the long one and 8 of the short one.
    await world.setBudget({ minor: 18_00n, thresholds: [spent(20, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect(await world.stopped()).toEqual([]);
    expect(await world.fired()).toHaveLength(1);
  });

  test('takes it that a job goes on beyond the silence after which it is held', async () => {
    const tariff = { ...ONE_A_MINUTE, maxSilenceMs: 120_000 };
    const world = await createBudgetWorld({ now: '2026-11-30T23:40:00Z', tariffs: [tariff] });
    await world.deliver(running('a', '2026-11-30T23:50:00Z'));
    // 10 to the end of the month, 2 to the end of what is believed without a sign of life.
    await world.setBudget({ minor: 9_99n, thresholds: [spent(10, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect(await world.stopped()).toEqual(['a']);
  });

  test('stops none that costs nothing, though the amount is spent already', async () => {
    const world = await withThreeJobs();
    const unpriced = { resources: { flavor: 'unpriced', milliUnits: { gpu: 1_000 } } };
    await world.deliver(running('free', '2026-11-30T23:50:00Z', unpriced));
    await world.setBudget({ minor: 5_00n, thresholds: [spent(100, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect((await world.stopped()).sort()).toEqual(['four', 'one', 'two']);
  });

  test('stops all jobs of the budget if it says so, and no other', async () => {
    const world = await withThreeJobs();
    const label = { key: 'team', value: 'vision' };
    await world.deliver(
      running('labelled', '2026-11-30T23:50:00Z', on(1, { labels: { team: 'vision' } })),
      running('free', '2026-11-30T23:50:00Z', {
        resources: { flavor: 'unpriced', milliUnits: { gpu: 1_000 } },
        labels: { team: 'vision' },
      }),
    );
    await world.setBudget({ minor: 100_00n, label, stops: 'all', thresholds: [spent(1, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect((await world.stopped()).sort()).toEqual(['free', 'labelled']);
  });

  test('says why, what it costs, and which event began the run', async () => {
    const world = await withThreeJobs();
    await world.setBudget({ minor: 34_00n, thresholds: [spent(20, 'stop')] });
    await world.check('2026-11-30T23:51:00Z');
    expect((await world.events()).find(({ type }) => type === 'job.stop.requested')).toMatchObject({
      id: 'job.stop.requested/proj-1/four/monthly/2026-11/6.80/2026-11-30T23:50:00.000Z',
      topic: { kind: 'job', projectId: 'proj-1', jobId: 'four' },
      ...{ sequence: 1, subject: 'four', time: at('2026-11-30T23:51:00Z') },
      data: {
        ...{ projectId: 'proj-1', jobId: 'four', budget: 'monthly', month: '2026-11' },
        reason: 'the budget monthly of 2026-11 stops jobs at 6.80 EUR: 7.00 EUR is spent',
        ...{ spent: '7.00', amount: '34.00', currency: 'EUR', costPerHour: '240' },
        openedBy: { source: 'https://gra.training.example', time: '2026-11-30T23:50:00.000Z' },
      },
    });
  });

  test('requests it of the same run again once a raised amount is spent', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    const set = (minor: bigint) => world.setBudget({ minor, stops: 'all', thresholds: [spent(100, 'stop')] });
    await set(10_00n);
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:10:00Z');
    await set(20_00n);
    await world.check('2026-11-10T12:15:00Z');
    expect(await world.stopped()).toEqual(['a']);
    await world.check('2026-11-10T12:20:00Z');
    expect(await world.stopped()).toEqual(['a', 'a']);
  });

  test('requests it of the same run again at each further threshold that stops', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    const thresholds = [spent(50, 'stop'), spent(100, 'stop')];
    await world.setBudget({ minor: 10_00n, stops: 'all', thresholds });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:05:00Z');
    expect(await world.stopped()).toEqual(['a']);
    await world.check('2026-11-10T12:10:00Z');
    expect(await world.stopped()).toEqual(['a', 'a']);
  });

  test('knows what a job costs whose start is stamped a little ahead', async () => {
    const world = await createBudgetWorld({ now: '2026-11-30T23:40:00Z', tariffs: [ONE_A_MINUTE] });
    await world.deliver(
      running('one', '2026-11-30T23:50:00Z', on(1)),
      running('four', '2026-11-30T23:55:30Z', on(4)),
    );
    // 10 of the first one and 20 of the other.
    await world.setBudget({ minor: 29_99n, thresholds: [spent(10, 'stop')] });
    await world.check('2026-11-30T23:55:00Z');
    expect(await world.stopped()).toEqual(['four']);
  });

  test('requests it once a run: again of a job that was restarted, and of jobs that start later', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    await world.setBudget({ minor: 10_00n, stops: 'all', thresholds: [spent(100, 'stop')] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:10:00Z');
    await world.deliver(running('a', '2026-11-10T12:10:10Z'));
    await world.check('2026-11-10T12:11:00Z');
    expect(await world.stopped()).toEqual(['a']);
    await world.deliver(
      status('a', 'RESTARTING', '2026-11-10T12:12:00Z', on(1)),
      running('a', '2026-11-10T12:13:00Z'),
      running('b', '2026-11-10T12:13:00Z'),
    );
    await world.check('2026-11-10T12:14:00Z');
    expect((await world.stopped()).sort()).toEqual(['a', 'a', 'b']);
    // No job has stopped: only its own events say so.
    expect((await world.charges('proj-1', '2026-11')).filter(({ kind }) => kind === 'open')).toHaveLength(2);
  });

  test('stops nothing any more once late facts take spending back, or it is raised', async () => {
    const world = await createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE] });
    await world.setBudget({ minor: 10_00n, stops: 'all', thresholds: [spent(100, 'stop')] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:10:00Z');
    await world.deliver(status('a', 'DONE', '2026-11-10T12:01:00Z', on(1)));
    await world.deliver(running('b', '2026-11-10T12:10:00Z'));
    await world.check('2026-11-10T12:12:00Z');
    expect(await world.stopped()).toEqual(['a']);
    // It is over the threshold again, which does not fire again, and stops.
    await world.check('2026-11-10T12:20:00Z');
    expect(await world.stopped()).toEqual(['a', 'b']);
    expect(await world.fired()).toHaveLength(1);
    await world.setBudget({ minor: 100_00n, stops: 'all', thresholds: [spent(100, 'stop')] });
    await world.deliver(running('c', '2026-11-10T12:20:00Z'));
    await world.check('2026-11-10T12:21:00Z');
    expect(await world.stopped()).toEqual(['a', 'b']);
  });
});
