import { compareText } from '../../billing/compare-text.ts';
import type { JobRef } from '../../billing/facts.ts';
import { addMonths } from '../../billing/months.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import { heldAt } from '../reads/held-jobs.ts';

/** A job that a close would bill open or held. */
export interface UnsettledJob extends JobRef {
  /** When the run began that waits for a stop, epoch milliseconds. */
  readonly since: number;
  /** It has time that is held. */
  readonly isHeld: boolean;
}

/** The project's usage months up to the last of `months` that have changed since the one before. */
const changedMonths = async (
  context: BillingContext,
  projectId: string,
  months: readonly [string, ...string[]],
): Promise<string[]> => {
  const writing = writingMonths(context, addMonths(months[0], -1), context.now());
  const marks = await Promise.all(
    writing.map((month) => Array.fromAsync(context.store.changedMonthsOf(month, projectId))),
  );
  const last = months.at(-1) ?? months[0];
  return [...new Set(marks.flat().map(({ usageMonth }) => usageMonth))].filter((month) => month <= last);
};

/** The jobs of a project that a close of these months would bill open or held, by id. */
export const unsettledJobs = async (
  context: BillingContext,
  projectId: string,
  months: readonly [string, ...string[]],
): Promise<UnsettledJob[]> => {
  const tariffs = await context.tariffs();
  const found = new Map<string, UnsettledJob>();
  for (const month of await changedMonths(context, projectId, months))
    for await (const charge of context.store.charges(projectId, month)) {
      const { jobId } = charge;
      if (charge.kind === 'void') continue;
      if (charge.kind === 'final' && !heldAt(charge, context, tariffs, context.now())) continue;
      const before = found.get(jobId);
      const since = Math.min(charge.openedBy.time, before?.since ?? Infinity);
      const isHeld = charge.kind === 'final' || (before?.isHeld ?? false);
      found.set(jobId, { projectId, jobId, since, isHeld });
    }
  return [...found.values()].sort((a, b) => compareText(a.jobId, b.jobId));
};
