import { describe, expect, test } from 'vitest';
import type { Status } from '../../../../lib/billing/statuses.ts';
import type { Tariff } from '../../../../lib/billing/tariff.ts';
import type { TariffChanges } from '../../../../lib/operations/tariffs/changes.ts';
import {
  type DraftTariff,
  type PublishOptions,
  publishTariff,
} from '../../../../lib/operations/tariffs/publish.ts';
import type { Item } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, status, TARIFF, TWO_CPUS, type World } from '../world.ts';

const NOW = '2026-10-15T12:00:00Z';
const NEXT_MONTH = '2026-11-01T00:00:00Z';
const ONE_NEW_FLAVOR = pricesOf({ 'ai2-h100-gpu': '4.00' });

const { revision: _, ...IN_FORCE } = TARIFF;
const draft = (effectiveFrom: string, changed: Partial<Tariff>): DraftTariff => ({
  ...IN_FORCE,
  ...{ name: 'new', effectiveFrom: at(effectiveFrom) },
  ...changed,
});

/** Publishes with what is shown before; `changes` is also there if it is refused. */
const publish = async (world: World, tariff: DraftTariff, options: PublishOptions = {}) => {
  let changes: TariffChanges | undefined;
  const onChanges = (read: TariffChanges) => {
    changes = read;
  };
  const outcome = await publishTariff(await world.open(), tariff, { onChanges, ...options }).catch(
    (error: unknown) => error,
  );
  if (!changes) throw new Error('nothing was shown');
  return { changes, outcome };
};

/** Two GPUs for an hour of this month, and two CPUs that have run for two hours. */
const createUsedWorld = async () => {
  const world = await createWorld({ now: NOW });
  await world.tell(
    status('done', 'RUNNING', '2026-10-10T08:00:00Z'),
    status('done', 'DONE', '2026-10-10T09:00:00Z'),
    status('runs', 'RUNNING', '2026-10-15T10:00:00Z', { resources: TWO_CPUS }),
  );
  return world;
};

describe('a flavor that a tariff drops', () => {
  test('is refused while a job runs on it or is not billed yet, with what depends on it and what to do', async () => {
    const world = await createUsedWorld();
    const { outcome } = await publish(world, draft(NEXT_MONTH, { prices: ONE_NEW_FLAVOR }));
    expect(outcome).toMatchObject({
      code: 'conflict',
      message:
        'the tariff has no price for flavors in use, whose time would be unrated from 2026-11-01T00:00:00.000Z: ' +
        'add their prices to the file, or drop them with --drop ai1-1-cpu --drop ai1-1-gpu',
      errors: [
        {
          pointer: '/prices/ai1-1-cpu',
          detail: 'prices.ai1-1-cpu is missing: 1 job uses it, 1 running, 0.12 EUR not billed yet',
        },
        {
          pointer: '/prices/ai1-1-gpu',
          detail: 'prices.ai1-1-gpu is missing: 1 job uses it, 0 running, 3.86 EUR not billed yet',
        },
      ],
    });
    expect(await world.store.readTariffs()).toEqual([TARIFF]);
  });

  test('is refused also by a caller that shows nothing', async () => {
    const world = await createUsedWorld();
    await expect(
      publishTariff(await world.open(), draft(NEXT_MONTH, { prices: ONE_NEW_FLAVOR })),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await world.store.readTariffs()).toEqual([TARIFF]);
  });

  test('is dropped where it is named, and each one in use has to be', async () => {
    const world = await createUsedWorld();
    const next = draft(NEXT_MONTH, { prices: ONE_NEW_FLAVOR });
    expect((await publish(world, next, { drop: ['ai1-1-cpu'] })).outcome).toMatchObject({
      errors: [{ pointer: '/prices/ai1-1-gpu' }],
    });
    const drop = ['ai1-1-gpu', 'ai1-1-cpu'];
    expect((await publish(world, next, { drop })).outcome).toMatchObject({ outcome: 'published' });
  });

  test('is dropped without a word where no job uses it: all are billed, and ended before', async () => {
    const world = await createUsedWorld();
    await world.tell(status('runs', 'DONE', '2026-10-15T11:00:00Z', { resources: TWO_CPUS }));
    await world.closeAt('2026-11-01T02:00:00Z');
    const next = draft('2026-12-01T00:00:00Z', { prices: ONE_NEW_FLAVOR });
    expect((await publish(world, next)).outcome).toMatchObject({ outcome: 'published' });
  });

  test('is in use by billed time too, from the start of a tariff in the past', async () => {
    const world = await createUsedWorld();
    await world.tell(status('runs', 'DONE', '2026-10-15T11:00:00Z', { resources: TWO_CPUS }));
    await world.closeAt('2026-11-01T02:00:00Z');
    const past = draft('2026-10-12T00:00:00Z', { prices: ONE_NEW_FLAVOR });
    const { outcome, changes } = await publish(world, past, { backdate: true });
    expect(outcome).toMatchObject({ code: 'conflict', errors: [{ pointer: '/prices/ai1-1-cpu' }] });
    expect(changes.months).toMatchObject([
      { usageMonth: '2026-10', closed: true, before: '3.92', after: '3.86', difference: '-0.06' },
    ]);
  });

  test('is one that the revision before has, if the tariff is another revision', async () => {
    const world = await createUsedWorld();
    const corrected = draft('2023-02-14T00:00:00Z', { prices: ONE_NEW_FLAVOR });
    const { outcome, changes } = await publish(world, corrected, { backdate: true });
    expect(outcome).toMatchObject({
      code: 'conflict',
      errors: [{ pointer: '/prices/ai1-1-cpu' }, { pointer: '/prices/ai1-1-gpu' }],
    });
    expect(changes.replaces).toMatchObject({ tariff: '2023-02-14T00:00:00.000Z#1' });
  });

  test('is in use by a job whose time is held: its stop may be reported', async () => {
    const world = await createUsedWorld();
    await world.closeAt('2026-12-01T02:00:00Z');
    const next = draft('2027-01-01T00:00:00Z', { prices: pricesOf({ 'ai1-1-gpu': '1.93' }) });
    const { outcome, changes } = await publish(world, next);
    expect(outcome).toMatchObject({ code: 'conflict' });
    expect(changes.prices).toMatchObject([{ flavor: 'ai1-1-cpu', jobs: 1, running: 0 }]);
  });

  test('is in use by a job that waits to run on it', async () => {
    const world = await createWorld({ now: NOW });
    const waits = (entered: Status, time: string) => status('waits', entered, time, { resources: TWO_CPUS });
    await world.tell(waits('QUEUED', '2026-10-15T11:00:00Z'));
    const next = draft(NEXT_MONTH, { prices: pricesOf({ 'ai1-1-gpu': '1.93' }) });
    expect((await publish(world, next)).changes.prices).toMatchObject([{ jobs: 1, running: 0 }]);
    await world.tell(waits('FAILED', '2026-10-15T11:10:00Z'));
    expect((await publish(world, next)).changes.prices).toMatchObject([{ jobs: 0 }]);
  });

  test('is not in use from now on where a published tariff takes over before now', async () => {
    const world = await createUsedWorld();
    await world.store.publishTariff({ ...TARIFF, effectiveFrom: at('2026-10-14T00:00:00Z') });
    const past = draft('2026-10-12T00:00:00Z', { prices: ONE_NEW_FLAVOR });
    const { outcome, changes } = await publish(world, past, { backdate: true });
    expect(outcome).toMatchObject({ outcome: 'published' });
    expect(changes.prices.map(({ jobs, running }) => [jobs, running])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(changes.replacedBy).toMatchObject({
      tariff: '2026-10-14T00:00:00.000Z#1',
      drops: ['ai2-h100-gpu'],
    });
  });

  test('is found by the tariffs of the moment of writing: another one may be published meanwhile', async () => {
    const world = await createUsedWorld();
    const added = { ...TARIFF, prices: { ...TARIFF.prices, ...ONE_NEW_FLAVOR }, revision: 2 };
    await world.tell(
      status('h100', 'RUNNING', '2026-10-15T11:00:00Z', {
        resources: { flavor: 'ai2-h100-gpu', milliUnits: { gpu: 1_000 } },
      }),
    );
    const shown: number[] = [];
    const published = publishTariff(await world.open(), draft(NEXT_MONTH, { prices: TARIFF.prices }), {
      onChanges: ({ tariffsSeen }) => {
        // Ends before the tariffs are read again.
        if (shown.push(tariffsSeen) === 1) void world.store.publishTariff(added);
      },
    });
    await expect(published).rejects.toMatchObject({ errors: [{ pointer: '/prices/ai2-h100-gpu' }] });
    expect(shown).toEqual([1, 2]);
  });
});

describe('before a tariff is published', () => {
  test('its prices are shown: added, changed, dropped, and what depends on each', async () => {
    const world = await createUsedWorld();
    const prices = { ...pricesOf({ 'ai1-1-cpu': '0.05' }), ...ONE_NEW_FLAVOR };
    const { changes } = await publish(world, draft(NEXT_MONTH, { prices, maxSilenceMs: 86_400_000 }));
    const cpu = (pricePerHour: string) => ({ unit: 'cpu', pricePerHour });
    expect(changes).toEqual({
      ...{ tariff: '2026-11-01T00:00:00.000Z#1', name: 'new', effectiveFrom: '2026-11-01T00:00:00.000Z' },
      replaces: { tariff: '2023-02-14T00:00:00.000Z#1', name: 'running time' },
      ...{ tariffsSeen: 1, asOf: '2026-10-15T12:00:00.000Z', currency: 'EUR' },
      prices: [
        {
          ...{ flavor: 'ai1-1-cpu', change: 'changed', before: cpu('0.03'), after: cpu('0.05') },
          ...{ jobs: 1, running: 1, unrated: { before: 0, after: 0 }, unbilled: '0.12' },
          perHour: { before: '0.06', after: '0.1' },
        },
        {
          ...{ flavor: 'ai1-1-gpu', change: 'dropped', before: TARIFF.prices['ai1-1-gpu'] },
          ...{ jobs: 1, running: 0, unrated: { before: 0, after: 0 }, unbilled: '3.86' },
          perHour: { before: '0', after: '0' },
        },
        {
          ...{ flavor: 'ai2-h100-gpu', change: 'added', after: ONE_NEW_FLAVOR['ai2-h100-gpu'] },
          ...{ jobs: 0, running: 0, unrated: { before: 0, after: 0 }, unbilled: '0.00' },
          perHour: { before: '0', after: '0' },
        },
      ],
      rules: { maxSilence: { before: 'P28D', after: 'P1D' } },
      ...{ jobsSettled: 0, months: [] },
    });
  });

  test('the difference that backdating makes is that of the statements, and jobs are settled as announced', async () => {
    const world = await createUsedWorld();
    const past = draft('2026-10-10T08:30:00Z', {
      prices: pricesOf({ 'ai1-1-cpu': '0.05', 'ai1-1-gpu': '2.5' }),
    });
    const { changes, outcome } = await publish(world, past, { backdate: true });
    // 30 minutes of two GPUs at 2.50 for 1.93, two hours of two CPUs at 0.05 for 0.03.
    expect(changes.months).toEqual([
      {
        ...{ usageMonth: '2026-10', closed: false, unratedMinutes: { before: 0, after: 0 } },
        ...{ before: '3.98', after: '4.63', difference: '0.65' },
      },
    ]);
    // The charge of the running job has no price yet.
    expect([changes.jobsSettled, outcome]).toEqual([1, expect.objectContaining({ outcome: 'published' })]);
    await world.tell(status('runs', 'DONE', NOW, { resources: TWO_CPUS }));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.statement('proj-1', '2026-10')).toMatchObject({ total: '4.63' });
  });

  test('a unit that jobs do not count is shown as unrated time', async () => {
    const world = await createUsedWorld();
    const prices = { ...TARIFF.prices, 'ai1-1-cpu': { unit: 'node' as const, pricePerHour: '0.10' } };
    const { changes } = await publish(world, draft('2026-10-15T11:00:00Z', { prices }), { backdate: true });
    expect(changes.prices).toMatchObject([{ flavor: 'ai1-1-cpu', unrated: { before: 0, after: 1 } }]);
    expect(changes.months).toMatchObject([{ difference: '-0.06', unratedMinutes: { before: 0, after: 60 } }]);
  });

  test('a job whose charges cannot be derived is one to settle, and stops nothing', async () => {
    const world = await createUsedWorld();
    const [item] = await world.items('EVENT#');
    await world.table.put({ item: { ...(item as Item), time: 'never' } });
    const past = draft('2026-10-15T11:00:00Z', { maxRunningMs: 3_600_000 });
    const { changes, outcome } = await publish(world, past, { backdate: true });
    expect(changes.jobsSettled).toBe(1);
    expect(outcome).toMatchObject({ outcome: 'published', jobsParked: 1 });
  });

  test('a dry run shows and refuses the same, and writes nothing', async () => {
    const world = await createUsedWorld();
    const puts: string[] = [];
    const watched = wrapTable(world.table, async ({ name }, run) => {
      if (!['get', 'query', 'scan'].includes(name)) puts.push(name);
      return run();
    });
    const context = { ...(await world.open()), store: (await world.open(watched)).store };
    puts.splice(0);
    const dryRun = (tariff: DraftTariff, options: PublishOptions = {}) =>
      publishTariff(context, tariff, { dryRun: true, ...options });
    const next = draft(NEXT_MONTH, { prices: ONE_NEW_FLAVOR });
    await expect(dryRun(next)).rejects.toMatchObject({ code: 'conflict' });
    await expect(dryRun({ ...next, effectiveFrom: at(NOW) })).rejects.toMatchObject({
      errors: [{ pointer: '/effectiveFrom' }],
    });
    const drop = ['ai1-1-cpu', 'ai1-1-gpu'];
    const past = draft('2026-10-10T00:00:00Z', { prices: ONE_NEW_FLAVOR });
    for (const tariff of [next, past])
      expect(await dryRun(tariff, { drop, backdate: true })).toEqual({
        ...{ tariff: expect.stringContaining('#1'), outcome: 'dry run', jobsSettled: 0, jobsParked: 0 },
      });
    expect(await dryRun(IN_FORCE, { backdate: true })).toMatchObject({ outcome: 'unchanged' });
    expect(puts).toEqual([]);
  });

  test('the hour before its start is counted when all jobs are read', async () => {
    const world = await createUsedWorld();
    const inAnHour = draft('2026-10-15T13:00:00Z', { name: 'in time' });
    const { outcome } = await publish(world, inAnHour, {
      onJobsRead: () => {
        world.clock.now += 1;
      },
    });
    expect(outcome).toMatchObject({ errors: [{ pointer: '/effectiveFrom' }] });
  });
});
