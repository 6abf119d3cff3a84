import * as v from 'valibot';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../billing/minutes.ts';
import { Refusal } from '../refusal.ts';
import { DUE_SHARDS } from '../store/keys.ts';
import type { ShardProgress } from '../store/store.ts';
import { inputErrors, isMonth, MONTH_RULE } from '../validation.ts';
import { closeShard, readDue } from './close-shard.ts';
import type { Ledger } from './ledger.ts';
import { lastEndedMonth, openMonths, SHARDS } from './open-months.ts';

/** Who works on a shard says so at least this often, */
const SAVED_EVERY_MS = 20_000;
/** and who has said nothing for so long has left it. Two at one shard are a waste, never a wrong bill. */
const HELD_MS = 120_000;
/** What failed is left alone for so long by all who share. */
const FAILED_MS = 30 * MINUTE_MS;
/**
 * What was handed over is gone on from for so long. After that, or by hand, a shard begins again: what has arrived meanwhile belongs on
 * its statements.
 */
const GO_ON_MS = 10 * MINUTE_MS;
/** A shard that is done is left alone for so long by all who share. */
const DONE_MS = 12 * HOUR_MS;
const KEPT_MS = 90 * DAY_MS;

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
  /** How long ago that must be. */
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
  ...{
    shard,
    step: 'settling',
    count: 0,
    of: 0,
    statements: 0,
    failures: [],
    heldUntil: 0,
    savedAt: 0,
    version: 0,
  },
});

/**
 * Closes one shard of a month, and keeps how far it has come in the table. Nothing if somebody else has just taken it, or if there is
 * nothing due.
 */
const workOn = async (
  ledger: Ledger,
  month: string,
  shard: number,
  read: ShardProgress | undefined,
  { deadline = Infinity, shared = false, onProgress = () => {} }: CloseOptions,
): Promise<Awaited<ReturnType<typeof closeShard>> | 'nothing due' | 'taken'> => {
  const { store, now } = ledger;
  const due = await readDue(ledger, shard, month);
  if (!read && due.size === 0) return 'nothing due';
  const expiresAt = Math.ceil((now() + KEPT_MS) / 1000);
  const goOnSince = shared ? now() - GO_ON_MS : Infinity;
  const { statements = 0, version = 0 } = read ?? {};
  let progress: ShardProgress =
    read && read.savedAt >= goOnSince
      ? { ...read, count: 0, failures: [] }
      : { ...beginShard(shard), statements, version };
  let savedAt = now();
  const renewed = (heldUntil: number): ShardProgress => {
    progress = { ...progress, heldUntil, savedAt: now(), version: progress.version + 1 };
    return progress;
  };
  if (!(await store.claimShard(month, read, renewed(savedAt + HELD_MS), expiresAt))) return 'taken';

  let saving = Promise.resolve();
  const closed = await closeShard(ledger, month, progress, due, {
    ...{ deadline, goOnSince },
    onProgress: (changes) => {
      progress = { ...progress, ...changes };
      const { step, count, of } = progress;
      if (changes.count !== undefined) onProgress({ month, shard, shards: DUE_SHARDS, step, count, of });
      if (now() < savedAt + SAVED_EVERY_MS) return;
      savedAt = now();
      // It tells people and others who close: a save that fails is made up for by the next one.
      saving = saving
        .then(() => store.saveShard(month, renewed(savedAt + HELD_MS), expiresAt))
        .catch(() => {});
    },
  });
  await saving;
  const hasFailed = closed.failures.size > 0;
  // What failed is begun again from the start: facts may have arrived until then.
  if (!closed.unfinished) progress = { ...progress, step: hasFailed ? 'settling' : 'done', after: undefined };
  // What failed waits until nothing else is left to do here: what was handed over must be gone on from soon.
  const isLeftAlone = hasFailed && !closed.unfinished;
  await store.saveShard(month, renewed(isLeftAlone ? now() + FAILED_MS : 0), expiresAt);
  return closed;
};

/** Issues the statements of the projects due; a project that fails waits for the next close. */
const closeMonth = async (ledger: Ledger, month: string, options: CloseOptions): Promise<ClosedMonth> => {
  const { store, now } = ledger;
  const { deadline = Infinity, shared = false } = options;
  const handled = new Set<number>();
  const failures = new Map<string, unknown>();
  let unfinished = false;
  let statements = 0;
  for (;;) {
    const known = new Map((await store.readShards(month)).map((progress) => [progress.shard, progress]));
    const isDone = (shard: number) => {
      const { step, savedAt = 0 } = known.get(shard) ?? {};
      return shared && step === 'done' && savedAt > now() - DONE_MS;
    };
    const left = SHARDS.filter((shard) => !handled.has(shard) && !isDone(shard));
    const isFree = (shard: number) => (known.get(shard)?.heldUntil ?? 0) <= now();
    const next = left.find(isFree) ?? (shared ? undefined : left[0]);
    const isOver = next === undefined || now() >= deadline;
    if (isOver && failures.size > 0)
      throw new AggregateError(
        failures.values(),
        `${month} stays open: ${failures.size} projects failed (${[...failures.keys()].slice(0, 5).join(', ')}); ` +
          'the others have their statements, and the next close goes on from there',
      );
    if (left.length === 0 && !unfinished) {
      await store.closeMonth(month, now());
      return { month, statements };
    }
    if (isOver) return { month, statements, unfinished: true };
    const closed = await workOn(ledger, month, next, known.get(next), options);
    if (closed === 'taken') continue;
    handled.add(next);
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
export const closeMonths = async (ledger: Ledger, options: CloseOptions = {}): Promise<ClosedMonth[]> => {
  const { month, closeAfterMs } = options;
  const lastEnded = lastEndedMonth(ledger);
  if (month !== undefined && month > lastEnded)
    throw new Refusal(
      'invalid',
      `${month} has not ended in ${ledger.calendar.timeZone}: it can be closed from ` +
        `${new Date(ledger.calendar.month(month).end).toISOString()} on`,
      { errors: [{ pointer: '/month', detail: 'must be a month that has ended' }] },
    );
  const lastClosed = (await ledger.store.readClosedMonths()).at(-1);
  if (month !== undefined && lastClosed !== undefined && month <= lastClosed)
    return [{ month, statements: 0, alreadyClosed: true }];
  const last = month ?? lastEndedMonth(ledger, closeAfterMs);
  const results: ClosedMonth[] = [];
  for (const open of await openMonths(ledger, last, lastClosed)) {
    const closed = await closeMonth(ledger, open, options);
    results.push(closed);
    if (closed.unfinished) break;
  }
  return results;
};

/** How far the close of the oldest month is that has ended and is not closed; nothing if all are closed. */
export const readCloseProgress = async (
  ledger: Ledger,
): Promise<{ readonly month: string; readonly shards: readonly ShardProgress[] } | undefined> => {
  const lastClosed = (await ledger.store.readClosedMonths()).at(-1);
  const [month] = await openMonths(ledger, lastEndedMonth(ledger), lastClosed);
  return month === undefined ? undefined : { month, shards: await ledger.store.readShards(month) };
};
