import pLimit from 'p-limit';
import * as v from 'valibot';
import { addMonths, monthsFrom } from '../billing/months.ts';
import { Refusal } from '../refusal.ts';
import { DUE_SHARDS } from '../store/keys.ts';
import type { DueMark } from '../store/store.ts';
import { inputErrors, Month } from '../validation.ts';
import { billProject } from './bill.ts';
import type { Ledger } from './ledger.ts';
import { settle } from './settle.ts';

/** Projects worked on at once. */
const CONCURRENCY = 8;

export interface CloseProgress {
  readonly month: string;
  readonly step: 'settling' | 'billing';
  readonly done: number;
  readonly of: number;
}

export interface ClosedMonth {
  readonly month: string;
  readonly statements: number;
  /** Nothing was done. */
  readonly alreadyClosed?: true;
}

export interface CloseOptions {
  /** The last month to close; without it the latest one that has ended. */
  readonly month?: string | undefined;
  readonly onProgress?: (progress: CloseProgress) => void;
}

const CloseRequest = v.object({ month: v.optional(Month) });

/** What the close is asked for: `{ "month": "2026-10" }`, or a schedule's own event, which names no month. */
export const parseCloseRequest = (request: unknown): CloseOptions => {
  const parsed = v.safeParse(CloseRequest, request ?? {});
  if (parsed.success) return parsed.output;
  throw new Refusal('invalid', 'the month to close is not valid', { errors: inputErrors(parsed.issues) });
};

const markKey = ({ projectId, usageMonth }: DueMark) => `${projectId} ${usageMonth}`;

/** Marks written in `months`, each project and usage month once. */
const readMarks = async (ledger: Ledger, months: readonly string[]): Promise<Map<string, DueMark>> => {
  const limit = pLimit(CONCURRENCY);
  const marks = new Map<string, DueMark>();
  const shards = [...Array(DUE_SHARDS).keys()];
  await Promise.all(
    months.flatMap((month) =>
      shards.map((shard) =>
        limit(async () => {
          for await (const mark of ledger.store.dueMarks(month, shard)) marks.set(markKey(mark), mark);
        }),
      ),
    ),
  );
  return marks;
};

/** Gives every open charge of the partition the fact that the month after `month` has begun, and settles its job. */
const cutOpenCharges = async (ledger: Ledger, { projectId, usageMonth }: DueMark, month: string) => {
  for await (const charge of ledger.store.charges(projectId, usageMonth)) {
    if (charge.kind !== 'open') continue;
    const cut = { kind: 'cut', jobId: charge.jobId, month: addMonths(month, 1) } as const;
    await ledger.store.recordCut(cut, ledger.now());
    await settle(ledger, charge.jobId);
  }
};

/** Runs `work` on each, some at once; a failure stops none of the others and is told at the end. */
const tryEach = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>, onDone: () => void) => {
  const limit = pLimit(CONCURRENCY);
  const failures: { item: T; error: unknown }[] = [];
  await Promise.all(
    items.map((item) =>
      limit(() => work(item))
        .catch((error: unknown) => failures.push({ item, error }))
        .finally(onDone),
    ),
  );
  return failures;
};

type Progress = NonNullable<CloseOptions['onProgress']>;

/**
 * Cuts and settles what is open in every project and usage month due. Settling can move charges to other projects and
 * months, so the marks are read until there is no new one.
 */
const settleDue = async (ledger: Ledger, month: string, onProgress: Progress) => {
  const due = new Map<string, DueMark>();
  const failures = new Map<string, unknown>();
  for (;;) {
    const writingMonths = monthsFrom(addMonths(month, -1), ledger.calendar.monthOf(ledger.now()).id);
    const marks = await readMarks(ledger, writingMonths);
    const fresh = [...marks].filter(([key, mark]) => mark.usageMonth <= month && !due.has(key));
    if (fresh.length === 0) return { due: [...due.values()], failures };
    for (const [key, mark] of fresh) due.set(key, mark);
    let done = 0;
    const failed = await tryEach(
      fresh.map(([, mark]) => mark),
      (mark) => cutOpenCharges(ledger, mark, month),
      () => onProgress({ month, step: 'settling', done: ++done, of: fresh.length }),
    );
    for (const { item, error } of failed) failures.set(item.projectId, error);
  }
};

/** Issues the statements of the projects due; a project that could not be settled waits for the next close. */
const closeOne = async (ledger: Ledger, month: string, onProgress: Progress): Promise<ClosedMonth> => {
  const { due, failures } = await settleDue(ledger, month, onProgress);
  const projects = [...Map.groupBy(due, ({ projectId }) => projectId)].filter(
    ([projectId]) => !failures.has(projectId),
  );
  let done = 0;
  let statements = 0;
  const failed = await tryEach(
    projects,
    async ([projectId, marks]) => {
      const usageMonths = marks.map(({ usageMonth }) => usageMonth).sort();
      if ((await billProject(ledger, projectId, month, usageMonths)) === 'issued') statements += 1;
    },
    () => onProgress({ month, step: 'billing', done: ++done, of: projects.length }),
  );
  for (const { item, error } of failed) failures.set(item[0], error);

  if (failures.size > 0)
    throw new AggregateError(
      failures.values(),
      `${month} stays open: ${failures.size} projects failed (${[...failures.keys()].slice(0, 5).join(', ')}); ` +
        'the others have their statements, and the next close goes on from there',
    );
  await ledger.store.closeMonth(month, ledger.now());
  return { month, statements };
};

/** The first month to close: after the last closed one, or where the oldest usage lies. */
const firstOpenMonth = async (
  ledger: Ledger,
  lastClosed: string | undefined,
  lastEnded: string,
): Promise<string> => {
  if (lastClosed !== undefined) return addMonths(lastClosed, 1);
  const since = addMonths(ledger.since, -1);
  const marks = await readMarks(ledger, monthsFrom(since, ledger.calendar.monthOf(ledger.now()).id));
  return [...marks.values()].map(({ usageMonth }) => usageMonth).reduce((a, b) => (a < b ? a : b), lastEnded);
};

/**
 * Closes every month that has ended in the billing zone and is not closed, oldest first, up to `month` where given (protocol rule 5).
 * Run twice or concurrently it issues each statement once; after a failure the next run goes on.
 */
export const closeMonths = async (
  ledger: Ledger,
  { month, onProgress = () => {} }: CloseOptions = {},
): Promise<ClosedMonth[]> => {
  const current = ledger.calendar.monthOf(ledger.now());
  const lastEnded = addMonths(current.id, -1);
  const last = month ?? lastEnded;
  if (last > lastEnded)
    throw new Refusal(
      'invalid',
      `${last} has not ended in ${ledger.calendar.timeZone}: it can be closed from ` +
        `${new Date(ledger.calendar.month(last).end).toISOString()} on`,
      { errors: [{ pointer: '/month', detail: 'must be a month that has ended' }] },
    );
  const lastClosed = (await ledger.store.readClosedMonths()).at(-1);
  if (month !== undefined && lastClosed !== undefined && month <= lastClosed)
    return [{ month, statements: 0, alreadyClosed: true }];
  const results: ClosedMonth[] = [];
  for (const open of monthsFrom(await firstOpenMonth(ledger, lastClosed, lastEnded), last))
    results.push(await closeOne(ledger, open, onProgress));
  return results;
};
