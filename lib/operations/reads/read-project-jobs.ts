import type { Status } from '../../billing/statuses.ts';
import type { JobUsage, ProjectJobs } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { createBilledInOrder } from './billed-in-order.ts';
import {
  compareJobs,
  firstOf,
  type JobOrder,
  type JobPosition,
  jobPosition,
  USUAL_ORDER,
} from './job-order.ts';
import { type ListedJob, listedJob, withFacts } from './listed-job.ts';
import { countedUpTo, type LiveCharge, liveCharges } from './live-charges.ts';
import { mapAhead } from './map-ahead.ts';

/** Jobs whose facts are read for one page of statuses, or the jobs of a longer page. */
const MAX_EXAMINED = 1_000;
/** Of these, how many at a time. */
const EXAMINED_AT_A_TIME = 20;

/** Which jobs are listed. All conditions must hold. */
export interface JobFilter {
  /** A part of the id, in upper or lower case. */
  readonly idPart?: string | undefined;
  readonly flavor?: string | undefined;
  readonly label?: { readonly key: string; readonly value: string } | undefined;
  /** One of these. */
  readonly statuses?: readonly Status[] | undefined;
}

export interface JobsPage extends JobFilter, Partial<JobOrder> {
  readonly limit: number;
  /**
   * The position of the last job of the page before: its id; in any order but that by id the time of
   * the first page in epoch milliseconds, what is sorted by, and the id.
   */
  readonly after?: readonly string[] | undefined;
}

/** Whether jobs are listed as they are stored: then a page reads no others. */
export const isStoredOrder = ({ sort, order }: JobOrder): boolean => sort === 'id' && order === 'asc';

/** The time that all pages are as of; nothing for a first page, and by id. */
export const firstPageAt = ({ sort = 'id', order = USUAL_ORDER[sort], after }: JobsPage) =>
  after && !isStoredOrder({ sort, order }) ? Number(after[0]) : undefined;

const isMatch = ({ contents }: ListedJob, { flavor, label }: JobFilter): boolean =>
  (flavor === undefined || contents.some((content) => content.flavor === flavor)) &&
  (label === undefined ||
    contents.some(
      ({ labels }) => labels && Object.hasOwn(labels, label.key) && labels[label.key] === label.value,
    ));

/** The charges of a month by job, of the jobs after one where it is given. */
export type ChargesUpTo = (now: number, afterJobId?: string) => AsyncIterable<readonly LiveCharge[]>;

/** The jobs of these charges that match but for their status. */
async function* matching(
  context: BillingContext,
  projectId: string,
  month: string,
  charges: AsyncIterable<readonly LiveCharge[]>,
  { idPart = '', ...filter }: JobFilter,
): AsyncGenerator<ListedJob> {
  const part = idPart.toLowerCase();
  const billedOf = createBilledInOrder(context, { projectId, usageMonth: month });
  for await (const ofJob of charges) {
    if (!ofJob[0]?.jobId.toLowerCase().includes(part)) continue;
    const job = await listedJob(context, ofJob, billedOf);
    if (job && isMatch(job, filter)) yield job;
  }
}

/** The same in the order of the page, after its position; `count` of them at most. */
async function* inOrder(
  context: BillingContext,
  projectId: string,
  month: string,
  asOf: number,
  { after, ...page }: JobsPage & JobOrder,
  count: number,
  charges: ChargesUpTo,
): AsyncGenerator<ListedJob> {
  if (isStoredOrder(page)) {
    yield* matching(context, projectId, month, charges(asOf, after?.[0]), page);
    return;
  }
  const compare = compareJobs(page);
  const [, value = '0', jobId = ''] = after ?? [];
  const position: JobPosition | undefined = after && { value: BigInt(value), jobId };
  async function* later() {
    const counted = countedUpTo(asOf, charges(asOf));
    for await (const job of matching(context, projectId, month, counted, page)) {
      const at = jobPosition(job.usage, page.sort);
      if (!position || compare(at, position) > 0) yield { job, at };
    }
  }
  const first = await firstOf(later(), count, (a, b) => compare(a.at, b.at));
  for (const { job } of first) yield job;
}

interface Taken {
  readonly jobs: JobUsage[];
  /** The last job of the page, if there are more. */
  readonly last?: JobUsage | undefined;
}

/** The first jobs, with their facts. */
const takeJobs = async (
  listed: AsyncIterable<ListedJob>,
  limit: number,
  complete: (job: ListedJob) => Promise<JobUsage>,
): Promise<Taken> => {
  const taken: ListedJob[] = [];
  let hasMore = false;
  for await (const job of listed) {
    hasMore = taken.length === limit;
    if (hasMore) break;
    taken.push(job);
  }
  const jobs = await Array.fromAsync(mapAhead(taken, EXAMINED_AT_A_TIME, complete));
  return { jobs, ...(hasMore && { last: jobs.at(-1) }) };
};

/** The first jobs in one of these statuses, of the first `most`: the page may be short. */
const examineJobs = async (
  listed: AsyncIterable<ListedJob>,
  limit: number,
  most: number,
  complete: (job: ListedJob) => Promise<JobUsage>,
  statuses: readonly Status[],
): Promise<Taken> => {
  const jobs: JobUsage[] = [];
  let examined = 0;
  let last: JobUsage | undefined;
  for await (const job of mapAhead(listed, EXAMINED_AT_A_TIME, complete)) {
    if (last && (jobs.length === limit || examined === most)) return { jobs, last };
    last = job;
    examined += 1;
    if (job.status && statuses.includes(job.status)) jobs.push(job);
  }
  return { jobs };
};

/**
 * A page of the jobs with charges in a month. Each cost is rounded by itself; only lines are
 * billed. In any order but that by id all pages are counted up to the time of the first one: what runs
 * must not change its place. Reads every charge where it has to, unless other charges are given.
 */
export const readProjectJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { sort = 'id', order = USUAL_ORDER[sort], ...filter }: JobsPage,
  charges: ChargesUpTo = (until, afterJobId) => liveCharges(context, projectId, month, until, afterJobId),
): Promise<PageOf<ProjectJobs, readonly string[]>> => {
  const page = { ...filter, sort, order };
  const { limit, statuses } = page;
  const isStored = isStoredOrder(page);
  const asOf = Math.min(now, firstPageAt(page) ?? now);
  const complete = (job: ListedJob) => withFacts(context, projectId, month, job);
  const most = statuses ? Math.max(limit, MAX_EXAMINED) : limit;
  const listed = inOrder(context, projectId, month, asOf, page, most + 1, charges);
  const { jobs, last } = statuses
    ? await examineJobs(listed, limit, most, complete, statuses)
    : await takeJobs(listed, limit, complete);
  if (!last) return { projectId, month, jobs };
  const { value, jobId } = jobPosition(last, sort);
  return { projectId, month, jobs, next: isStored ? [jobId] : [String(asOf), String(value), jobId] };
};

/** All jobs of a list; nothing if there are more than `most`, in these statuses or in others. */
export const readAllJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  list: Omit<JobsPage, 'limit' | 'after'>,
  most: number,
  charges?: ChargesUpTo,
): Promise<JobUsage[] | undefined> => {
  const page = { ...list, limit: most };
  const { jobs, next } = await readProjectJobs(context, projectId, month, now, page, charges);
  return next ? undefined : jobs;
};
