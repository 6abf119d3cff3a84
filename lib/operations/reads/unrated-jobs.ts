import { type FinalCharge, isUnrated } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { JobRef } from '../../billing/facts.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime, minutesOf } from '../public-shapes.ts';
import { forEachCharge } from './each-charge.ts';
import { toLiveCharge } from './live-charges.ts';
import { waitsForView } from './waits-for.ts';

/** A job with time that is not billed until it has a price. */
export interface UnratedJob extends JobRef {
  /** Start of its first minute without a price. ISO 8601. */
  readonly since: string;
  readonly minutes: number;
  readonly flavor?: string;
  /** All of this is needed. */
  readonly waitsFor: readonly string[];
}

export interface UnratedJobs {
  readonly asOf: string;
  /** Most minutes first. */
  readonly jobs: readonly UnratedJob[];
}

/** The job of its unrated charges; nothing if there are none. */
export const toUnratedJob = (charges: readonly FinalCharge[]): UnratedJob | undefined => {
  const sorted = charges.toSorted((a, b) => a.start - b.start);
  const [first] = sorted;
  if (!first) return undefined;
  const { projectId, jobId, start, flavor } = first;
  const { waitsFor = [] } = waitsForView(sorted);
  return {
    ...{ projectId, jobId, since: isoTime(start), minutes: minutesOf(sorted) },
    ...(flavor !== undefined && { flavor }),
    waitsFor,
  };
};

/** More minutes come first. */
export const compareUnratedJobs = (a: UnratedJob, b: UnratedJob): number =>
  b.minutes - a.minutes || compareText(a.projectId, b.projectId) || compareText(a.jobId, b.jobId);

/** Every job of the table with unrated time up to `now`. Reads the whole table. */
export const listUnratedJobs = async (
  context: BillingContext,
  now: number,
  onProgress?: Parameters<typeof forEachCharge>[2],
): Promise<UnratedJobs> => {
  const tariffs = await context.tariffs();
  /** By job, then by the start of the stored charge: a charge may be visited twice. */
  const found = new Map<string, Map<number, readonly FinalCharge[]>>();
  await forEachCharge(
    context,
    (charge) => {
      if (charge.kind === 'void') return;
      const unrated = toLiveCharge(charge, context, tariffs, now).charges.filter(isUnrated);
      if (unrated.length === 0) return;
      const job = `${charge.projectId}#${charge.jobId}`;
      found.set(job, (found.get(job) ?? new Map()).set(charge.start, unrated));
    },
    onProgress,
  );
  const jobs = [...found.values()].flatMap((charges) => toUnratedJob([...charges.values()].flat()) ?? []);
  return { asOf: isoTime(now), jobs: jobs.sort(compareUnratedJobs) };
};
