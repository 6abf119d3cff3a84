import type { Stamp } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import { positionView, statementView, summaryView } from './views.ts';

/** A project's statements, latest first. */
export const readStatements = async (ledger: Ledger, projectId: string) => {
  const { statements } = await ledger.store.readHead(projectId);
  return { projectId, statements: statements.toReversed().map(summaryView) };
};

/** Why there is no statement for a month. */
export type NoStatement = 'month not closed' | 'nothing to bill';

export const readStatement = async (ledger: Ledger, projectId: string, month: string) => {
  const statement = await ledger.store.readStatement(projectId, month);
  return statement && statementView(statement);
};

export const whyNoStatement = async (ledger: Ledger, month: string): Promise<NoStatement> => {
  const lastClosed = (await ledger.store.readClosedMonths()).sort().at(-1);
  return lastClosed !== undefined && month <= lastClosed ? 'nothing to bill' : 'month not closed';
};

/** Where a page of billed positions goes on. */
export type StampCursor = Pick<Stamp, 'usageMonth' | 'jobId' | 'start'>;

/** The billed positions behind a statement's lines, each with what it replaces, by usage month, job and start. */
export const readStatementCharges = async (
  ledger: Ledger,
  projectId: string,
  month: string,
  { limit, after }: { readonly limit: number; readonly after?: StampCursor | undefined },
) => {
  const statement = await ledger.store.readStatement(projectId, month);
  if (!statement) return undefined;
  const { statementId, currency } = statement;
  const charges: ReturnType<typeof stampView>[] = [];
  let last: StampCursor | undefined;
  for (const usageMonth of statement.usageMonths.filter((usage) => !after || usage >= after.usageMonth)) {
    const from = after?.usageMonth === usageMonth ? { ...after, statementId } : undefined;
    for await (const stamp of ledger.store.stamps(projectId, usageMonth, from)) {
      if (stamp.statementId !== statementId) continue;
      if (charges.length === limit)
        return { projectId, month, statementId, currency, charges, nextAfter: last };
      charges.push(stampView(stamp));
      last = { usageMonth: stamp.usageMonth, jobId: stamp.jobId, start: stamp.start };
    }
  }
  return { projectId, month, statementId, currency, charges };
};

const stampView = ({ jobId, usageMonth, start, position, replaces }: Stamp) => ({
  ...(position
    ? positionView(position)
    : { jobId, usageMonth, start: new Date(start).toISOString(), minutes: 0, amountTimes60: '0' }),
  ...(replaces && { replaces: positionView(replaces) }),
});
