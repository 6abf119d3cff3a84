import { type Charge, type FinalCharge, type HeldCharge, isHeld, isUnrated } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BillingContext } from '../billing-context.ts';
import { compareHeldJobs, type HeldJob } from '../reads/held-jobs.ts';
import { toLiveCharge } from '../reads/live-charges.ts';
import { compareUnratedJobs, toUnratedJob, type UnratedJob } from '../reads/unrated-jobs.ts';
import { WAITS_NAMED } from '../reads/waits-for.ts';

/** Jobs that an audit keeps of each kind; all are counted. */
const JOBS_KEPT = 100;

/** The unrated time of a job in the charges of one usage month. */
export interface UnratedMonth extends UnratedJob {
  readonly usageMonth: string;
}

/** Called with each charge that has held time, and each job of a usage month with unrated time. */
export interface OnUnbilled {
  /** `isAsStored`: the open charge in the table is the one that follows from the facts. */
  held(charge: HeldCharge, isAsStored: boolean): Promise<void>;
  unrated(job: UnratedMonth): void;
}

/** Finds what is not billed of one usage month, whose charges are given by job. */
export const createUnbilledSearch = (
  context: BillingContext,
  tariffs: TariffBook,
  usageMonth: string,
  found: OnUnbilled,
) => {
  let unrated: FinalCharge[] = [];
  const endJob = () => {
    const job = toUnratedJob(unrated);
    unrated = [];
    if (job) found.unrated({ ...job, waitsFor: job.waitsFor.slice(0, WAITS_NAMED), usageMonth });
  };
  return {
    async add(charge: Charge, isAsStored: boolean): Promise<void> {
      if (charge.kind === 'void') return;
      if (unrated[0] && unrated[0].jobId !== charge.jobId) endJob();
      const { charges } = toLiveCharge(charge, context, tariffs, context.now());
      const held = charges.findLast(isHeld);
      if (held) await found.held(held, isAsStored);
      unrated.push(...charges.filter(isUnrated));
    },
    end: endJob,
  };
};

/** What an audit keeps of jobs that are not billed. */
export interface Unbilled {
  /** Charges with held time, as of the audit. */
  readonly held: number;
  /** Those with the most at stake per hour, largest first. */
  readonly heldJobs: readonly HeldJob[];
  /** Jobs with unrated time, once for each usage month. */
  readonly unrated: number;
  /** Those with the most minutes, largest first. */
  readonly unratedJobs: readonly UnratedMonth[];
}

export const NOTHING_UNBILLED: Unbilled = { held: 0, heldJobs: [], unrated: 0, unratedJobs: [] };

const idOf = ({ projectId, jobId, since }: HeldJob | UnratedMonth): string =>
  `${projectId}#${jobId}#${since}`;

/** The list with one more, the first hundred of it. A partition may be visited twice. */
const withOne = <Job extends HeldJob | UnratedMonth>(
  jobs: readonly Job[],
  job: Job,
  compare: (a: Job, b: Job) => number,
): readonly Job[] => {
  const last = jobs[JOBS_KEPT - 1];
  if (last && compare(job, last) >= 0) return jobs;
  return [...jobs.filter((other) => idOf(other) !== idOf(job)), job].sort(compare).slice(0, JOBS_KEPT);
};

const compareMonths = (a: UnratedMonth, b: UnratedMonth): number =>
  compareUnratedJobs(a, b) || compareText(a.usageMonth, b.usageMonth);

export const withHeld = ({ held, heldJobs }: Unbilled, job: HeldJob) => ({
  held: held + 1,
  heldJobs: withOne(heldJobs, job, compareHeldJobs),
});

export const withUnrated = ({ unrated, unratedJobs }: Unbilled, job: UnratedMonth) => ({
  unrated: unrated + 1,
  unratedJobs: withOne(unratedJobs, job, compareMonths),
});
