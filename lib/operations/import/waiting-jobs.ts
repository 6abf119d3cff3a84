import type { DerivedCharge } from '../../billing/charges.ts';
import type { JobRef } from '../../billing/facts.ts';
import type { LimitCause } from '../../billing/intervals.ts';
import type { HeldTime, Settlement } from '../../shapes/held.ts';
import { createReasons, type ReasonGroup } from './reasons.ts';

const nameOf = ({ projectId, jobId }: JobRef): string => `${jobId} of ${projectId}`;

/** Jobs without a stop: those that run, and by cause those with held time. */
export interface WaitingJobs {
  readonly running: number;
  readonly held: readonly HeldJobs[];
}

export interface HeldJobs {
  readonly cause: LimitCause;
  readonly count: number;
  /** The first of them. */
  readonly first: readonly string[];
  readonly settledBy: readonly Settlement[];
}

/** Counts the jobs without a stop. */
export const createWaitingJobs = () => {
  const causes = createReasons();
  const settledBy = new Map<string, readonly Settlement[]>();
  let running = 0;
  const toHeld = ({ reason, count, first }: ReasonGroup): HeldJobs => ({
    cause: reason as LimitCause,
    ...{ count, first, settledBy: settledBy.get(reason) ?? [] },
  });
  return {
    /** Adds a job, its charges and its held time, if it has any. */
    add(job: JobRef, charges: readonly DerivedCharge[], held: HeldTime | undefined) {
      if (held) {
        causes.add(held.cause, nameOf(job));
        settledBy.set(held.cause, held.settledBy);
      } else if (charges.some(({ kind }) => kind === 'open')) running += 1;
    },
    result: (): WaitingJobs => ({ running, held: causes.result().map(toHeld) }),
  };
};
