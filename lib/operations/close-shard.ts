import pLimit from 'p-limit';
import { compareText } from '../billing/compare-text.ts';
import { addMonths } from '../billing/months.ts';
import type { DueMark, ShardProgress } from '../store/store.ts';
import { billProject } from './bill.ts';
import { type Ledger, writingMonths } from './ledger.ts';
import { settle } from './settle.ts';

const PROJECTS_AT_ONCE = 16;
/** Of one project. */
const JOBS_AT_ONCE = 8;
/** Failures that the progress names. */
const FAILURES_NAMED = 10;

const markKey = ({ projectId, usageMonth }: DueMark) => `${projectId} ${usageMonth}`;

/** Marks of a shard written in `months`, each project and usage month once. */
export const readMarks = async (
  { store }: Ledger,
  shard: number,
  months: readonly string[],
): Promise<ReadonlyMap<string, DueMark>> => {
  const written = await Promise.all(months.map((month) => Array.fromAsync(store.dueMarks(month, shard))));
  return new Map(written.flat().map((mark) => [markKey(mark), mark]));
};

/** What is due when `month` is closed, earlier usage too: marks written since the month before (protocol rule 5). */
export const readDue = async (
  ledger: Ledger,
  shard: number,
  month: string,
): Promise<ReadonlyMap<string, DueMark>> => {
  const marks = await readMarks(ledger, shard, writingMonths(ledger, addMonths(month, -1), ledger.now()));
  return new Map([...marks].filter(([, { usageMonth }]) => usageMonth <= month));
};

/** What comes after a key, in the order of keys. */
const leftAfter = <T>(items: ReadonlyMap<string, T>, after = ''): [string, T][] =>
  [...items].filter(([key]) => key > after).sort(([a], [b]) => compareText(a, b));

/** Gives every open charge of the partition the fact that the month after `month` has begun, and settles its job. */
const cutOpenCharges = async (
  ledger: Ledger,
  mark: DueMark,
  month: string,
  deadline: number,
  onPage: () => void,
): Promise<'finished' | 'stopped'> => {
  const limit = pLimit(JOBS_AT_ONCE);
  for await (const page of ledger.store.chargePages(mark)) {
    const open = page.filter(({ kind }) => kind === 'open');
    await limit.map(open, async ({ jobId }) => {
      await ledger.store.recordCut({ kind: 'cut', jobId, month: addMonths(month, 1) }, ledger.now());
      await settle(ledger, jobId);
    });
    onPage();
    // Those it has cut are not open any more: however little time there is, the next one gets further.
    if (open.length > 0 && ledger.now() >= deadline) return 'stopped';
  }
  return 'finished';
};

export interface CloseShardOptions {
  /** Nothing new is begun from then on. */
  readonly deadline: number;
  /** Goes on with statements that were handed over since then. */
  readonly goOnSince: number;
  /** Told after each piece of work: how far it has come, if that has changed. */
  readonly onProgress: (progress: Partial<ShardProgress>) => void;
}

export interface ClosedShard {
  /** Statements issued. */
  readonly statements: number;
  /** The deadline came first. */
  readonly unfinished: boolean;
  readonly failures: ReadonlyMap<string, unknown>;
}

/**
 * Closes a month for the projects of one shard: cuts and settles what is open, reads the marks again until none is new, since settling
 * can move charges to other projects and months, and issues the statements.
 *
 * What is not finished, or failed, is found by the next one who closes the shard: who has a statement keeps it.
 */
export const closeShard = async (
  ledger: Ledger,
  month: string,
  from: ShardProgress,
  dueAtFirst: ReadonlyMap<string, DueMark>,
  { deadline, goOnSince, onProgress }: CloseShardOptions,
): Promise<ClosedShard> => {
  const limit = pLimit(PROJECTS_AT_ONCE);
  const failures = new Map<string, unknown>();
  let unfinished = false;

  /**
   * Works on each project, some at once, in the order of their keys; a failure stops none of the others. Tells up to which key all are
   * finished, so that the next close goes on after it.
   */
  const each = async <T extends { readonly projectId: string }>(
    items: readonly (readonly [key: string, item: T])[],
    work: (item: T) => Promise<'finished' | 'stopped'>,
  ): Promise<void> => {
    const finished = new Set<number>();
    // Where something has failed before, nobody may go on after what comes now: what failed would be passed over.
    const mayGoOn = failures.size === 0;
    let upTo = 0;
    const finish = (index: number) => {
      finished.add(index);
      while (finished.delete(upTo)) upTo += 1;
      const after = items[upTo - 1]?.[0];
      return after === undefined || !mayGoOn ? {} : { after };
    };
    let count = 0;
    await Promise.all(
      items.map(([, item], index) =>
        limit(async () => {
          const outcome =
            ledger.now() >= deadline ? 'stopped' : await attempt(item.projectId, () => work(item));
          if (outcome === 'stopped') unfinished = true;
          else onProgress({ count: ++count, of: items.length, ...(outcome === 'finished' && finish(index)) });
        }),
      ),
    );
  };

  const attempt = async <T>(projectId: string, work: () => Promise<T>): Promise<T | 'failed'> => {
    try {
      return await work();
    } catch (error) {
      failures.set(projectId, error);
      const named = [...failures].slice(0, FAILURES_NAMED);
      onProgress({ failures: named.map(([failed, why]) => ({ projectId: failed, error: String(why) })) });
      return 'failed';
    }
  };

  const due = new Map(dueAtFirst);
  let { after } = from;
  if (from.step === 'settling') {
    for (let fresh = leftAfter(due, after); fresh.length > 0 && !unfinished; ) {
      await each(fresh, (mark) => cutOpenCharges(ledger, mark, month, deadline, () => onProgress({})));
      fresh = leftAfter(await readDue(ledger, from.shard, month)).filter(([key]) => !due.has(key));
      for (const [key, mark] of fresh) due.set(key, mark);
    }
    if (unfinished) return { statements: 0, unfinished, failures };
    after = undefined;
    if (failures.size === 0) onProgress({ step: 'billing', after });
  }

  const projects = Map.groupBy(due.values(), ({ projectId }) => projectId);
  for (const projectId of failures.keys()) projects.delete(projectId);
  const left = leftAfter(projects, after).map(([projectId, marks]) => {
    const usageMonths = marks.map(({ usageMonth }) => usageMonth).sort();
    return [projectId, { projectId, usageMonths }] as const;
  });
  let statements = 0;
  onProgress({ count: 0, of: left.length });
  await each(left, async ({ projectId, usageMonths }) => {
    const onPage = () => onProgress({});
    const outcome = await billProject(ledger, projectId, month, usageMonths, {
      ...{ deadline, goOnSince, onPage },
    });
    if (outcome === 'issued') onProgress({ statements: from.statements + ++statements });
    return outcome === 'handed over' ? 'stopped' : 'finished';
  });
  return { statements, unfinished, failures };
};
