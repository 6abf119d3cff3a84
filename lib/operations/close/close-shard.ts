import pLimit from 'p-limit';
import { compareText } from '../../billing/compare-text.ts';
import { addMonths } from '../../billing/months.ts';
import type { ChangedMonth } from '../../store/changed-months.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import type { BillingContext } from '../billing-context.ts';
import { settle } from '../settle/settle.ts';
import { billProject } from '../statements/issue-statement.ts';
import { type ChangedMonths, readChangedMonths } from './changed-months.ts';

const PROJECTS_AT_ONCE = 16;
/** Jobs of one project. */
const JOBS_AT_ONCE = 8;
/** Failures listed in the progress. */
const FAILURES_LISTED = 10;

export interface CloseShardOptions {
  /** Nothing new is begun from then on. */
  readonly deadline: number;
  /** Checkpoints of statements since then are resumed. */
  readonly resumeSince: number;
  /** Called with the changes of the progress. */
  readonly onProgress: (progress: Partial<ShardProgress>) => void;
}

export interface ClosedShard {
  /** Statements issued. */
  readonly statements: number;
  /** The deadline passed. */
  readonly unfinished: boolean;
  readonly failures: ReadonlyMap<string, unknown>;
}

/** The state of the close of one shard. */
interface ShardWork extends CloseShardOptions {
  readonly context: BillingContext;
  readonly month: string;
  readonly failures: Map<string, unknown>;
  unfinished: boolean;
}

type Outcome = 'finished' | 'stopped';

const entriesAfter = <T>(items: ReadonlyMap<string, T>, after = ''): [string, T][] =>
  [...items].filter(([key]) => key > after).sort(([a], [b]) => compareText(a, b));

/** Works on one project. A failure is recorded, and stops no other project. */
const attempt = async (
  { failures, onProgress }: ShardWork,
  projectId: string,
  work: () => Promise<Outcome>,
): Promise<Outcome | 'failed'> => {
  try {
    return await work();
  } catch (error) {
    failures.set(projectId, error);
    const named = [...failures].slice(0, FAILURES_LISTED);
    onProgress({ failures: named.map(([failed, why]) => ({ projectId: failed, error: String(why) })) });
    return 'failed';
  }
};

/**
 * Works on the projects concurrently, in the order of their keys. The progress has the key up to
 * which all are finished: the next close continues after it.
 */
const forEachProject = async <T extends { readonly projectId: string }>(
  work: ShardWork,
  items: readonly (readonly [key: string, item: T])[],
  close: (item: T) => Promise<Outcome>,
): Promise<void> => {
  const limit = pLimit(PROJECTS_AT_ONCE);
  const finished = new Set<number>();
  // After a failure the key stays: the next close begins again with the failed project.
  const isResumable = work.failures.size === 0;
  let upTo = 0;
  const finish = (index: number): Partial<ShardProgress> => {
    finished.add(index);
    while (finished.delete(upTo)) upTo += 1;
    const after = items[upTo - 1]?.[0];
    return after === undefined || !isResumable ? {} : { after };
  };
  let count = 0;
  await limit.map(items, async ([, item], index) => {
    const outcome =
      work.context.now() >= work.deadline
        ? 'stopped'
        : await attempt(work, item.projectId, () => close(item));
    if (outcome === 'stopped') work.unfinished = true;
    else work.onProgress({ count: ++count, of: items.length, ...(outcome === 'finished' && finish(index)) });
  });
};

/** Records the cutoff of each open charge of the partition, and settles its job (rule 1). */
const cutOpenCharges = async (
  { context, month, deadline, onProgress }: ShardWork,
  changed: ChangedMonth,
): Promise<Outcome> => {
  const limit = pLimit(JOBS_AT_ONCE);
  for await (const page of context.store.chargePages(changed)) {
    const open = page.filter(({ kind }) => kind === 'open');
    await limit.map(open, async ({ projectId, jobId }) => {
      const cutoff = { kind: 'cutoff', projectId, jobId, month: addMonths(month, 1) } as const;
      await context.store.recordCutoff(cutoff, context.now());
      await settle(context, { projectId, jobId });
    });
    onProgress({});
    // Their charges are not open any more, so even a close with little time makes progress.
    if (open.length > 0 && context.now() >= deadline) return 'stopped';
  }
  return 'finished';
};

/**
 * Cuts and settles the open charges of the changed months after `after`, and of those marked
 * meanwhile: a settle can move charges to other months (rule 5). Gives all of them.
 */
const settleShard = async (work: ShardWork, shard: number, read: ChangedMonths, after?: string) => {
  const changed = new Map(read);
  for (let fresh = entriesAfter(changed, after); fresh.length > 0 && !work.unfinished; ) {
    await forEachProject(work, fresh, (month) => cutOpenCharges(work, month));
    const again = await readChangedMonths(work.context, shard, work.month);
    fresh = entriesAfter(again).filter(([key]) => !changed.has(key));
    for (const [key, month] of fresh) changed.set(key, month);
  }
  return changed;
};

/**
 * Issues the statements of projects after `after` that did not fail (rule 6). Gives their number.
 */
const billShard = async (work: ShardWork, changed: ChangedMonths, issuedBefore: number, after?: string) => {
  const { context, month, deadline, resumeSince, onProgress } = work;
  const projects = Map.groupBy(changed.values(), ({ projectId }) => projectId);
  for (const projectId of work.failures.keys()) projects.delete(projectId);
  const left = entriesAfter(projects, after).map(([projectId, months]) => {
    const usageMonths = months.map(({ usageMonth }) => usageMonth).sort();
    return [projectId, { projectId, usageMonths }] as const;
  });
  let statements = 0;
  onProgress({ count: 0, of: left.length });
  await forEachProject(work, left, async ({ projectId, usageMonths }) => {
    const onPage = () => onProgress({});
    const options = { deadline, resumeSince, onPage };
    const outcome = await billProject(context, projectId, month, usageMonths, options);
    if (outcome === 'issued') onProgress({ statements: issuedBefore + ++statements });
    return outcome === 'checkpointed' ? 'stopped' : 'finished';
  });
  return statements;
};

/**
 * Closes a month for the projects of one shard, from its progress on: settles open charges, then
 * issues the statements. Unfinished and failed projects are left to the next close of the shard.
 */
export const closeShard = async (
  context: BillingContext,
  month: string,
  from: ShardProgress,
  read: ChangedMonths,
  options: CloseShardOptions,
): Promise<ClosedShard> => {
  const work: ShardWork = { ...options, context, month, failures: new Map(), unfinished: false };
  const { failures } = work;
  let changed = read;
  let { after } = from;
  if (from.step === 'settling') {
    changed = await settleShard(work, from.shard, read, after);
    if (work.unfinished) return { statements: 0, unfinished: true, failures };
    after = undefined;
    if (failures.size === 0) options.onProgress({ step: 'billing', after });
  }
  const statements = await billShard(work, changed, from.statements, after);
  return { statements, unfinished: work.unfinished, failures };
};
