import * as v from 'valibot';
import { HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { Refusal } from '../../refusal.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import { SHARD_COUNT } from '../../store/keys.ts';
import { inputErrors, isMonth, MONTH_RULE } from '../../validation.ts';
import type { BillingContext } from '../billing-context.ts';
import { readChangedMonths, SHARDS } from './changed-months.ts';
import { type ClosedShard, closeShard } from './close-shard.ts';
import { closableMonths, lastEndedMonth, openMonths } from './open-months.ts';
import { acquireShard, isFree } from './shard-lease.ts';

/** A shard with a failure is left alone for so long by closes that share; projects without one have their statements. */
const FAILED_MS = 30 * MINUTE_MS;
/** Checkpoint lifetime. Later, or by hand, a shard begins again: what arrived meanwhile belongs on its statements. */
const RESUMABLE_MS = 10 * MINUTE_MS;
/** A shard that is done is left alone for so long by closes that share. */
const DONE_MS = 12 * HOUR_MS;

/** How far one shard of a month is. */
export interface CloseProgress extends Pick<ShardProgress, 'shard' | 'step' | 'count' | 'of'> {
  readonly month: string;
  readonly shards: number;
}

export interface ClosedMonth {
  readonly month: string;
  /** Issued by this close. */
  readonly statements: number;
  /** Nothing was done. */
  readonly alreadyClosed?: true;
  /** Time is up, or others are at what is left. */
  readonly unfinished?: true;
}

export interface CloseOptions {
  /** The last month to close, at once; without it the latest one that has ended long enough ago. */
  readonly month?: string | undefined;
  /** How long ago that must be; before the first close, also how long ago usage was first seen. */
  readonly closeAfterMs?: number;
  /** Nothing new is begun from then on; the next close goes on from there. */
  readonly deadline?: number;
  /** Others close too: what one of them is at is left to it. */
  readonly shared?: boolean;
  readonly onProgress?: (progress: CloseProgress) => void;
}

const CloseRequest = v.object({ month: v.optional(v.custom<string>(isMonth, MONTH_RULE)) });

/** What the close is asked for: `{ "month": "2026-10" }`, or a schedule's own event, which names no month. */
export const parseCloseRequest = (request: unknown): CloseOptions => {
  const parsed = v.safeParse(CloseRequest, request ?? {});
  if (parsed.success) return parsed.output;
  throw new Refusal('invalid', 'the month to close is not valid', { errors: inputErrors(parsed.issues) });
};

const beginShard = (shard: number): ShardProgress => ({
  ...{ shard, step: 'settling', count: 0, of: 0, statements: 0, failures: [] },
  ...{ leaseUntil: 0, savedAt: 0, version: 0 },
});

/** Where a close of the shard begins: at a checkpoint that is young enough, or from the start. */
const startOf = (read: ShardProgress | undefined, shard: number, resumeSince: number): ShardProgress => {
  if (read && read.savedAt >= resumeSince) return { ...read, count: 0, failures: [] };
  const { statements = 0, version = 0 } = read ?? {};
  return { ...beginShard(shard), statements, version };
};

/** Closes one shard of a month under a lease. Nothing to do if nothing is due, or another close has just taken it. */
const closeLeasedShard = async (
  context: BillingContext,
  month: string,
  shard: number,
  read: ShardProgress | undefined,
  { deadline = Infinity, shared = false, onProgress = () => {} }: CloseOptions,
): Promise<ClosedShard | 'nothing due' | 'taken'> => {
  const { now } = context;
  const changed = await readChangedMonths(context, shard, month);
  if (!read && changed.size === 0) return 'nothing due';
  const resumeSince = shared ? now() - RESUMABLE_MS : Infinity;
  const lease = await acquireShard(context, month, read, startOf(read, shard, resumeSince));
  if (!lease) return 'taken';

  const closed = await closeShard(context, month, lease.progress(), changed, {
    ...{ deadline, resumeSince: resumeSince },
    onProgress: (changes) => {
      lease.report(changes);
      const { step, count, of } = lease.progress();
      if (changes.count !== undefined) onProgress({ month, shard, shards: SHARD_COUNT, step, count, of });
    },
  });
  const hasFailed = closed.failures.size > 0;
  // What failed begins again from the start: facts may have arrived until then.
  const end = closed.unfinished ? {} : ({ step: hasFailed ? 'settling' : 'done', after: undefined } as const);
  // A checkpoint must be continued soon, also beside a failure.
  const isLeftAlone = hasFailed && !closed.unfinished;
  await lease.release(end, isLeftAlone ? now() + FAILED_MS : 0);
  return closed;
};

/** What is known of a month's close when the next step is chosen. */
export interface CloseState {
  readonly shards: readonly ShardProgress[];
  /** Shards that this close has worked on, or that have nothing due. */
  readonly handled: ReadonlySet<number>;
  readonly shared: boolean;
  /** A shard of this close was stopped by the deadline. */
  readonly unfinished: boolean;
  readonly now: number;
  readonly deadline: number;
}

/** What a close of a month does next: closes a shard, ends the month, or leaves what is left to other closes. */
export const nextStep = (state: CloseState): { readonly closeShard: number } | 'end month' | 'leave' => {
  const { handled, shared, unfinished, now, deadline } = state;
  const known = new Map(state.shards.map((progress) => [progress.shard, progress]));
  const isDone = (shard: number) => {
    const { step, savedAt = 0 } = known.get(shard) ?? {};
    return shared && step === 'done' && savedAt > now - DONE_MS;
  };
  const left = SHARDS.filter((shard) => !handled.has(shard) && !isDone(shard));
  if (left.length === 0) return unfinished ? 'leave' : 'end month';
  const free = left.find((shard) => isFree(known.get(shard), now)) ?? (shared ? undefined : left[0]);
  return free === undefined || now >= deadline ? 'leave' : { closeShard: free };
};

const openBecauseOf = (month: string, failures: ReadonlyMap<string, unknown>): AggregateError =>
  new AggregateError(
    failures.values(),
    `${month} stays open: ${failures.size} projects failed (${[...failures.keys()].slice(0, 5).join(', ')}); ` +
      'the others have their statements, and the next close goes on from there',
  );

/** Issues the statements of the projects with changed months; a project that fails waits for the next close. */
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
  for (;;) {
    const shards = await store.readShards(month);
    const next = nextStep({ ...{ shards, handled, shared, unfinished, deadline }, now: now() });
    if (typeof next === 'string' && failures.size > 0) throw openBecauseOf(month, failures);
    if (next === 'leave') return { month, statements, unfinished: true };
    if (next === 'end month') {
      await store.closeMonth(month, now());
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
    unfinished ||= closed.unfinished;
  }
};

/**
 * Closes every month that has ended in the billing zone and is not closed, oldest first, up to `month` where given (protocol rule 5).
 * Run twice or concurrently it issues each statement once; after a failure or a deadline the next run goes on. Several may share a
 * month, shard by shard.
 */
export const closeMonths = async (
  context: BillingContext,
  options: CloseOptions = {},
): Promise<ClosedMonth[]> => {
  const { month, closeAfterMs } = options;
  const lastEnded = lastEndedMonth(context);
  if (month !== undefined && month > lastEnded)
    throw new Refusal(
      'invalid',
      `${month} has not ended in ${context.calendar.timeZone}: it can be closed from ` +
        `${new Date(context.calendar.month(month).end).toISOString()} on`,
      { errors: [{ pointer: '/month', detail: 'must be a month that has ended' }] },
    );
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  if (month !== undefined && lastClosed !== undefined && month <= lastClosed)
    return [{ month, statements: 0, alreadyClosed: true }];
  const results: ClosedMonth[] = [];
  const months =
    month === undefined && closeAfterMs !== undefined
      ? await closableMonths(context, closeAfterMs, lastClosed)
      : await openMonths(context, month ?? lastEnded, lastClosed);
  for (const open of months) {
    const closed = await closeMonth(context, open, options);
    results.push(closed);
    if (closed.unfinished) break;
  }
  return results;
};

/** How far the close of the oldest month is that has ended and is not closed; nothing if all are closed. */
export const readCloseProgress = async (
  context: BillingContext,
): Promise<{ readonly month: string; readonly shards: readonly ShardProgress[] } | undefined> => {
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  const [month] = await openMonths(context, lastEndedMonth(context), lastClosed);
  return month === undefined ? undefined : { month, shards: await context.store.readShards(month) };
};
