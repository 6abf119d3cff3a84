/**
 * The statuses of a training job, each with its rank: the order of statuses that share one
 * millisecond, as INITIALIZING and PENDING do in real traces.
 */
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

export const STATUSES = Object.keys(RANK) as readonly Status[];

export const rankOf = (status: Status): number => RANK[status];

/** Statuses that may end a job at any time. */
const CUT_SHORT: readonly Status[] = ['INTERRUPTED', 'FAILED', 'ERROR'];

/** The statuses that may directly follow each status; `start` is before the first one. */
const NEXT: Record<Status | 'start', readonly Status[]> = {
  start: ['QUEUED'],
  RESTARTING: ['QUEUED', 'INITIALIZING'],
  QUEUED: ['INITIALIZING', 'INTERRUPTING', ...CUT_SHORT],
  INITIALIZING: ['PENDING', 'INTERRUPTING', ...CUT_SHORT, 'SYNC_FAILED'],
  PENDING: ['RUNNING', 'INTERRUPTING', 'FINALIZING', ...CUT_SHORT],
  RUNNING: ['INTERRUPTING', 'TIMEOUT', 'FINALIZING', 'RESTARTING', 'DONE', ...CUT_SHORT],
  INTERRUPTING: ['FINALIZING', 'RESTARTING', ...CUT_SHORT],
  TIMEOUT: ['INTERRUPTING', 'FINALIZING', 'RESTARTING', 'DONE', ...CUT_SHORT],
  FINALIZING: ['RESTARTING', 'DONE', ...CUT_SHORT, 'SYNC_FAILED'],
  // Stryker disable next-line ArrayDeclaration: the mutant adds a text that is not a status
  DONE: [],
  INTERRUPTED: ['RESTARTING'],
  FAILED: ['RESTARTING'],
  ERROR: ['RESTARTING'],
  SYNC_FAILED: ['RESTARTING'],
};

/** Whether the lifecycle has this step. An unexpected step is billed and flagged on the job. */
export const isExpectedStep = (from: Status | 'start', to: Status): boolean => NEXT[from].includes(to);
