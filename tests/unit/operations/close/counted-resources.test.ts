import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../../lib/billing/facts.ts';
import { readJob } from '../../../../lib/operations/reads/read-job.ts';
import { readStatementCharges } from '../../../../lib/operations/reads/read-statements.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import type { BilledCharge } from '../../../../lib/shapes/charge.ts';
import { gpus } from '../../billing/builders.ts';
import { createWorld, jobRef, status, TARIFF, TWO_GPUS, type World } from '../world.ts';
import { linesOf } from './issued-statements.ts';

const billedCharges = async (world: World, month: string): Promise<BilledCharge[]> => {
  const page = await readStatementCharges(await world.open(), 'proj-1', month, { limit: 100 });
  return page.charges.filter((charge) => 'end' in charge);
};

const jobOf = async (world: World, jobId = 'job-1') =>
  readJob(await world.open(), jobRef(jobId), world.clock.now);

const HALF_A_GPU: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500 } };

describe('a job that grows and shrinks while it runs', () => {
  test('is billed for what it ran on: an hour each on 1, 4 and 2 GPUs is 13.51', async () => {
    const world = await createWorld();
    const states = [1, 4, 2].map((count, index) =>
      status('job-1', 'RUNNING', `2026-10-05T${10 + index}:00:00Z`, { resources: gpus(count) }),
    );
    await world.tell(...states, status('job-1', 'DONE', '2026-10-05T13:00:00Z', {}));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 180 min 13.51',
      'total 13.51',
    ]);
    const [line] = (await world.statement('proj-1', '2026-10')).lines;
    expect(line).toMatchObject({ milliUnitMinutes: 420_000 });
    expect(
      (await billedCharges(world, '2026-10')).map(({ units, minutes, statedBy, openedBy, endedBy }) => [
        units,
        minutes,
        statedBy?.id,
        openedBy.id,
        endedBy.cause,
      ]),
    ).toEqual([
      [1, 60, states[0]?.id, states[0]?.id, 'resources change'],
      [4, 60, states[1]?.id, states[0]?.id, 'resources change'],
      [2, 60, states[2]?.id, states[0]?.id, 'fact'],
    ]);
    expect(await jobOf(world)).toMatchObject({ cost: '13.51', resources: { gpu: 2 } });
  });

  test('is corrected where a change arrives after the close', async () => {
    const world = await createWorld();
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', { resources: gpus(1) }),
      status('job-1', 'DONE', '2026-10-05T11:00:00Z', {}),
    );
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T09:00:00Z', { resources: gpus(4) }));
    await world.closeAt('2026-12-01T02:00:00Z');
    // The minutes stay; six GPU hours are added.
    const { lines, total } = await world.statement('proj-1', '2026-11');
    expect(lines).toMatchObject([{ kind: 'correction', minutes: 0, milliUnitMinutes: 360_000 }]);
    expect(total).toBe('11.58');
  });
});

describe('half a GPU', () => {
  test('an hour is 0.965 exactly, and the line rounds once', async () => {
    const world = await createWorld();
    for (const jobId of ['job-1', 'job-2', 'job-3'])
      await world.tell(
        status(jobId, 'RUNNING', '2026-10-05T08:00:00Z', { resources: HALF_A_GPU }),
        status(jobId, 'DONE', '2026-10-05T09:00:00Z', {}),
      );
    expect(await jobOf(world)).toMatchObject({
      charges: [{ units: 0.5, unitMinutes: 30, amountTimes60: '57.9' }],
      cost: '0.97',
    });
    await world.closeAt('2026-11-01T02:00:00Z');
    // Three times 0.965 is 2.895, not three times 0.97.
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 180 min 2.90',
      'total 2.90',
    ]);
    expect((await billedCharges(world, '2026-10')).map(({ amountTimes60 }) => amountTimes60)).toEqual([
      '57.9',
      '57.9',
      '57.9',
    ]);
  });

  test('is on the line of whole ones with the same price', async () => {
    const world = await createWorld();
    for (const [jobId, resources] of [
      ['job-1', HALF_A_GPU],
      ['job-2', TWO_GPUS],
    ] as const)
      await world.tell(
        status(jobId, 'RUNNING', '2026-10-05T08:00:00Z', { resources }),
        status(jobId, 'DONE', '2026-10-05T08:01:00Z', {}),
      );
    const { lines, total } = await readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now);
    expect(lines).toMatchObject([{ minutes: 2, unitMinutes: 2.5, amount: '0.08' }]);
    expect(total).toBe('0.08');
  });
});

describe('a run that the lifecycle forbids to begin', () => {
  const start = status('job-1', 'RUNNING', '2026-10-05T12:00:00Z');
  const createHeld = async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T09:00:00Z'),
      start,
    );
    return world;
  };
  const HELD = { from: '2026-10-05T12:00:00.000Z', cause: 'forbidden step' };

  test('is held whole: in usage, on the job and on the statement, with its cause and no minutes', async () => {
    const world = await createHeld();
    const usage = await readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now);
    expect(usage).toMatchObject({
      total: '3.86',
      lines: [{ minutes: 60 }],
      running: { count: 0 },
      held: { count: 1, charges: [{ jobId: 'job-1', minutes: 0, held: HELD }] },
    });
    expect(await jobOf(world)).toMatchObject({
      cost: '3.86',
      intervals: [{ minutes: 60 }, { minutes: 0, held: HELD }],
      warnings: [
        expect.stringContaining('unexpected step from DONE to RUNNING'),
        expect.stringContaining('held from 2026-10-05T12:00:00.000Z'),
      ],
    });
    await world.closeAt('2026-11-01T02:00:00Z');
    const october = await world.statement('proj-1', '2026-10');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
    expect(october.held).toEqual({
      count: 1,
      charges: [
        {
          ...{ jobId: 'job-1', usageMonth: '2026-10', start: start.time, minutes: 0, flavor: 'ai1-1-gpu' },
          held: { from: start.time, cause: 'forbidden step' },
        },
      ],
    });
  });

  test('is corrected on the next statement when its stop arrives', async () => {
    const world = await createHeld();
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'DONE', '2026-10-05T14:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 120 min 7.72',
      'total 7.72',
    ]);
    expect((await world.statement('proj-1', '2026-11')).held.count).toBe(0);
    expect(await billedCharges(world, '2026-11')).toMatchObject([
      { minutes: 120, replaces: { minutes: 0, held: HELD } },
    ]);
  });

  test('runs on once the step that it lacked is reported', async () => {
    const world = await createHeld();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T11:00:00Z', {}));
    const usage = await readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now);
    expect(usage).toMatchObject({
      lines: [{ minutes: 60 + 720 }],
      running: { count: 1 },
      held: { count: 0 },
    });
  });
});

describe('labels', () => {
  const LABELS = { 10: 'ten', 2: 'two', team: 'vision' };

  test('are those stated first, on every charge, running, ended and billed', async () => {
    const world = await createWorld({ now: '2026-10-05T10:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', { resources: TWO_GPUS, labels: LABELS }),
    );
    expect(await jobOf(world)).toMatchObject({ labels: LABELS, charges: [{ labels: LABELS }] });
    await world.tell(status('job-1', 'DONE', '2026-10-05T09:00:00Z', { labels: { team: 'other' } }));
    expect(await jobOf(world)).toMatchObject({
      labels: LABELS,
      charges: [{ labels: LABELS }],
      warnings: [expect.stringContaining('states other labels')],
    });
    await world.closeAt('2026-11-01T02:00:00Z');
    expect((await billedCharges(world, '2026-10')).map(({ labels }) => labels)).toEqual([LABELS]);
  });

  test('that arrive after a close change no price, and bill nothing again', async () => {
    const world = await createWorld();
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T09:00:00Z'),
    );
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { labels: LABELS }));
    expect(await jobOf(world)).toMatchObject({ charges: [{ labels: LABELS }], cost: '3.86' });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });
});

describe('a job that states no count of the unit its flavor is priced by', () => {
  test('is unrated, says so, and is billed when the count arrives', async () => {
    const world = await createWorld();
    const cpusOnly: Resources = { flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000 } };
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', { resources: cpusOnly }),
      status('job-1', 'DONE', '2026-10-05T09:00:00Z', {}),
    );
    const unrated = await jobOf(world);
    expect(unrated).toMatchObject({ cost: '0.00', charges: [{ unit: 'gpu', minutes: 60 }] });
    for (const member of ['units', 'unitMinutes', 'pricePerHour'])
      expect(unrated?.charges[0]).not.toHaveProperty(member);
    expect(unrated?.warnings).toEqual([
      'no count of gpu yet: ai1-1-gpu is priced per gpu, and billed once the job states one',
    ]);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.statement('proj-1', '2026-10')).toMatchObject({
      lines: [],
      total: '0.00',
      unrated: { count: 1, charges: [{ jobId: 'job-1', minutes: 60, flavor: 'ai1-1-gpu' }] },
    });
    const counted = { id: 'counted', resources: gpus(1) };
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', counted));
    expect(await jobOf(world)).toMatchObject({ cost: '1.93', warnings: [] });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 1.93',
      'total 1.93',
    ]);
  });

  test('is billed by the count it states once a tariff prices that one', async () => {
    const prices = { 'ai1-1-gpu': { unit: 'node', pricePerHour: '3' } } as const;
    const world = await createWorld({ tariffs: [{ ...TARIFF, prices }] });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T09:00:00Z'),
    );
    expect((await jobOf(world))?.warnings).toEqual([expect.stringContaining('no count of node yet')]);
    await world.store.publishTariff({ ...TARIFF, revision: 2 });
    await world.settle(jobRef('job-1'));
    expect(await jobOf(world)).toMatchObject({ cost: '3.86', warnings: [] });
  });
});
