import { compareText } from '../../billing/compare-text.ts';
import { parseMinor } from '../../billing/money.ts';
import type { JobUsage } from '../../shapes/usage.ts';

export const JOB_SORTS = ['id', 'cost', 'start', 'minutes'] as const;
export type JobSort = (typeof JOB_SORTS)[number];

export const ORDERS = ['asc', 'desc'] as const;
type Order = (typeof ORDERS)[number];

/** How jobs are listed. Those of equal cost, start or minutes come by id, ascending. */
export interface JobOrder {
  readonly sort: JobSort;
  readonly order: Order;
}

/** The order of each sort, unless another is requested. */
export const USUAL_ORDER: Readonly<Record<JobSort, Order>> = {
  id: 'asc',
  cost: 'desc',
  start: 'asc',
  minutes: 'desc',
};

/** The position of a job in a list. */
export interface JobPosition {
  /** What it is sorted by; 0 by id. */
  readonly value: bigint;
  readonly jobId: string;
}

const VALUES: Readonly<Record<JobSort, (job: JobUsage) => bigint>> = {
  id: () => 0n,
  cost: ({ cost }) => parseMinor(cost),
  start: ({ start }) => BigInt(Date.parse(start)),
  minutes: ({ minutes }) => BigInt(minutes),
};

export const jobPosition = (job: JobUsage, sort: JobSort): JobPosition => ({
  value: VALUES[sort](job),
  jobId: job.jobId,
});

export const compareJobs =
  ({ sort, order }: JobOrder) =>
  (a: JobPosition, b: JobPosition): number => {
    const direction = order === 'asc' ? 1 : -1;
    if (a.value !== b.value) return a.value < b.value ? -direction : direction;
    return compareText(a.jobId, b.jobId) * (sort === 'id' ? direction : 1);
  };

/** The first `count` of any number of items, in order. Memory grows with `count` only. */
export const firstOf = async <Item>(
  items: AsyncIterable<Item>,
  count: number,
  compare: (a: Item, b: Item) => number,
): Promise<Item[]> => {
  let kept: Item[] = [];
  for await (const item of items) {
    kept.push(item);
    if (kept.length >= 2 * count) kept = kept.sort(compare).slice(0, count);
  }
  return kept.sort(compare).slice(0, count);
};
