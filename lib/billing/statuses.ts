/** The statuses of a training job, each with its rank among those that share one instant. */
const RANK = {
  RESTARTING: 0,
  QUEUED: 1,
  INITIALIZING: 2,
  PENDING: 3,
  RUNNING: 4,
  INTERRUPTING: 5,
  TIMEOUT: 5,
  FINALIZING: 6,
  DONE: 7,
  INTERRUPTED: 7,
  FAILED: 7,
  ERROR: 7,
  SYNC_FAILED: 7,
} as const;

export type Status = keyof typeof RANK;

/** The latest status of jobs, by job id. */
export type JobStatuses = ReadonlyMap<string, Status>;

export const STATUSES = Object.keys(RANK) as readonly Status[];

export const rankOf = (status: Status): number => RANK[status];

/** Statuses in which a job has ended. Only RESTARTING or QUEUED begins another run. */
export const isFinal = (status: Status): boolean => RANK[status] === 7;

/** Statuses that begin a run: the first one, an automatic restart, or a manual one. */
export const beginsRun = (status: Status): boolean => RANK[status] <= 1;

/** Statuses that may end a job at any time. */
const CUT_SHORT: readonly Status[] = ['INTERRUPTED', 'FAILED', 'ERROR'];

/** The statuses that the lifecycle shows directly after each status within a run. */
const NEXT: Record<Status, readonly Status[]> = {
  RESTARTING: ['QUEUED', 'INITIALIZING'],
  QUEUED: ['INITIALIZING', 'INTERRUPTING', ...CUT_SHORT],
  INITIALIZING: ['PENDING', 'INTERRUPTING', ...CUT_SHORT, 'SYNC_FAILED'],
  PENDING: ['RUNNING', 'INTERRUPTING', 'FINALIZING', ...CUT_SHORT],
  RUNNING: ['INTERRUPTING', 'TIMEOUT', 'FINALIZING', 'RESTARTING', 'DONE', ...CUT_SHORT],
  INTERRUPTING: ['FINALIZING', 'RESTARTING', ...CUT_SHORT],
  TIMEOUT: ['INTERRUPTING', 'FINALIZING', 'RESTARTING', 'DONE', ...CUT_SHORT],
  FINALIZING: ['RESTARTING', 'DONE', ...CUT_SHORT, 'SYNC_FAILED'],
  DONE: ['RESTARTING', 'QUEUED'],
  INTERRUPTED: ['RESTARTING', 'QUEUED'],
  FAILED: ['RESTARTING', 'QUEUED'],
  ERROR: ['RESTARTING', 'QUEUED'],
  SYNC_FAILED: ['RESTARTING', 'QUEUED'],
};

/**
 * Everything that may follow: reporters skip statuses, but never the end or the beginning of a run.
 */
const reachableFrom = (status: Status): ReadonlySet<Status> => {
  const reached = new Set<Status>();
  const pending = [...NEXT[status]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    if (!isFinal(next) && !beginsRun(next)) pending.push(...NEXT[next]);
  }
  return reached;
};

const REACHABLE = Object.fromEntries(STATUSES.map((status) => [status, reachableFrom(status)])) as Readonly<
  Record<Status, ReadonlySet<Status>>
>;

/**
 * Whether the lifecycle forbids a step; `undefined` is before the first status, after which any may
 * follow. Skipped statuses are no error, and a status that is reported again is no step.
 */
export const isForbiddenStep = (from: Status | undefined, to: Status): boolean =>
  from !== undefined && from !== to && !REACHABLE[from].has(to);
