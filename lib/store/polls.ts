import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Condition, Item, Key, Table } from './table.ts';

/** A walk through the pages of a list of jobs. */
export interface PollPass {
  /** Of changes since a time; or of the jobs that run, once in each step. */
  readonly of: 'changes' | 'running';
  /** Changes after it, or the start of the step. Epoch milliseconds; absent: all jobs. */
  readonly since?: number | undefined;
  /** The page to read next, from 1 on. */
  readonly page: number;
  /** Read so far. */
  readonly jobs: number;
  /** A list of several pages is read twice. */
  readonly reading: 1 | 2;
  /** The latest change seen in this pass. */
  readonly latest?: number | undefined;
}

/** The progress of polling one project of the provider. Times are epoch milliseconds. */
export interface Poll {
  readonly firstPolledAt: number;
  readonly polledAt: number;
  /** End of the latest whole pass of changes. */
  readonly lastSuccess?: number | undefined;
  /** All changes up to it have been read. It never goes back. */
  readonly cursor?: number | undefined;
  /** The step in which the running jobs were listed last. */
  readonly aliveStep?: number | undefined;
  /** Unfinished. */
  readonly pass?: PollPass | undefined;
  /** Why the latest poll failed. */
  readonly error?: string | undefined;
  /** Number of saves. */
  readonly version: number;
}

/** The inquiry about one project of the provider before a month is closed. */
export interface Inquiry {
  readonly begunAt: number;
  /** Absent until all of its jobs were asked for. */
  readonly askedAt?: number | undefined;
  /** All jobs up to it were asked for. */
  readonly afterJobId?: string | undefined;
  readonly leaseUntil: number;
  readonly error?: string | undefined;
  readonly version: number;
}

/** What is polled of the provider, by its project ids. */
export const createPolls = (table: Table) => {
  /** Saves unless another process has saved since `read`; whether it did. */
  const save = async (key: Key, read: { version: number } | undefined, content: object): Promise<boolean> => {
    const condition: Condition = read
      ? { kind: 'unchanged', attribute: 'version', value: read.version }
      : { kind: 'absent' };
    return (await table.put({ item: toItem(key, content), condition })).written;
  };
  const readAll = async <T>(partition: string): Promise<ReadonlyMap<string, T>> =>
    new Map(
      await Array.fromAsync(
        mapItems(table.query(partition), (item: Item): [string, T] => [item.sk, fromItem<T>(item)]),
      ),
    );

  return {
    readPolls: () => readAll<Poll>(keys.POLLS),
    savePoll: (provider: string, read: Poll | undefined, poll: Poll) =>
      save(keys.pollKey(provider), read, poll),

    readInquiries: (month: string) => readAll<Inquiry>(keys.inquiryPartition(month)),
    saveInquiry: (month: string, provider: string, read: Inquiry | undefined, inquiry: Inquiry) =>
      save(keys.inquiryKey(month, provider), read, inquiry),
  };
};
