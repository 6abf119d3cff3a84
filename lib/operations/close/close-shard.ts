import pLimit from 'p-limit';
import { compareText } from '../../billing/compare-text.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import type { BillingContext } from '../billing-context.ts';
import { billProject, type Issue } from '../statements/issue-statement.ts';
import { type ChangedMonths, readChangedMonths } from './changed-months.ts';
import { cutOpenCharges } from './cut-open-charges.ts';

const PROJECTS_AT_ONCE = 16;
/** Failures listed in the progress. */
const FAILURES_LISTED = 10;

export interface CloseShardOptions {
  /** Nothing new is begun from then on. */
  readonly deadline: number;
  /** Checkpoints of statements since then are resumed. */
  readonly resumeSince: number;
  readonly issue?: Issue;
  /** Called with the changes of the progress. */
  readonly onProgress: (progress: Partial<ShardProgress>) => void;
}

export interface ClosedShard {
  /** Statements issued. */
  readonly statements: number;
  /** Drafts that wait for a person, or are held back. */
  readonly drafts: number;
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

/**
 * Cuts and settles the open charges of the changed months after `after`, and of those marked
 * meanwhile: a settle can move charges to other months (rule 5). Gives all of them.
 */
const settleShard = async (work: ShardWork, shard: number, read: ChangedMonths, after?: string) => {
  const changed = new Map(read);
  const onPage = () => work.onProgress({});
  for (let fresh = entriesAfter(changed, after); fresh.length > 0 && !work.unfinished; ) {
    await forEachProject(work, fresh, (changedMonth) =>
      cutOpenCharges(work.context, work.month, changedMonth, { deadline: work.deadline, onPage }),
    );
    const again = await readChangedMonths(work.context, shard, work.month);
    fresh = entriesAfter(again).filter(([key]) => !changed.has(key));
    for (const [key, month] of fresh) changed.set(key, month);
  }
  return changed;
};

/**
 * Issues the statements of projects after `after` that did not fail (rule 6), or keeps their
 * drafts. Gives the number of both.
 */
const billShard = async (work: ShardWork, changed: ChangedMonths, from: ShardProgress, after?: string) => {
  const { context, month, deadline, resumeSince, issue = 'at once', onProgress } = work;
  const projects = Map.groupBy(changed.values(), ({ projectId }) => projectId);
  for (const projectId of work.failures.keys()) projects.delete(projectId);
  const left = entriesAfter(projects, after).map(([projectId, months]) => {
    const usageMonths = months.map(({ usageMonth }) => usageMonth).sort();
    return [projectId, { projectId, usageMonths }] as const;
  });
  let statements = 0;
  let { drafts = 0 } = after === undefined ? {} : from;
  onProgress({ count: 0, of: left.length, drafts });
  await forEachProject(work, left, async ({ projectId, usageMonths }) => {
    const onPage = () => onProgress({});
    const options = { deadline, resumeSince, issue, onPage };
    const outcome = await billProject(context, projectId, month, usageMonths, options);
    if (outcome === 'issued') onProgress({ statements: from.statements + ++statements });
    if (outcome === 'waits' || outcome === 'held back') onProgress({ drafts: ++drafts });
    return outcome === 'checkpointed' ? 'stopped' : 'finished';
  });
  return { statements, drafts };
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
    if (work.unfinished) return { statements: 0, drafts: 0, unfinished: true, failures };
    after = undefined;
    if (failures.size === 0) options.onProgress({ step: 'billing', after, drafts: 0 });
  }
  const billed = await billShard(work, changed, from, after);
  return { ...billed, unfinished: work.unfinished, failures };
};
