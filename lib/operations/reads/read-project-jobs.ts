import assert from 'node:assert/strict';
import { compareText } from '../../billing/compare-text.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { fromMilli, parseMinor } from '../../billing/money.ts';
import type { Status } from '../../billing/statuses.ts';
import type { JobUsage, ProjectJobs } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { costOf, minutesOf, type PageOf, unratedMinutesOf } from '../public-shapes.ts';
import { type LiveCharge, liveCharges } from './live-charges.ts';
import { mapAhead } from './map-ahead.ts';

/** Jobs whose facts are read for one page of a status: the page may be short. */
const MAX_EXAMINED = 1_000;
/** Of these, how many at a time. */
const EXAMINED_AT_A_TIME = 20;

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
  /**
   * The position of the last job of the page before: its id; by cost the time of the first page in
   * epoch milliseconds, the cost in minor units, and the id.
   */
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
    charges.length > 0 &&
    (flavor === undefined || charges.some((charge) => charge.flavor === flavor)) &&
    (label === undefined ||
      charges.some(
        ({ labels }) => labels && Object.hasOwn(labels, label.key) && labels[label.key] === label.value,
      ))
  );
};

/** The position of a job in a list by cost: dearest first, of one cost by id. */
interface CostPosition {
  readonly cost: bigint;
  readonly jobId: string;
}

const costPositionOf = ({ cost, jobId }: JobUsage): CostPosition => ({ cost: parseMinor(cost), jobId });

const compareCostPositions = (a: CostPosition, b: CostPosition): number =>
  a.cost === b.cost ? compareText(a.jobId, b.jobId) : a.cost < b.cost ? 1 : -1;

/** Keeps the first `count` of any number of jobs, by cost. */
const createDearest = (count: number) => {
  let kept: { readonly job: JobUsage; readonly position: CostPosition }[] = [];
  const trim = () => {
    kept = kept.sort((a, b) => compareCostPositions(a.position, b.position)).slice(0, count);
  };
  return {
    add(job: JobUsage, position: CostPosition) {
      kept.push({ job, position });
      if (kept.length >= 2 * count) trim();
    },
    result(): JobUsage[] {
      trim();
      return kept.map(({ job }) => job);
    },
  };
};

/** The jobs that match but for their status, by id. */
async function* byId(
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { idPrefix, after, ...filter }: JobFilter & { readonly after?: string | undefined },
): AsyncGenerator<JobUsage> {
  for await (const ofJob of liveCharges(context, projectId, month, now, { prefix: idPrefix, after }))
    if (isMatch(ofJob, filter)) yield jobView(ofJob, context.currency);
}

/**
 * The dearest of them after a position: no more than a page takes, and one that says it has a next.
 */
const byCost = async (jobs: AsyncIterable<JobUsage>, count: number, after: CostPosition | undefined) => {
  const dearest = createDearest(count + 1);
  for await (const job of jobs) {
    const position = costPositionOf(job);
    if (!after || compareCostPositions(position, after) > 0) dearest.add(job, position);
  }
  return dearest.result();
};

async function* candidates(
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  { sort = 'id', limit, after, ...filter }: JobsPage,
): AsyncGenerator<JobUsage> {
  if (sort === 'id') {
    yield* byId(context, projectId, month, now, { ...filter, after: after?.[0] });
    return;
  }
  const [, cost = '', jobId = ''] = after ?? [];
  yield* await byCost(
    byId(context, projectId, month, now, filter),
    filter.status === undefined ? limit : MAX_EXAMINED,
    after && { cost: BigInt(cost), jobId },
  );
}

const withStatus = async ({ store }: BillingContext, projectId: string, job: JobUsage): Promise<JobUsage> => {
  const { status } = readLifecycle(await store.readFacts({ projectId, jobId: job.jobId }));
  return { ...job, ...(status && { status }) };
};

/**
 * A page of the jobs with charges in a month. Each cost is rounded by itself; only lines are
 * billed. By cost, all pages are as of the first one: costs of running jobs must not change in
 * between.
 */
export const readProjectJobs = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  page: JobsPage,
): Promise<PageOf<ProjectJobs, readonly string[]>> => {
  const { sort, limit, after, status } = page;
  const asOf = sort === 'cost' && after ? Math.min(now, Number(after[0])) : now;
  const positionOf = ({ jobId, cost }: JobUsage) =>
    sort === 'cost' ? [String(asOf), String(parseMinor(cost)), jobId] : [jobId];
  const matching = candidates(context, projectId, month, asOf, page);
  const examined =
    status === undefined
      ? matching
      : mapAhead(matching, EXAMINED_AT_A_TIME, (job) => withStatus(context, projectId, job));
  const jobs: JobUsage[] = [];
  let count = 0;
  let last: JobUsage | undefined;
  for await (const job of examined) {
    if (last && (jobs.length === limit || (status !== undefined && count === MAX_EXAMINED)))
      return { projectId, month, jobs, next: positionOf(last) };
    last = job;
    count += 1;
    if (status === undefined || job.status === status) jobs.push(job);
  }
  return { projectId, month, jobs };
};
