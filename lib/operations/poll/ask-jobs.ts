import type { JobsQuery, OvhApi, PolledProject } from '../../provider/ovh-api.ts';
import type { BillingContext } from '../billing-context.ts';
import { settleOrPark } from '../settle/settle-jobs.ts';
import type { CallAllowance } from './call-allowance.ts';
import { PAGE_SIZE } from './pass.ts';
import { jobIdOf, pageHash, recordJobs } from './record-jobs.ts';
import { signRuleAt, signsOfLife } from './signs-of-life.ts';
import type { UnsettledJob } from './unsettled-jobs.ts';

/** From so many jobs on, a list of what has changed is read before jobs are asked for one by one. */
const WORTH_A_LIST = 20;

/** Ids of the provider's jobs. Others of the project come from elsewhere. */
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

export interface AskWork {
  readonly context: BillingContext;
  readonly api: OvhApi;
  readonly allowance: CallAllowance;
}

/**
 * Records what the provider says of a job, and settles it if that was new. Whether it was. A job
 * that is held is settled anyway, as the close does with open ones: the news may wait in the stream.
 */
const recordAnswer = async (
  { context }: AskWork,
  { projectId, jobId, isHeld }: UnsettledJob,
  record: unknown,
): Promise<boolean> => {
  const rule = signRuleAt(await context.tariffs(), context.now());
  const also = signsOfLife([record], projectId, rule);
  const { recorded } = await recordJobs(context, projectId, [record], { also });
  if (recorded > 0 || isHeld) await settleOrPark(context, { projectId, jobId });
  return recorded > 0;
};

export interface AskOptions {
  /** Jobs up to it were asked for one by one before. */
  readonly afterJobId?: string | undefined;
  /** Called after each call, with the job up to which all were asked for one by one. */
  readonly onProgress?: (afterJobId: string) => Promise<void>;
}

export interface AskedJobs {
  /** Jobs of which something new was recorded. */
  readonly changed: number;
  /** Whether all were asked for: else there was no call left. */
  readonly isWhole: boolean;
}

/**
 * Asks the provider what became of jobs: by the list of those that run, where many are left by the
 * list of those that have changed since, and at last one by one. What it says is recorded and
 * settled; of a job that it does not know any more nothing is.
 */
export const askForJobs = async (
  work: AskWork,
  { provider }: PolledProject,
  jobs: readonly UnsettledJob[],
  { afterJobId = '', onProgress = async () => {} }: AskOptions = {},
): Promise<AskedJobs> => {
  const { api, allowance } = work;
  const left = new Map(jobs.filter(({ jobId }) => UUID.test(jobId)).map((job) => [job.jobId, job]));
  let after = afterJobId;
  let changed = 0;
  const take = async (jobId: string, record: unknown) => {
    const job = left.get(jobId);
    left.delete(jobId);
    if (job && record !== undefined && (await recordAnswer(work, job, record))) changed += 1;
  };
  /** Reads a list until all jobs left were found, or it ends; false if no call is left. */
  const readList = async (query: Pick<JobsQuery, 'updatedAfter' | 'states'>): Promise<boolean> => {
    let lastPage: string | undefined;
    for (let page = 1; left.size > 0; page += 1) {
      if (!(await allowance.take())) return false;
      const records = await api.jobs(provider, { ...query, page, size: PAGE_SIZE });
      for (const record of records) await take(jobIdOf(record), record);
      await onProgress(after);
      const hash = pageHash(records);
      if (records.length === 0 || hash === lastPage) return true;
      lastPage = hash;
    }
    return true;
  };
  const readChanged = async (): Promise<boolean> => {
    if (left.size < WORTH_A_LIST) return true;
    const earliest = Math.min(...[...left.values()].map(({ since }) => since));
    return readList({ updatedAfter: new Date(earliest).toISOString() });
  };
  const readOneByOne = async (): Promise<boolean> => {
    for (const jobId of [...left.keys()].filter((id) => id > afterJobId)) {
      if (!(await allowance.take())) return false;
      await take(jobId, await api.job(provider, jobId));
      after = jobId;
      await onProgress(after);
    }
    return true;
  };

  const isWhole =
    (await readList({ states: ['RUNNING'] })) && (await readChanged()) && (await readOneByOne());
  return { changed, isWhole };
};
