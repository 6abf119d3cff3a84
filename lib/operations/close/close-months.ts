import * as v from 'valibot';
import { HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { addMonths } from '../../billing/months.ts';
import { Refusal } from '../../refusal.ts';
import type { Actor } from '../../store/action-log.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import { SHARD_COUNT } from '../../store/keys.ts';
import { inputErrors, isMonth, MONTH_RULE } from '../../validation.ts';
import type { BillingContext } from '../billing-context.ts';
import { logged } from '../log/logged.ts';
import { monthClosed } from '../outgoing/statement-events.ts';
import type { Issue } from '../statements/issue-statement.ts';
import { readChangedProjects, SHARDS } from './changed-months.ts';
import { type ClosedShard, closeShard } from './close-shard.ts';
import { dueMonths, lastEndedMonth, nextToClose } from './open-months.ts';
import { acquireShard, isFree } from './shard-lease.ts';

/** How long a shared close skips a shard in which a project failed. */
const FAILED_BACKOFF_MS = 30 * MINUTE_MS;
/** How long a shared close skips a shard in which only drafts are left, unless one is decided on. */
const DRAFTS_BACKOFF_MS = 5 * MINUTE_MS;
/** Checkpoint lifetime. Later, and in a close that is not shared, a shard begins again. */
const RESUMABLE_MS = 10 * MINUTE_MS;
/** How long a shared close skips a shard that is done. */
const DONE_TRUSTED_MS = 12 * HOUR_MS;

/** The progress of one shard of a month. */
export interface CloseProgress extends Pick<ShardProgress, 'shard' | 'step' | 'count' | 'of'> {
  readonly month: string;
  readonly shards: number;
  /** Charges that this close has read of the shard. */
  readonly charges: number;
}

export interface ClosedMonth {
  readonly month: string;
  /** Issued by this close. */
  readonly statements: number;
  /** Nothing was done. */
  readonly alreadyClosed?: true;
  /** The deadline passed, other closes have the remaining shards, or drafts are left. */
  readonly unfinished?: true;
  /** Drafts found by this close that wait for a person, or are held back: the month stays open. */
  readonly drafts?: number;
}

export interface CloseOptions {
  /** The last month to close; without it the latest that ended at least `closeAfterMs` ago. */
  readonly month?: string | undefined;
  /**
   * Time to wait after the end of a month; before the first close, also after usage was first seen.
   */
  readonly closeAfterMs?: number;
  /** Nothing new is begun from then on; the next close continues. */
  readonly deadline?: number;
  /** By default as in the month before: drafts, if that had any. */
  readonly issue?: Issue | undefined;
  /** Other closes run too: shards that they hold a lease of are left to them. */
  readonly shared?: boolean;
  /** The person who closes by hand, for the log of actions. */
  readonly by?: Actor;
  readonly onProgress?: (progress: CloseProgress) => void;
}

const CloseRequest = v.object(
  { month: v.optional(v.custom<string>(isMonth, MONTH_RULE)) },
  'must be an object',
);

/** The options of `{ "month": "2026-10" }`, or of a schedule's own event, which has no month. */
export const parseCloseRequest = (request: unknown): CloseOptions => {
  const parsed = v.safeParse(CloseRequest, request ?? {});
  if (parsed.success) return parsed.output;
  const errors = inputErrors(parsed.issues, { what: 'the request' });
  throw new Refusal('invalid', 'the month to close is not valid', { errors });
};

const beginShard = (shard: number): ShardProgress => ({
  ...{ shard, step: 'billing', count: 0, of: 0, statements: 0, failures: [] },
  ...{ leaseUntil: 0, savedAt: 0, version: 0 },
});

/** Where a close of the shard begins: at a checkpoint since `resumeSince`, or from the start. */
const startOf = (read: ShardProgress | undefined, shard: number, resumeSince: number): ShardProgress => {
  if (read && read.savedAt >= resumeSince)
    return { ...read, step: 'billing', count: 0, failures: [], isPaused: false };
  const { statements = 0, version = 0, drafts = 0, checkpointed = [] } = read ?? {};
  return { ...beginShard(shard), statements, version, drafts, checkpointed };
};

/** The last changes of the progress, and from when on other closes may work on the shard. */
const restOf = (
  { failures, unfinished, drafts }: ClosedShard,
  now: number,
): [changes: Partial<ShardProgress>, until: number] => {
  // A checkpoint must be resumed soon, also after a failure.
  if (unfinished) return [{}, 0];
  // The shard begins again, to include facts that arrive until then.
  const again = { after: undefined, drafts } as const;
  const pauseMs = failures.size > 0 ? FAILED_BACKOFF_MS : DRAFTS_BACKOFF_MS;
  if (failures.size > 0 || drafts > 0) return [{ ...again, isPaused: true }, now + pauseMs];
  return [{ step: 'done', checkpointed: [], ...again }, 0];
};

/**
 * How the statements of a month are issued. One that has drafts is issued by approval, and so is
 * the next one where a caller does not say.
 */
const issueOf = async (
  { store }: BillingContext,
  month: string,
  { issue }: Pick<CloseOptions, 'issue'>,
): Promise<Issue> => {
  if (issue === 'approve' || (await store.hasDrafts(month))) return 'approve';
  return issue ?? ((await store.hasDrafts(addMonths(month, -1))) ? 'approve' : 'at once');
};

/** Closes one shard under a lease, unless nothing is due or another close has the lease. */
const closeLeasedShard = async (
  context: BillingContext,
  month: string,
  shard: number,
  read: ShardProgress | undefined,
  { deadline = Infinity, shared = false, onProgress = () => {}, ...options }: CloseOptions,
): Promise<ClosedShard | 'nothing due' | 'taken'> => {
  const { now } = context;
  const projects = await readChangedProjects(context, shard, month);
  if (!read && projects.length === 0) return 'nothing due';
  const issue = await issueOf(context, month, options);
  const resumeSince = shared ? now() - RESUMABLE_MS : Infinity;
  const lease = await acquireShard(context, month, read, startOf(read, shard, resumeSince));
  if (!lease) return 'taken';

  let charges = 0;
  const show = () => {
    const { step, count, of } = lease.progress();
    onProgress({ month, shard, shards: SHARD_COUNT, step, count, of, charges });
  };
  const closed = await closeShard(context, month, lease.progress(), projects, {
    ...{ deadline, resumeSince, issue },
    onProgress: (changes) => {
      lease.report(changes);
      if (changes.count !== undefined) show();
    },
    onCharges: (read) => {
      charges = read;
      show();
    },
  });
  await lease.release(...restOf(closed, now()));
  return closed;
};

/** The state of a month's close in which the next step is chosen. */
export interface CloseState {
  readonly shards: readonly ShardProgress[];
  /** Shards that this close has closed, or that have nothing due. */
  readonly handled: ReadonlySet<number>;
  readonly shared: boolean;
  /** A shard of this close was stopped by the deadline, or has drafts left. */
  readonly unfinished: boolean;
  readonly now: number;
  readonly deadline: number;
}

/** The next step of a close: to close a shard, end the month, or leave the rest to other closes. */
export const nextStep = (state: CloseState): { readonly closeShard: number } | 'end month' | 'leave' => {
  const { handled, shared, unfinished, now, deadline } = state;
  const progressOf = new Map(state.shards.map((progress) => [progress.shard, progress]));
  const isDone = (shard: number) => {
    const { step, savedAt = 0 } = progressOf.get(shard) ?? {};
    return shared && step === 'done' && savedAt > now - DONE_TRUSTED_MS;
  };
  const left = SHARDS.filter((shard) => !handled.has(shard) && !isDone(shard));
  if (left.length === 0) return unfinished ? 'leave' : 'end month';
  const free = left.find((shard) => isFree(progressOf.get(shard), now)) ?? (shared ? undefined : left[0]);
  return free === undefined || now >= deadline ? 'leave' : { closeShard: free };
};

const openBecauseOf = (month: string, failures: ReadonlyMap<string, unknown>): AggregateError =>
  new AggregateError(
    failures.values(),
    `${month} stays open: ${failures.size} projects failed (${[...failures.keys()].slice(0, 5).join(', ')}); ` +
      'the others have their statements, and the next close continues',
  );

/** Issues the statements of a month. A project that fails is left to the next close. */
const closeMonth = async (
  context: BillingContext,
  month: string,
  options: CloseOptions,
): Promise<ClosedMonth> => {
  const { store, now } = context;
  const { deadline = Infinity, shared = false } = options;
  const handled = new Set<number>();
  const failures = new Map<string, unknown>();
  let unfinished = false;
  let statements = 0;
  let drafts = 0;
  for (;;) {
    const shards = await store.readShards(month);
    const next = nextStep({ ...{ shards, handled, shared, unfinished, deadline }, now: now() });
    if (typeof next === 'string' && failures.size > 0) throw openBecauseOf(month, failures);
    if (next === 'leave') return { month, statements, unfinished: true, ...(drafts > 0 && { drafts }) };
    if (next === 'end month') {
      const closedAt = now();
      await store.closeMonth(month, closedAt, [monthClosed(month, closedAt)]);
      return { month, statements };
    }
    const shard = next.closeShard;
    const read = shards.find((progress) => progress.shard === shard);
    const closed = await closeLeasedShard(context, month, shard, read, options);
    if (closed === 'taken') continue;
    handled.add(shard);
    if (closed === 'nothing due') continue;
    statements += closed.statements;
    for (const [projectId, error] of closed.failures) failures.set(projectId, error);
    drafts += closed.drafts;
    unfinished ||= closed.unfinished || closed.drafts > 0;
  }
};

/**
 * Closes every ended month that is not closed, oldest first, up to `month` where given (protocol
 * rule 5). Run twice or concurrently it issues each statement once; after a failure or a deadline
 * the next run continues. Several may share a month, shard by shard.
 */
export const closeMonths = async (
  context: BillingContext,
  options: CloseOptions = {},
): Promise<ClosedMonth[]> => {
  const { month, by } = options;
  const lastEnded = lastEndedMonth(context);
  if (month !== undefined && month > lastEnded)
    throw new Refusal(
      'invalid',
      `${month} has not ended in ${context.calendar.timeZone}: it can be closed from ` +
        `${new Date(context.calendar.month(month).end).toISOString()} on`,
      { errors: [{ pointer: '/month', detail: 'month must be a month that has ended' }] },
    );
  const lastClosed = await context.store.readLastClosedMonth();
  if (month !== undefined && lastClosed !== undefined && month <= lastClosed)
    return [{ month, statements: 0, alreadyClosed: true }];
  const results: ClosedMonth[] = [];
  for (const open of await dueMonths(context, options, lastClosed)) {
    if (by) await context.store.logAction(logged(context, by, 'close.begun', { target: open }));
    const closed = await closeMonth(context, open, options);
    results.push(closed);
    if (closed.unfinished) break;
  }
  return results;
};

/** The progress of the oldest ended month that is not closed; nothing if all are closed. */
export const readCloseProgress = async (
  context: BillingContext,
): Promise<{ readonly month: string; readonly shards: readonly ShardProgress[] } | undefined> => {
  const month = await nextToClose(context);
  return month === undefined ? undefined : { month, shards: await context.store.readShards(month) };
};
