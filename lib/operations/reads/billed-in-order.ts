import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { mapItems } from '../../store/items.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { billingHistories } from '../statements/billed-charges.ts';
import type { BilledByStatement } from './job-billed.ts';

/**
 * Gives what committed statements billed of a usage month for jobs that are requested in the order of
 * their ids. Reads on from the first of them, so that many take few reads.
 */
export const createBilledInOrder = (
  { store }: Pick<BillingContext, 'store'>,
  projectMonth: ProjectMonth,
): ((jobId: string) => Promise<BilledByStatement[]>) => {
  const open = async (jobId: string) => {
    const index = await store.readStatementIndex(projectMonth.projectId);
    const pages = billingHistories(store, projectMonth, index, { jobId, start: isoTime(0) });
    const histories = mapItems(pages, (history) => history);
    return { index, histories, next: await histories.next() };
  };
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  return async (jobId) => {
    opened ??= await open(jobId);
    const records: BilledChargeRecord[] = [];
    while (!opened.next.done && opened.next.value.jobId <= jobId) {
      if (opened.next.value.jobId === jobId) records.push(...opened.next.value.records);
      opened.next = await opened.histories.next();
    }
    return opened.index.statements
      .map(({ statementId, month }) => ({
        month,
        records: records.filter((record) => record.statementId === statementId),
      }))
      .filter((ofStatement) => ofStatement.records.length > 0);
  };
};
