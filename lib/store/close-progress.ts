import { fromItem, fromItemThatExpires, mapItems, toItem } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Condition, Table } from './table.ts';

/** How far the close of a month has come in one shard of its due marks. */
export interface ShardProgress {
  readonly shard: number;
  readonly step: 'settling' | 'billing' | 'done';
  /** Project months while settling, projects while billing. */
  readonly count: number;
  readonly of: number;
  /** All of this step up to it are finished. */
  readonly after?: string | undefined;
  readonly statements: number;
  /** Projects that have to be closed again, with the reason; the first ten. */
  readonly failures: readonly { readonly projectId: string; readonly error: string }[];
  /** Until then an invocation is at it, as far as is known. */
  readonly leaseUntil: number;
  readonly savedAt: number;
  /** How often it was saved. */
  readonly version: number;
}

/** Says that charges of a project month changed. */
export type ChangedMonth = ProjectMonth;

/** Which usage months changed, which months are closed, and how far a close has come by shard. */
export const createCloseProgress = (table: Table) => ({
  /** Announces that charges of a project's usage month changed; kept until `expiresAt` (epoch seconds). */
  async markChanged(
    month: string,
    { projectId, usageMonth }: ChangedMonth,
    expiresAt: number,
  ): Promise<void> {
    await table.put({
      item: toItem(keys.changedMonthKey(month, projectId, usageMonth), { projectId, usageMonth, expiresAt }),
    });
  },

  /** Marks written in `month`, by project and usage month; after a project's, where given. */
  changedMonths: (month: string, shard: number, afterProjectId?: string): AsyncIterable<ChangedMonth> =>
    mapItems(
      table.query(keys.changedMonthPartition(month, shard), {
        ...(afterProjectId !== undefined && { after: `${afterProjectId}#~` }),
      }),
      fromItem<ChangedMonth>,
    ),

  changedMonthsOf: (month: string, projectId: string): AsyncIterable<ChangedMonth> =>
    mapItems(
      table.query(keys.changedMonthPartition(month, keys.shardOf(projectId)), { prefix: `${projectId}#` }),
      fromItem<ChangedMonth>,
    ),

  /** Closed months, oldest first. They are closed in order, so every month up to the last one is closed. */
  readClosedMonths: (): Promise<string[]> =>
    Array.fromAsync(mapItems(table.query(keys.CLOSED_MONTHS), ({ sk }) => sk)),

  async closeMonth(month: string, closedAt: number): Promise<void> {
    await table.put({
      item: toItem(keys.closedMonthKey(month), { closedAt }),
      condition: { kind: 'absent' },
    });
  },

  /** When a close first saw usage: the first one that asks. Epoch milliseconds. */
  async firstUsageSeenAt(now: number): Promise<number> {
    const item = toItem(keys.FIRST_USAGE_KEY, { seenAt: now });
    const outcome = await table.put({ item, condition: { kind: 'absent' } });
    if (outcome.written || !outcome.existing) return now;
    return fromItem<{ seenAt: number }>(outcome.existing).seenAt;
  },

  /** How far the close of a month has come, by shard; shards without due marks have nothing to tell. */
  readShards: (month: string): Promise<ShardProgress[]> =>
    Array.fromAsync(mapItems(table.query(keys.shardPartition(month)), fromItemThatExpires<ShardProgress>)),

  /** Keeps how far a close has come until `expiresAt` (epoch seconds). */
  async saveShard(month: string, progress: ShardProgress, expiresAt: number): Promise<void> {
    await table.put({ item: toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt }) });
  },

  /** The same, but false if someone else has saved it since it was read. */
  async claimShard(
    month: string,
    read: ShardProgress | undefined,
    progress: ShardProgress,
    expiresAt: number,
  ): Promise<boolean> {
    const item = toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt });
    const condition: Condition = read
      ? { kind: 'unchanged', attribute: 'version', value: read.version }
      : { kind: 'absent' };
    return (await table.put({ item, condition })).written;
  },
});
