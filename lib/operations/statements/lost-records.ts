import { billedCount, hasBilled } from '../../billing/statement.ts';
import { billedBlocks, type ProjectMonth, usagePartition } from '../../store/keys.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { Store } from '../../store/store.ts';

/**
 * Fails where other billed charge records of a usage month were read than committed statements have:
 * what is lost looks unbilled, and would be billed again.
 */
export const refuseLostRecords = async (
  store: Pick<Store, 'billedChargePages'>,
  projectMonth: ProjectMonth,
  { statements }: StatementIndex,
  read: number,
): Promise<void> => {
  const committed = statements.filter((summary) => hasBilled(summary, projectMonth.usageMonth));
  const countOf = (summary: (typeof committed)[number]) => billedCount(summary, projectMonth.usageMonth);
  if (committed.reduce((sum, summary) => sum + countOf(summary), 0) === read) return;
  const { projectId, usageMonth } = projectMonth;
  const partition = usagePartition(projectId, usageMonth);
  const found: string[] = [];
  for (const summary of committed) {
    let stored = 0;
    for await (const page of store.billedChargePages(projectMonth, summary.statementId))
      stored += page.length;
    if (stored === countOf(summary)) continue;
    const lost = countOf(summary) - stored;
    const billed = `charges that its statement of ${summary.month} billed of ${usageMonth}`;
    const items = `(${partition} ${billedBlocks(summary.statementId)})`;
    found.push(
      lost > 0
        ? `${lost} of ${countOf(summary)} ${billed} are not in the table ${items}`
        : `the table has ${stored} for ${countOf(summary)} ${billed} ${items}`,
    );
  }
  throw new Error(
    found.length > 0
      ? `${projectId} is not billed: ${found.join('; ')}; restore these items from a backup, then close again`
      : `${projectId} is not billed: billed charges of ${usageMonth} were restored meanwhile; close again`,
  );
};
