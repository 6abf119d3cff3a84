import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** A job whose settle keeps failing. */
export interface ParkedJob {
  readonly jobId: string;
  readonly parkedAt: number;
  readonly error: string;
}

export const createParkedJobs = (table: Table) => ({
  async parkJob(job: ParkedJob): Promise<void> {
    await table.put({ item: toItem(keys.parkedKey(job.jobId), job) });
  },

  async readParkedJob(jobId: string): Promise<ParkedJob | undefined> {
    const item = await table.get(keys.parkedKey(jobId));
    return item && fromItem<ParkedJob>(item);
  },

  parkedJobs: (): AsyncIterable<ParkedJob> => mapItems(table.query(keys.PARKED_JOBS), fromItem<ParkedJob>),

  /** Has no effect if the job was parked again meanwhile. */
  async unparkJob({ jobId, parkedAt }: ParkedJob): Promise<void> {
    await table.delete(keys.parkedKey(jobId), { kind: 'unchanged', attribute: 'parkedAt', value: parkedAt });
  },
});
