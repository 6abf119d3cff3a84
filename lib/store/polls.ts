import type { Status } from '../billing/statuses.ts';
import { asRead, fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Item, Key, Table } from './table.ts';

/** A walk through the pages of a list of jobs. */
export interface PollPass {
  /** Of changes since a time; or, once in each step, of the jobs in a billable status. */
  readonly of: 'changes' | Status;
  /** Changes after it, or the start of the step. Epoch milliseconds; absent: all jobs. */
  readonly since?: number | undefined;
  readonly begunAt: number;
  /** The page to read next, from 1 on. */
  readonly page: number;
  /** Read so far. */
  readonly jobs: number;
  /** A list of several pages is read twice. */
  readonly reading: 1 | 2;
  /** A hash of the ids on the page before. */
  readonly lastPage?: string | undefined;
  /** The latest change seen in this pass. */
  readonly latest?: number | undefined;
}

/** The progress of polling one project of the provider. Times are epoch milliseconds. */
export interface Poll {
  /** The project that its jobs have belonged to here since it was polled first. */
  readonly projectId: string;
  readonly firstPolledAt: number;
  readonly polledAt: number;
  /** End of the latest whole pass of changes. */
  readonly lastSuccess?: number | undefined;
  /** All changes up to it have been read. */
  readonly cursor?: number | undefined;
  /** The step in which the jobs in a billable status were listed last. */
  readonly aliveStep?: number | undefined;
  /** Unfinished. */
  readonly pass?: PollPass | undefined;
  /** Number of saves. */
  readonly version: number;
}

/** The inquiry of the provider before a month is closed. */
export interface Inquiry {
  readonly begunAt: number;
  /** Projects of the provider all of whose jobs were asked for. */
  readonly asked: readonly string[];
  /** Of the one that is asked about, all jobs up to this one were asked for one by one. */
  readonly after?: { readonly provider: string; readonly jobId: string } | undefined;
  readonly leaseUntil: number;
  /** Number of saves. */
  readonly version: number;
}

/** What is polled of the provider, by its project ids. */
export const createPolls = (table: Table) => {
  /** Saves unless another process has saved since `read`; whether it did. */
  const save = async (key: Key, read: { version: number } | undefined, content: object): Promise<boolean> => {
    return (await table.put({ item: toItem(key, content), condition: asRead(read) })).written;
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

    readInquiry: async (month: string): Promise<Inquiry | undefined> =>
      (await readAll<Inquiry>(keys.inquiryPartition(month))).values().next().value,
    saveInquiry: (month: string, read: Inquiry | undefined, inquiry: Inquiry) =>
      save(keys.inquiryKey(month), read, inquiry),
  };
};
