import type { JobUsage, ProjectJobs } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { USUAL_ORDER } from '../reads/job-order.ts';
import {
  firstPageAt,
  isStoredOrder,
  type JobsPage,
  readAllJobs,
  readProjectJobs,
} from '../reads/read-project-jobs.ts';
import { readCharges, snapshotView } from './read-charges.ts';

type List = Omit<JobsPage, 'limit' | 'after'>;

/** Whether a page reads only its own jobs: it needs no snapshot. */
const readsItsOwn = ({ sort = 'id', order = USUAL_ORDER[sort], idPart, flavor, label }: List): boolean =>
  isStoredOrder({ sort, order }) && idPart === undefined && flavor === undefined && label === undefined;

/** A page of the jobs of a month, as of its last snapshot where it is large. By id it is exact. */
export const latestJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  page: JobsPage,
): Promise<PageOf<ProjectJobs, readonly string[]>> => {
  if (readsItsOwn(page)) return readProjectJobs(context, projectId, month, now, page);
  const read = await readCharges(context, projectId, month, now, firstPageAt(page));
  const jobs = await readProjectJobs(context, projectId, month, read.asOf, page, read.charges);
  return { ...jobs, ...snapshotView(read, now) };
};

/** All jobs of a list, likewise; nothing if there are more than `most`. */
export const latestAllJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  list: List,
  most: number,
): Promise<JobUsage[] | undefined> => {
  if (readsItsOwn(list)) return readAllJobs(context, projectId, month, now, list, most);
  const { asOf, charges } = await readCharges(context, projectId, month, now);
  return readAllJobs(context, projectId, month, asOf, list, most, charges);
};
