import type { Status } from '../../billing/statuses.ts';
import type { JobsQuery } from '../../provider/ovh-api.ts';
import type { Poll, PollPass } from '../../store/polls.ts';
import { OVERLAP_MS, type SignRule } from './signs-of-life.ts';

/** Jobs of a page. The API may have a limit of its own, which is not documented. */
export const PAGE_SIZE = 200;
/** Fewer jobs are on one page, whatever its limit. */
const SEVERAL_PAGES = 20;

const beginReading = (now: number) => ({ begunAt: now, page: 1, jobs: 0, reading: 1 }) as const;

/** The pass of all that has changed since the cursor, or of all jobs without one. */
export const passOfChanges = (cursor: number | undefined, now: number): PollPass => ({
  of: 'changes',
  ...(cursor !== undefined && { since: Math.min(cursor, now) - OVERLAP_MS }),
  ...beginReading(now),
});

export const queryOf = ({ of, since, page }: PollPass): JobsQuery => ({
  ...{ page, size: PAGE_SIZE },
  ...(of !== 'changes' && { states: [of] }),
  ...(of === 'changes' && since !== undefined && { updatedAfter: new Date(since).toISOString() }),
});

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

type Changes = Pick<Poll, 'pass' | 'cursor' | 'lastSuccess' | 'aliveStep'>;
type Alive = Pick<SignRule, 'step' | 'statuses'>;

const endChanges = (
  { cursor, aliveStep }: Poll,
  { latest, begunAt }: PollPass,
  { step, statuses: [status] }: Alive,
  now: number,
): Changes => {
  const isNewStep = aliveStep === undefined || aliveStep < step;
  const reached = later(cursor, latest);
  return {
    // What has changed since the pass began may have been on a page that it had read by then.
    cursor: reached === undefined ? undefined : Math.min(reached, begunAt),
    lastSuccess: now,
    pass: isNewStep && status ? { of: status, since: step, ...beginReading(now) } : undefined,
  };
};

/** One list for each status: whether the API takes several at once is not documented. */
const endStatus = (of: Status, since: number | undefined, { statuses }: Alive, now: number): Changes => {
  const next = statuses[statuses.indexOf(of) + 1];
  return next ? { pass: { of: next, since, ...beginReading(now) } } : { pass: undefined, aliveStep: since };
};

/** What is needed of a page to go on. */
export interface ReadPage {
  /** When each of its jobs changed. */
  readonly updates: readonly (number | undefined)[];
  readonly hash: string;
}

/**
 * What a page that was read and recorded changes. An empty page ends a list, and so does one that
 * comes again, of an API that has no further one. A job that moves from one page to another
 * meanwhile may have been on neither, so a list of several pages is read twice.
 */
export const afterPage = (
  poll: Poll,
  pass: PollPass,
  { updates, hash }: ReadPage,
  alive: Alive,
  now: number,
): Changes => {
  const { of, since } = pass;
  if (updates.length > 0 && hash !== pass.lastPage) {
    const latest = updates.reduce(later, pass.latest);
    const jobs = pass.jobs + updates.length;
    return { pass: { ...pass, latest, jobs, lastPage: hash, page: pass.page + 1 } };
  }
  if (of !== 'changes') return endStatus(of, since, alive, now);
  if (pass.reading === 1 && pass.jobs >= SEVERAL_PAGES) return { pass: { ...pass, page: 1, reading: 2 } };
  return endChanges(poll, pass, alive, now);
};
