import type { Statement } from '../../billing/statement.ts';
import { Refusal } from '../../refusal.ts';
import type * as shapes from '../../shapes/statement.ts';
import type { BillingContext } from '../billing-context.ts';
import { billedRecordView, type PageOf, statementView, summaryView } from '../public-shapes.ts';
import { isKnownProject } from './known-project.ts';

/** A project's statements, latest first. */
export const readStatements = async (
  context: BillingContext,
  projectId: string,
): Promise<shapes.Statements> => {
  const { statements } = await context.store.readStatementIndex(projectId);
  return { projectId, statements: statements.toReversed().map(summaryView) };
};

/** Why a project has no statement of a month. */
const whyNone = async (context: BillingContext, projectId: string, month: string): Promise<string> => {
  if (!(await isKnownProject(context, projectId, context.now())))
    return 'nothing was ever charged for this project, so its id may be mistyped';
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  return lastClosed !== undefined && month <= lastClosed
    ? 'the month is closed and there was nothing to bill'
    : 'the month is not closed yet; its usage shows what it has so far';
};

const findStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<Statement> => {
  const statement = await context.store.readStatement(projectId, month);
  if (statement) return statement;
  throw new Refusal(
    'not-found',
    `there is no statement of ${projectId} for ${month}: ${await whyNone(context, projectId, month)}`,
  );
};

/** The frozen statement of a month, or a refusal with the reason why there is none. */
export const readStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<shapes.Statement> => statementView(await findStatement(context, projectId, month));

/** The billed charges of a statement by usage month, job and start, with what each replaces. */
export const readStatementCharges = async (
  context: BillingContext,
  projectId: string,
  month: string,
  { limit, after = [] }: { readonly limit: number; readonly after?: readonly string[] | undefined },
): Promise<PageOf<shapes.StatementCharges, readonly string[]>> => {
  const { statementId, timeZone, currency, usageMonths } = await findStatement(context, projectId, month);
  const [fromMonth = '', jobId = '', start = ''] = after;
  const charges: shapes.StatementCharges['charges'] = [];
  const page = (next?: readonly string[]) => ({
    ...{ projectId, month, statementId, timeZone, currency, charges },
    ...(next && { next }),
  });
  for (const usageMonth of usageMonths.filter((usage) => usage >= fromMonth)) {
    const from = usageMonth === fromMonth ? { jobId, start } : undefined;
    for await (const records of context.store.billedChargePages({ projectId, usageMonth }, from))
      for (const record of records) {
        if (record.statementId !== statementId) continue;
        const last = charges.length === limit ? charges.at(-1) : undefined;
        if (last) return page([last.usageMonth, last.jobId, last.start]);
        charges.push(billedRecordView(record));
      }
  }
  return page();
};
