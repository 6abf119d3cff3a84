import type { DerivedCharge } from '../../billing/charges.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import type { Versions } from '../../store/charges.ts';
import { jobPartition } from '../../store/keys.ts';

/** Jobs that a process remembers, the latest ones. */
const JOBS_REMEMBERED = 2_000;
/** Longer logs are not remembered. */
const FACTS_REMEMBERED = 50;

/** What a settle has left behind: the log that it has read, and the only charge that follows. */
export interface SettledJob {
  /** The whole log at the time of the settle, without cutoffs. */
  readonly facts: readonly Fact[];
  readonly tariffsSeen: number;
  /** Absent only if no fact can have a charge. */
  readonly charge?: { readonly derived: DerivedCharge; readonly versions: Versions };
}

/** The settled jobs that a process remembers from one delivery of the stream to the next. */
export interface SettledJobs {
  /** Forgets the job, so that a settle which fails leaves nothing behind. */
  take(job: JobRef): SettledJob | undefined;
  keep(job: JobRef, settled: SettledJob): void;
}

export const createSettledJobs = (): SettledJobs => {
  const jobs = new Map<string, SettledJob>();
  return {
    take(job) {
      const id = jobPartition(job);
      const settled = jobs.get(id);
      jobs.delete(id);
      return settled;
    },
    keep(job, settled) {
      if (settled.facts.length > FACTS_REMEMBERED) return;
      jobs.delete(jobPartition(job));
      jobs.set(jobPartition(job), settled);
      for (const [oldest] of jobs) {
        if (jobs.size <= JOBS_REMEMBERED) break;
        jobs.delete(oldest);
      }
    },
  };
};
