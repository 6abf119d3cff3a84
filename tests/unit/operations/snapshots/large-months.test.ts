import { beforeEach, describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../../../lib/billing/charges.ts';
import { MINUTE_MS } from '../../../../lib/billing/minutes.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { latestJobs } from '../../../../lib/operations/snapshots/snapshot-jobs.ts';
import { EXACT_CHARGES } from '../../../../lib/operations/snapshots/snapshot-rules.ts';
import { latestUsage } from '../../../../lib/operations/snapshots/snapshot-usage.ts';
import { takeSnapshot } from '../../../../lib/operations/snapshots/take-snapshot.ts';
import { toItem } from '../../../../lib/store/items.ts';
import { chargeKey } from '../../../../lib/store/keys.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { putsOf, type TableCall, wrapTable } from '../tables.ts';
import { at, createWorld, type World } from '../world.ts';

const OF = { projectId: 'proj-1', usageMonth: '2026-10' };
const START = at('2026-10-05T08:00:00Z');

const charge = (index: number): FinalCharge => ({
  ...{ kind: 'final', ...OF, jobId: `job-${String(index).padStart(6, '0')}`, flavor: 'ai1-1-gpu' },
  ...{ unit: 'gpu', milliUnits: 1_000, start: START, end: START + MINUTE_MS, minutes: 1 },
  openedBy: { source: 'gra', id: `a-${index}`, time: START },
  endedBy: { cause: 'fact', fact: { source: 'gra', id: `b-${index}`, time: START + MINUTE_MS } },
  ...{ tariff: '2023-02-14T00:00:00.000Z#1', pricePerHour: '1.93', amount: 1_930_000_000n },
});

/** A month with so many charges, each of a job. */
const worldOf = async (charges: number): Promise<World> => {
  const world = await createWorld({ now: '2026-10-20T12:00:00Z' });
  const items = Array.from({ length: charges }, (_, index) => charge(index)).map((one) =>
    toItem(chargeKey(one), { ...one, factsSeen: 2, tariffsSeen: 1 }),
  );
  await world.table.putEach(items);
  await world.store.markChanged('2026-10', OF, 1_900_000_000);
  return world;
};

const head = (world: World) => world.store.readSnapshotHead(OF);
const usageOf = async (world: World, table?: Table) =>
  latestUsage(await world.open(table), OF.projectId, OF.usageMonth, world.clock.now);
const exactly = async (world: World) =>
  readUsage(await world.open(), OF.projectId, OF.usageMonth, world.clock.now);
const take = async (world: World, { table = world.table, deadline = Number.POSITIVE_INFINITY } = {}) =>
  takeSnapshot(await world.open(table), OF, deadline);

const isRead = ({ name, args }: TableCall, partition: string): boolean =>
  name === 'query' && String(args[0]).startsWith(partition);
const putKeys = (call: TableCall) => putsOf(call).map(({ item }) => item.sk);
const putsUsage = (call: TableCall) => putKeys(call).some((sk) => sk.startsWith('USAGE#'));

describe('a read of a month', () => {
  test('with few charges notes nothing', async () => {
    const world = await worldOf(EXACT_CHARGES);
    expect(await usageOf(world)).toEqual(await exactly(world));
    expect(await head(world)).toBeUndefined();
  });

  test('with many charges notes that it was read, at most once a minute, and adds all up meanwhile', async () => {
    const world = await worldOf(EXACT_CHARGES + 1);
    expect(await usageOf(world)).toEqual(await exactly(world));
    const first = await head(world);
    expect(first).toEqual({ requestedAt: world.clock.now, version: 1 });
    world.clock.now += MINUTE_MS - 1;
    await usageOf(world);
    expect(await head(world)).toEqual(first);
    world.clock.now += 1;
    await usageOf(world);
    expect(await head(world)).toEqual({ requestedAt: world.clock.now, version: 2 });
  });

  test('that takes too long for all its charges is refused as being computed, but not by id', async () => {
    const world = await worldOf(EXACT_CHARGES + 1);
    const slow = wrapTable(world.table, (call, read) => {
      if (isRead(call, 'PROJECT#proj-1#')) world.clock.now += 6_000;
      return read();
    });
    const refusal = { code: 'unavailable', members: { beingComputed: true } };
    await expect(usageOf(world, slow)).rejects.toMatchObject(refusal);
    expect(await head(world)).toMatchObject({ version: 1 });
    const jobs = async (sort: 'id' | 'cost') =>
      latestJobs(await world.open(slow), OF.projectId, OF.usageMonth, world.clock.now, { sort, limit: 1 });
    await expect(jobs('cost')).rejects.toMatchObject(refusal);
    expect(await jobs('id')).toMatchObject({ jobs: [{ jobId: 'job-000000' }] });
    await take(world);
    expect((await usageOf(world, slow)).snapshot).toMatchObject({ charges: EXACT_CHARGES + 1 });
    // The first page is later than the snapshot, and there is no time for all charges.
    world.clock.now += 1;
    const after = [String(world.clock.now), '999', 'job-000000'];
    const later = latestJobs(await world.open(slow), OF.projectId, OF.usageMonth, world.clock.now, {
      ...{ sort: 'cost', limit: 1, after },
    });
    await expect(later).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ pointer: 'cursor', detail: expect.stringContaining('read it again from its first page') }],
    });
  });
});

describe('a snapshot that outlives its invocation', () => {
  let world: World;
  beforeEach(async () => {
    world = await worldOf(EXACT_CHARGES + 1);
    await usageOf(world);
  });

  const isTaken = async () => {
    const { snapshot, ...usage } = await usageOf(world);
    expect(snapshot).toMatchObject({ takenAt: '2026-10-20T12:00:00.000Z', charges: EXACT_CHARGES + 1 });
    world.setClock('2026-10-20T12:00:00Z');
    expect(usage).toEqual(await exactly(world));
  };

  test('is handed over after each block, after the last one too, and goes on under its id', async () => {
    const deadline = world.clock.now;
    expect(await take(world, { deadline })).toBe('handed over');
    const first = await head(world);
    expect(first?.taking).toMatchObject({ charges: 5_000, blocks: 1, jobs: 5_000, leaseUntil: 0 });
    expect((await usageOf(world)).snapshot).toBeUndefined();
    world.clock.now += MINUTE_MS;
    expect(await take(world, { deadline })).toBe('handed over');
    const second = await head(world);
    expect(second?.taking).toMatchObject({ charges: EXACT_CHARGES + 1, blocks: 2, isWhole: true });
    expect(second?.taking?.id).toBe(first?.taking?.id);
    world.clock.now += MINUTE_MS;
    // Adding up is what has its turn: no time for anything else would be no reason to put it off.
    const written: string[] = [];
    const table = wrapTable(world.table, (call, run) => {
      written.push(...putKeys(call));
      return run();
    });
    expect(await take(world, { table, deadline })).toBe('taken');
    expect(written.filter((sk) => sk !== 'proj-1#2026-10')).toEqual([
      expect.stringMatching(/^USAGE#[^#]+#0000$/),
    ]);
    expect(await head(world)).toMatchObject({ snapshot: { id: first?.taking?.id } });
    await isTaken();
  });

  test('is begun again if it was handed over for half an hour, or a statement was issued since', async () => {
    await take(world, { deadline: world.clock.now });
    const first = await head(world);
    world.clock.now += 30 * MINUTE_MS;
    await take(world, { deadline: world.clock.now });
    const second = await head(world);
    expect(second?.taking?.takenAt).toBe(world.clock.now);
    expect(second?.taking?.id).not.toBe(first?.taking?.id);
    world.setClock('2026-11-01T06:00:00Z');
    await take(world, { deadline: 0 });
    await take(world, { deadline: 0 });
    const whole = await head(world);
    expect(whole?.taking?.isWhole).toBe(true);
    await world.closeAt('2026-11-01T06:10:00Z');
    expect(await take(world)).toBe('taken');
    expect((await head(world))?.snapshot?.id).not.toBe(whole?.taking?.id);
  });

  test('is added up by another under its id after a crash while it was added up, and only then', async () => {
    const dying = (isLast: (call: TableCall) => boolean) =>
      wrapTable(world.table, (call, run) => (isLast(call) ? Promise.reject(new Error('died')) : run()));
    const whileAdding = dying(putsUsage);
    await expect(take(world, { table: whileAdding })).rejects.toThrow('died');
    const first = await head(world);
    expect(await take(world)).toBe('not due');
    world.clock.now += 2 * MINUTE_MS;
    const noCharges = wrapTable(world.table, (call, run) => {
      expect(isRead(call, 'PROJECT#proj-1#2026-10')).toBe(false);
      return run();
    });
    expect(await take(world, { table: noCharges })).toBe('taken');
    expect((await head(world))?.snapshot?.id).toBe(first?.taking?.id);
    await isTaken();
    // While charges are written: a block may still be on its way.
    const whileWriting = dying((call) => putKeys(call).includes('CHARGES#000001'));
    await expect(take(world, { table: whileWriting })).rejects.toThrow('died');
    const other = (await head(world))?.taking;
    world.clock.now += 2 * MINUTE_MS;
    expect(await take(world)).toBe('taken');
    expect((await head(world))?.snapshot?.id).not.toBe(other?.id);
  });

  test('keeps its lease while it is added up', async () => {
    await take(world, { deadline: 0 });
    await take(world, { deadline: 0 });
    let isLeased: boolean | undefined;
    const slow = wrapTable(world.table, async (call, run) => {
      if (isRead(call, 'SNAPSHOT#')) world.clock.now += 3 * MINUTE_MS;
      if (putsUsage(call)) isLeased = ((await head(world))?.taking?.leaseUntil ?? 0) > world.clock.now;
      return run();
    });
    expect(await take(world, { table: slow })).toBe('taken');
    expect(isLeased).toBe(true);
  });
});
