import pLimit from 'p-limit';
import { Refusal } from '../../refusal.ts';
import type { ShardProgress } from '../../store/close-progress.ts';
import type { BillingContext } from '../billing-context.ts';
import { billProject, type Issue } from '../statements/issue-statement.ts';

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
  /** Called after each page of charges with how many were read. */
  readonly onCharges?: (read: number) => void;
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
interface ShardWork extends Pick<CloseShardOptions, 'deadline' | 'onProgress'> {
  readonly context: BillingContext;
  readonly failures: Map<string, unknown>;
  unfinished: boolean;
}

/** `billed`: finished, and it has its statement of the month. */
type Outcome = 'finished' | 'billed' | 'stopped';

/** A refusal says it in its own words. */
const reasonOf = (error: unknown): string => (error instanceof Refusal ? error.message : String(error));

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
    onProgress({ failures: named.map(([failed, why]) => ({ projectId: failed, error: reasonOf(why) })) });
    return 'failed';
  }
};

/**
 * Works on the projects concurrently, in the order of their ids. The progress has the id up to
 * which all are finished: the next close continues after it, and counts their statements no more.
 */
const forEachProject = async (
  work: ShardWork,
  projects: readonly string[],
  { statements, statementsUpTo }: Pick<ShardProgress, 'statements'> & { readonly statementsUpTo: number },
  close: (projectId: string) => Promise<Outcome>,
): Promise<void> => {
  const limit = pLimit(PROJECTS_AT_ONCE);
  const finished = new Map<number, Outcome>();
  let upTo = 0;
  let billed = statementsUpTo;
  let billedUpTo = statementsUpTo;
  const finish = (index: number, outcome: Outcome): Partial<ShardProgress> => {
    if (outcome === 'billed') billed += 1;
    finished.set(index, outcome);
    for (let next = finished.get(upTo); next !== undefined; next = finished.get(upTo)) {
      finished.delete(upTo);
      upTo += 1;
      if (next === 'billed') billedUpTo += 1;
    }
    const after = projects[upTo - 1];
    return {
      ...{ statements: Math.max(statements, billed), statementsUpTo: billedUpTo },
      ...(after !== undefined && { after }),
    };
  };
  let count = 0;
  await limit.map(projects, async (projectId, index) => {
    const outcome =
      work.context.now() >= work.deadline
        ? 'stopped'
        : await attempt(work, projectId, () => close(projectId));
    if (outcome === 'stopped') work.unfinished = true;
    else
      work.onProgress({
        ...{ count: ++count, of: projects.length },
        ...(outcome !== 'failed' && finish(index, outcome)),
      });
  });
};

/**
 * Closes a month for the projects of one shard, from its progress on: cuts and settles their open
 * charges, and issues their statements (rule 6) or keeps their drafts. Unfinished and failed
 * projects are left to the next close of the shard.
 */
export const closeShard = async (
  context: BillingContext,
  month: string,
  from: ShardProgress,
  projects: readonly string[],
  { resumeSince, issue = 'at once', onCharges = () => {}, ...options }: CloseShardOptions,
): Promise<ClosedShard> => {
  const work: ShardWork = { ...options, context, failures: new Map(), unfinished: false };
  const { onProgress } = work;
  const { after = '' } = from;
  const left = projects.filter((projectId) => projectId > after);
  const checkpointed = new Set(from.checkpointed);
  let read = 0;
  const onPage = (charges: number) => {
    read += charges;
    onProgress({});
    onCharges(read);
  };
  let statements = 0;
  let { drafts = 0 } = after === '' ? {} : from;
  const statementsUpTo = after === '' ? 0 : (from.statementsUpTo ?? from.statements);
  onProgress({ count: 0, of: left.length, drafts });
  await forEachProject(work, left, { ...from, statementsUpTo }, async (projectId) => {
    const resumable = checkpointed.has(projectId) && { resumeSince };
    const outcome = await billProject(context, projectId, month, {
      ...{ deadline: work.deadline, issue, onPage },
      ...resumable,
    });
    if (outcome === 'issued') statements += 1;
    if (outcome === 'waits' || outcome === 'held back') onProgress({ drafts: ++drafts });
    if (outcome === 'checkpointed') onProgress({ checkpointed: [...checkpointed.add(projectId)] });
    if (outcome === 'issued' || outcome === 'issued before') return 'billed';
    return outcome === 'checkpointed' ? 'stopped' : 'finished';
  });
  return { statements, drafts, unfinished: work.unfinished, failures: work.failures };
};
