import assert from 'node:assert/strict';
import { compareText } from '../../billing/compare-text.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { fromMilli, parseMinor } from '../../billing/money.ts';
import type { Status } from '../../billing/statuses.ts';
import type { JobUsage, ProjectJobs } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { costOf, minutesOf, type PageOf, unratedMinutesOf } from '../public-shapes.ts';
import { type LiveCharge, liveCharges } from './live-charges.ts';

/** Jobs whose facts are read for one page of a status: the page may be short. */
const MAX_EXAMINED = 500;

/** Which jobs are listed. All conditions must hold. */
export interface JobFilter {
  readonly idPrefix?: string | undefined;
  readonly flavor?: string | undefined;
  readonly label?: { readonly key: string; readonly value: string } | undefined;
  readonly status?: Status | undefined;
}

type Sort = 'id' | 'cost';

export interface JobsPage extends JobFilter {
  /** By id, or dearest first. */
  readonly sort?: Sort | undefined;
  readonly limit: number;
  /** The position of the last job of the page before: its id, or its cost in minor units and id. */
  readonly after?: readonly string[] | undefined;
}

const jobView = (live: readonly LiveCharge[], currency: string): JobUsage => {
  const charges = live.flatMap((one) => one.charges);
  const last = charges.at(-1);
  assert(last, 'a live charge is not empty');
  const unratedMinutes = unratedMinutesOf(charges);
  return {
    jobId: last.jobId,
    ...(last.labels && { labels: last.labels }),
    running: live.some(({ running }) => running),
    ...(last.flavor !== undefined && { flavor: last.flavor }),
    ...(last.unit !== undefined && { unit: last.unit }),
    ...(last.milliUnits !== undefined && { units: fromMilli(last.milliUnits) }),
    minutes: minutesOf(charges),
    ...(unratedMinutes > 0 && { unratedMinutes }),
    ...(charges.some((charge) => charge.held) && { held: true }),
    cost: costOf(charges, currency),
    currency,
  };
};

const isMatch = (live: readonly LiveCharge[], { flavor, label }: JobFilter): boolean => {
  const charges = live.flatMap((one) => one.charges);
  return (
    (flavor === undefined || charges.some((charge) => charge.flavor === flavor)) &&
    (label === undefined ||
      charges.some(
        ({ labels }) => labels && Object.hasOwn(labels, label.key) && labels[label.key] === label.value,
      ))
  );
};

const positionOf = ({ jobId, cost }: JobUsage, sort: Sort): readonly string[] =>
  sort === 'id' ? [jobId] : [String(parseMinor(cost)), jobId];

/** Dearest first; of one cost by id. */
const comparePositions = (
  [costA = '', idA = '']: readonly string[],
  [costB = '', idB = '']: readonly string[],
) => (costA === costB ? compareText(idA, idB) : BigInt(costA) < BigInt(costB) ? 1 : -1);

/** The jobs that match but for their status, in order, after the page before. */
async function* candidates(
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { sort = 'id', after, idPrefix, ...filter }: JobsPage,
): AsyncGenerator<JobUsage> {
  const range = { prefix: idPrefix, ...(sort === 'id' && { after: after?.[0] }) };
  const sorted: JobUsage[] = [];
  for await (const ofJob of liveCharges(context, projectId, month, now, range)) {
    if (!isMatch(ofJob, filter)) continue;
    const job = jobView(ofJob, context.currency);
    if (sort === 'id') yield job;
    else if (!after || comparePositions(positionOf(job, sort), after) > 0) sorted.push(job);
  }
  yield* sorted.sort((a, b) => comparePositions(positionOf(a, sort), positionOf(b, sort)));
}

const statusOf = async ({ store }: BillingContext, projectId: string, jobId: string) =>
  readLifecycle(await store.readFacts({ projectId, jobId })).status;

/** A page of the jobs with charges in a month. Each cost is rounded by itself; only lines are billed. */
export const readProjectJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  page: JobsPage,
): Promise<PageOf<ProjectJobs, readonly string[]>> => {
  const jobs: JobUsage[] = [];
  let examined = 0;
  let last: JobUsage | undefined;
  for await (const job of candidates(context, projectId, month, now, page)) {
    if (last && (jobs.length === page.limit || examined === MAX_EXAMINED))
      return { projectId, month, jobs, next: positionOf(last, page.sort ?? 'id') };
    last = job;
    if (page.status === undefined) {
      jobs.push(job);
      continue;
    }
    examined += 1;
    const status = await statusOf(context, projectId, job.jobId);
    if (status === page.status) jobs.push({ ...job, status });
  }
  return { projectId, month, jobs };
};
