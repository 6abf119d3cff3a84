import { compareText } from '../../billing/compare-text.ts';
import type { JobRef } from '../../billing/facts.ts';
import { addMonths } from '../../billing/months.ts';
import type { BillingContext } from '../billing-context.ts';
import { monthsMarkedSince } from '../close/changed-months.ts';

/** A job that a close would bill open or held. */
export interface UnsettledJob extends JobRef {
  /** When the run began that waits for a stop, epoch milliseconds. */
  readonly since: number;
  /** It has time that is held. */
  readonly isHeld: boolean;
}

/** The jobs of a project that a close of these months would bill open or held, by id. */
export const unsettledJobs = async (
  context: BillingContext,
  projectId: string,
  months: readonly [string, ...string[]],
): Promise<UnsettledJob[]> => {
  const found = new Map<string, UnsettledJob>();
  const marked = await monthsMarkedSince(context, projectId, addMonths(months[0], -1), context.now());
  const last = months.at(-1) ?? months[0];
  for (const month of marked.filter((usageMonth) => usageMonth <= last))
    for await (const charge of context.store.charges(projectId, month)) {
      const { jobId } = charge;
      if (charge.kind === 'void') continue;
      if (charge.kind === 'final' && !charge.held) continue;
      const before = found.get(jobId);
      const since = Math.min(charge.openedBy.time, before?.since ?? Infinity);
      const isHeld = charge.kind === 'final' || (before?.isHeld ?? false);
      found.set(jobId, { projectId, jobId, since, isHeld });
    }
  return [...found.values()].sort((a, b) => compareText(a.jobId, b.jobId));
};
