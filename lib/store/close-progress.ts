import { asRead, fromItem, fromItemThatExpires, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import { type OutgoingEvent, outgoingPut } from './outgoing-events.ts';
import type { Table } from './table.ts';

/** The progress of a month's close in one shard of the changed-month marks. */
export interface ShardProgress {
  readonly shard: number;
  readonly step: 'billing' | 'done';
  /** Projects. */
  readonly count: number;
  readonly of: number;
  /** The last project that is finished, in the order of their ids. */
  readonly after?: string | undefined;
  /** Projects whose statement was left at a checkpoint, which may have been taken since. */
  readonly checkpointed?: readonly string[];
  /** Projects that have their statement of the month, whoever issued it. */
  readonly statements: number;
  /** Of them those up to `after`. */
  readonly statementsUpTo?: number;
  /** The first ten projects that failed and have to be closed again, with the reason. */
  readonly failures: readonly { readonly projectId: string; readonly error: string }[];
  /** Drafts that wait for a person, or are held back, up to `after`. */
  readonly drafts?: number;
  /** No close works on the shard until `leaseUntil`: failed projects or drafts are left. */
  readonly isPaused?: boolean;
  /** End of the lease of the invocation that works on the shard. */
  readonly leaseUntil: number;
  readonly savedAt: number;
  /** Number of saves. */
  readonly version: number;
}

/** The months that were closed last, latest first. Times are epoch milliseconds. */
const readLatestClosedMonths = (
  table: Table,
  limit: number,
): Promise<{ readonly month: string; readonly closedAt: number }[]> =>
  Array.fromAsync(
    mapItems(table.query(keys.CLOSED_MONTHS, { backwards: true, limit }), (item) => ({
      month: item.sk,
      closedAt: fromItem<{ closedAt: number }>(item).closedAt,
    })),
  );

/** Closed months, and the progress of a close by shard. */
export const createCloseProgress = (table: Table) => ({
  /** Closed months, oldest first. Every month up to the last of them is closed. */
  readClosedMonths: (): Promise<string[]> =>
    Array.fromAsync(mapItems(table.query(keys.CLOSED_MONTHS), ({ sk }) => sk)),

  /** The last closed month; none before the first close. */
  readLastClosedMonth: async (): Promise<string | undefined> =>
    (await readLatestClosedMonths(table, 1)).at(0)?.month,

  latestClosedMonths: (limit: number) => readLatestClosedMonths(table, limit),

  /** Together with the events about it. Has no effect if the month is closed already. */
  async closeMonth(month: string, closedAt: number, events: readonly OutgoingEvent[] = []): Promise<void> {
    const item = toItem(keys.closedMonthKey(month), { closedAt });
    await table.putTogether([{ item, condition: { kind: 'absent' } }, ...events.map(outgoingPut)]);
  },

  /** Time of the first close that saw usage; `now` if this is it. Epoch milliseconds. */
  async firstUsageSeenAt(now: number): Promise<number> {
    const item = toItem(keys.FIRST_USAGE_KEY, { seenAt: now });
    const outcome = await table.put({ item, condition: { kind: 'absent' } });
    if (outcome.written || !outcome.existing) return now;
    return fromItem<{ seenAt: number }>(outcome.existing).seenAt;
  },

  /** Time of the first close that saw usage, if there was one. Epoch milliseconds. */
  async readFirstUsage(): Promise<number | undefined> {
    const item = await table.get(keys.FIRST_USAGE_KEY);
    return item && fromItem<{ seenAt: number }>(item).seenAt;
  },

  /** The progress of a month's close by shard; none for a shard without changed-month marks. */
  readShards: (month: string): Promise<ShardProgress[]> =>
    Array.fromAsync(mapItems(table.query(keys.shardPartition(month)), fromItemThatExpires<ShardProgress>)),

  /** Saves progress until `expiresAt` (epoch seconds). */
  async saveShard(month: string, progress: ShardProgress, expiresAt: number): Promise<void> {
    await table.put({ item: toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt }) });
  },

  /** Saves progress; false if it was saved by another invocation since it was read. */
  async claimShard(
    month: string,
    read: ShardProgress | undefined,
    progress: ShardProgress,
    expiresAt: number,
  ): Promise<boolean> {
    const item = toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt });
    return (await table.put({ item, condition: asRead(read) })).written;
  },
});
