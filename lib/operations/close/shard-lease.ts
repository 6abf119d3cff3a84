import { DAY_MS } from '../../billing/minutes.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import { shardOf } from '../../store/keys.ts';
import type { BillingContext } from '../billing-context.ts';

/** Heartbeat interval of a lease. */
const HEARTBEAT_MS = 20_000;
/** Lease duration. Two closes of one shard duplicate work, and never a bill. */
const LEASE_MS = 120_000;
/** Retention of the progress. */
const RETENTION_MS = 90 * DAY_MS;

/** Whether another close may work on the shard. */
export const isFree = (progress: ShardProgress | undefined, now: number): boolean =>
  (progress?.leaseUntil ?? 0) <= now;

/** A lease of one shard of a month, with the stored progress of its close. */
export interface ShardLease {
  /** Updates the progress and, after a heartbeat interval, renews the lease. */
  report(changes: Partial<ShardProgress>): void;
  progress(): ShardProgress;
  /**
   * Saves the progress with its last changes. Other closes may work on the shard from `until` on.
   */
  release(changes: Partial<ShardProgress>, until: number): Promise<void>;
}

/** Acquires the lease of a shard as it was read, with progress `begun`; nothing if it is taken. */
export const acquireShard = async (
  { store, now }: BillingContext,
  month: string,
  read: ShardProgress | undefined,
  begun: ShardProgress,
): Promise<ShardLease | undefined> => {
  const expiresAt = Math.ceil((now() + RETENTION_MS) / 1000);
  let progress = begun;
  let renewedAt = now();
  const renewed = (until: number): ShardProgress => {
    progress = { ...progress, leaseUntil: until, savedAt: now(), version: progress.version + 1 };
    return progress;
  };
  if (!(await store.claimShard(month, read, renewed(renewedAt + LEASE_MS), expiresAt))) return undefined;

  let saving = Promise.resolve();
  return {
    progress: () => progress,
    report(changes) {
      progress = { ...progress, ...changes };
      if (now() < renewedAt + HEARTBEAT_MS) return;
      renewedAt = now();
      // After a failed heartbeat the next one renews the lease.
      saving = saving
        .then(() => store.saveShard(month, renewed(renewedAt + LEASE_MS), expiresAt))
        .catch(() => {});
    },
    async release(changes, until) {
      await saving;
      progress = { ...progress, ...changes };
      await store.saveShard(month, renewed(until), expiresAt);
    },
  };
};

/** Lets the next close work on a shard at once that waits only for decisions about its drafts. */
export const freeShardOf = async (
  { store, now }: BillingContext,
  month: string,
  projectId: string,
): Promise<void> => {
  const expiresAt = Math.ceil((now() + RETENTION_MS) / 1000);
  const shard = shardOf(projectId);
  const read = (await store.readShards(month)).find((progress) => progress.shard === shard);
  if (!read?.isPaused) return;
  // Saved by another since: a close works on it, and will find the decision or pause again.
  await store.claimShard(month, read, { ...read, leaseUntil: now(), version: read.version + 1 }, expiresAt);
};
