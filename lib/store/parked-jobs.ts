import type { JobRef } from '../billing/facts.ts';
import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** A job whose settle keeps failing. */
export interface ParkedJob extends JobRef {
  readonly parkedAt: number;
  readonly error: string;
}

export const createParkedJobs = (table: Table) => ({
  async parkJob(job: ParkedJob): Promise<void> {
    await table.put({ item: toItem(keys.parkedKey(job), job) });
  },

  async readParkedJob(job: JobRef): Promise<ParkedJob | undefined> {
    const item = await table.get(keys.parkedKey(job));
    return item && fromItem<ParkedJob>(item);
  },

  parkedJobs: (): AsyncIterable<ParkedJob> => mapItems(table.query(keys.PARKED_JOBS), fromItem<ParkedJob>),

  /** Has no effect if the job was parked again meanwhile. */
  async unparkJob(job: ParkedJob): Promise<void> {
    await table.delete(keys.parkedKey(job), { kind: 'unchanged', from: { parkedAt: job.parkedAt } });
  },
});
