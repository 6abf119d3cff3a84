import pLimit from 'p-limit';
import { addMonths } from '../../billing/months.ts';
import type { ChangedMonth } from '../../store/changed-months.ts';
import type { BillingContext } from '../billing-context.ts';
import { settle } from '../settle/settle.ts';
import { changedMonthsOf } from './changed-months.ts';

/** Jobs of one project. */
const JOBS_AT_ONCE = 8;

export interface CutOptions {
  /** After it no further page is read. */
  readonly deadline?: number;
  /** Called after each page. */
  readonly onPage?: () => void;
}

/**
 * Records the cutoff of each open charge of a changed month, and settles its job: what the close of
 * `month` begins with (rule 1).
 */
export const cutOpenCharges = async (
  context: BillingContext,
  month: string,
  changed: ChangedMonth,
  { deadline = Number.POSITIVE_INFINITY, onPage = () => {} }: CutOptions = {},
): Promise<'finished' | 'stopped'> => {
  const limit = pLimit(JOBS_AT_ONCE);
  for await (const page of context.store.chargePages(changed)) {
    const open = page.filter(({ kind }) => kind === 'open');
    await limit.map(open, async ({ projectId, jobId }) => {
      const cutoff = { kind: 'cutoff', projectId, jobId, month: addMonths(month, 1) } as const;
      await context.store.recordCutoff(cutoff, context.now());
      await settle(context, { projectId, jobId });
    });
    onPage();
    // Their charges are not open any more, so even a close with little time makes progress.
    if (open.length > 0 && context.now() >= deadline) return 'stopped';
  }
  return 'finished';
};

/**
 * Cuts and settles the open charges of one project, as the close of `month` does. Gives the usage
 * months that its statement bills, oldest first.
 */
export const cutProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<string[]> => {
  const cut = new Set<string>();
  for (;;) {
    const changed = await changedMonthsOf(context, projectId, month);
    const fresh = changed.filter((usageMonth) => !cut.has(usageMonth));
    if (fresh.length === 0) return [...cut].sort();
    for (const usageMonth of fresh) {
      await cutOpenCharges(context, month, { projectId, usageMonth });
      cut.add(usageMonth);
    }
  }
};
