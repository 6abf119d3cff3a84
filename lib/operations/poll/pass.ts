import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import type { JobsQuery } from '../../provider/ovh-api.ts';
import type { Poll, PollPass } from '../../store/polls.ts';

/** Jobs of a page. The API may have a limit of its own, which is not documented. */
export const PAGE_SIZE = 200;
/** Fewer jobs are on one page, whatever its limit. */
const SEVERAL_PAGES = 20;

/**
 * Changes that much before the cursor are read again: `updatedAfter` is strict, clocks differ, and
 * a change may be listed some time after its `updatedAt`.
 */
const OVERLAP_MS = 10 * MINUTE_MS;

/** How often a job that runs gives a sign of life: well within the silence that a tariff allows. */
const stepMs = (maxSilenceMs: number): number => {
  if (maxSilenceMs >= 2 * DAY_MS) return DAY_MS;
  return maxSilenceMs >= 2 * HOUR_MS ? HOUR_MS : MINUTE_MS;
};

/**
 * The start of the current step, the same for every poll within it. A step begins a while late: a
 * list may be that old, so that a job it has as running may have stopped since.
 */
export const stepStart = (maxSilenceMs: number, now: number): number => {
  const certain = now - OVERLAP_MS;
  return certain - (certain % stepMs(maxSilenceMs));
};

const FIRST_READING = { page: 1, jobs: 0, reading: 1 } as const;

/** The pass that comes next: an unfinished one, or else of the changes. */
export const resumePass = ({ pass, cursor }: Poll): PollPass =>
  pass ?? {
    of: 'changes',
    ...(cursor !== undefined && { since: cursor - OVERLAP_MS }),
    ...FIRST_READING,
  };

export const queryOf = ({ of, since, page }: PollPass): JobsQuery => ({
  ...{ page, size: PAGE_SIZE },
  ...(of === 'running' && { states: ['RUNNING'] }),
  ...(of === 'changes' && since !== undefined && { updatedAfter: new Date(since).toISOString() }),
});

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

type Changes = Pick<Poll, 'pass' | 'cursor' | 'lastSuccess' | 'aliveStep' | 'error'>;

const endChanges = (
  { cursor, aliveStep }: Poll,
  { latest }: PollPass,
  step: number,
  now: number,
): Changes => ({
  // A time ahead of the clock would hide the changes until then.
  cursor: later(cursor, latest === undefined ? undefined : Math.min(latest, now)),
  lastSuccess: now,
  error: undefined,
  pass:
    aliveStep === undefined || aliveStep < step
      ? { of: 'running', since: step, ...FIRST_READING }
      : undefined,
});

/**
 * What a page that was read and recorded changes. An empty page ends a list. A job that moves from
 * one page to another meanwhile may have been on neither, so a list of several pages is read twice.
 */
export const afterPage = (
  poll: Poll,
  pass: PollPass,
  updates: readonly (number | undefined)[],
  step: number,
  now: number,
): Changes => {
  const latest = updates.reduce(later, pass.latest);
  const jobs = pass.jobs + updates.length;
  if (updates.length > 0) return { pass: { ...pass, latest, jobs, page: pass.page + 1 } };
  if (pass.of === 'running') return { pass: undefined, aliveStep: pass.since };
  if (pass.reading === 1 && jobs >= SEVERAL_PAGES) return { pass: { ...pass, page: 1, reading: 2 } };
  return endChanges(poll, pass, step, now);
};
