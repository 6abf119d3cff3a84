import { describe, expect, test } from 'vitest';
import { acquireShard, isFree } from '../../../../lib/operations/close/shard-lease.ts';
import type { ShardProgress } from '../../../../lib/store/close-progress.ts';
import type { Put } from '../../../../lib/store/table.ts';
import { putsOf, wrapTable } from '../tables.ts';
import { at, createWorld } from '../world.ts';

const MONTH = '2026-10';
const NOW = at('2026-11-01T06:00:00Z');
const HEARTBEAT_MS = 20_000;
const LEASE_MS = 120_000;

const BEGUN: ShardProgress = {
  ...{ shard: 7, step: 'billing', count: 0, of: 3, statements: 0, failures: [] },
  ...{ leaseUntil: 0, savedAt: 0, version: 0 },
};

/** A table in which the writes of a shard's progress are counted, and can be made to fail. */
const createLeaseTable = async () => {
  const world = await createWorld({ now: new Date(NOW).toISOString() });
  const written: Put['item'][] = [];
  const failing = { next: false };
  const table = wrapTable(world.table, async (call, run) => {
    written.push(...putsOf(call).map(({ item }) => item));
    if (!failing.next) return run();
    failing.next = false;
    throw new Error('throttled');
  });
  const context = await world.open(table);
  written.length = 0;
  const acquire = async (read?: ShardProgress) => {
    const lease = await acquireShard(context, MONTH, read, read ?? BEGUN);
    if (!lease) throw new Error('the shard is taken');
    return lease;
  };
  const stored = async () => (await world.store.readShards(MONTH)).find(({ shard }) => shard === 7);
  return { world, context, written, failing, acquire, stored };
};

describe('the lease of a shard', () => {
  test('holds for two minutes from its start on, to the millisecond', async () => {
    const { acquire, stored } = await createLeaseTable();
    await acquire();
    expect(await stored()).toMatchObject({ leaseUntil: NOW + LEASE_MS, savedAt: NOW, version: 1 });
    expect(isFree(await stored(), NOW + LEASE_MS - 1)).toBe(false);
    expect(isFree(await stored(), NOW + LEASE_MS)).toBe(true);
    expect(isFree(undefined, NOW)).toBe(true);
  });

  test('goes to one of two closes that have read the same progress', async () => {
    const { context, acquire, stored } = await createLeaseTable();
    await acquire();
    expect(await acquireShard(context, MONTH, undefined, BEGUN)).toBeUndefined();
    const read = await stored();
    if (!read) throw new Error('no progress');
    await acquire(read);
    expect(await acquireShard(context, MONTH, read, read)).toBeUndefined();
  });

  test('is renewed after twenty seconds of work, and not before', async () => {
    const { world, written, acquire, stored } = await createLeaseTable();
    const lease = await acquire();
    world.clock.now = NOW + HEARTBEAT_MS - 1;
    lease.report({ count: 1 });
    await Promise.resolve();
    expect(written).toHaveLength(1);
    expect(lease.progress().count).toBe(1);
    world.clock.now = NOW + HEARTBEAT_MS;
    lease.report({ count: 2 });
    lease.report({ count: 3 });
    await lease.release({}, NOW);
    expect(written).toMatchObject([
      { leaseUntil: NOW + LEASE_MS, version: 1 },
      { leaseUntil: NOW + HEARTBEAT_MS + LEASE_MS, savedAt: NOW + HEARTBEAT_MS, version: 2 },
      { leaseUntil: NOW, count: 3, version: 3 },
    ]);
    expect(await stored()).toMatchObject({ count: 3, leaseUntil: NOW });
  });

  test('outlives a heartbeat that fails: the next one renews it', async () => {
    const { world, failing, acquire, stored } = await createLeaseTable();
    const lease = await acquire();
    failing.next = true;
    world.clock.now = NOW + HEARTBEAT_MS;
    lease.report({ count: 1 });
    world.clock.now = NOW + 2 * HEARTBEAT_MS;
    lease.report({ count: 2 });
    await lease.release({ step: 'done' }, NOW + 3 * HEARTBEAT_MS);
    expect(await stored()).toMatchObject({ step: 'done', count: 2, leaseUntil: NOW + 3 * HEARTBEAT_MS });
  });

  test('is stored for ninety days, in epoch seconds', async () => {
    const { written, acquire } = await createLeaseTable();
    await acquire();
    expect(written[0]?.expiresAt).toBe(NOW / 1000 + 90 * 24 * 60 * 60);
  });
});
