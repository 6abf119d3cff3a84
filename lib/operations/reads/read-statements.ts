import type { Statement } from '../../billing/statement.ts';
import { Refusal } from '../../refusal.ts';
import type * as shapes from '../../shapes/statement.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { MonthRange } from '../billed-projects.ts';
import type { BillingContext } from '../billing-context.ts';
import { stateOfMonth } from '../close/open-months.ts';
import { billedRecordView, type PageOf, statementView, summaryView } from '../public-shapes.ts';
import { isKnownProject } from './known-project.ts';
import { mapAhead } from './map-ahead.ts';

/** A project's statements, latest first. */
export const readStatements = async (
  context: BillingContext,
  projectId: string,
): Promise<shapes.Statements> => {
  const { statements } = await context.store.readStatementIndex(projectId);
  return { projectId, statements: statements.toReversed().map(summaryView) };
};

const UNKNOWN = 'not known, because nothing of it was ever charged; its id may be mistyped';

const WHY_MISSING = {
  closed: 'the month is closed and there was nothing to bill',
  open: 'the month is not closed yet: there is only its usage so far',
  unused: 'nothing was used up to that month',
};

const whyMissing = async (context: BillingContext, projectId: string, month: string): Promise<string> => {
  if (!(await isKnownProject(context, projectId, context.now()))) return `the project is ${UNKNOWN}`;
  return WHY_MISSING[await stateOfMonth(context, month)];
};

const findStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<Statement> => {
  const statement = await context.store.readStatement(projectId, month);
  if (statement) return statement;
  const why = await whyMissing(context, projectId, month);
  throw new Refusal('not-found', `there is no statement of ${projectId} for ${month}: ${why}`);
};

/** The frozen statement of a month, or a refusal with the reason why there is none. */
export const readStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<shapes.Statement> => statementView(await findStatement(context, projectId, month));

/** Pages of the records of a statement by usage month, job and start, after a position if given. */
async function* recordPages(
  { store }: BillingContext,
  { projectId, statementId, usageMonths }: Statement,
  [fromMonth = '', jobId = '', start = '']: readonly string[] = [],
): AsyncGenerator<readonly BilledChargeRecord[]> {
  for (const usageMonth of usageMonths.filter((usage) => usage >= fromMonth)) {
    const from = usageMonth === fromMonth ? { jobId, start } : undefined;
    yield* store.billedChargePages({ projectId, usageMonth }, statementId, from);
  }
}

/** The billed charges of a statement by usage month, job and start, with what each replaces. */
export const readStatementCharges = async (
  context: BillingContext,
  projectId: string,
  month: string,
  { limit, after }: { readonly limit: number; readonly after?: readonly string[] | undefined },
): Promise<PageOf<shapes.StatementCharges, readonly string[]>> => {
  const statement = await findStatement(context, projectId, month);
  const { statementId, timeZone, currency } = statement;
  const charges: shapes.StatementCharges['charges'] = [];
  const page = (next?: readonly string[]) => ({
    ...{ projectId, month, statementId, timeZone, currency, charges },
    ...(next && { next }),
  });
  for await (const records of recordPages(context, statement, after))
    for (const record of records) {
      const last = charges.length === limit ? charges.at(-1) : undefined;
      if (last) return page([last.usageMonth, last.jobId, last.start]);
      charges.push(billedRecordView(record));
    }
  return page();
};

/**
 * A statement, and pages of its billed charges, after a position if given, which can be read more
 * than once.
 */
export interface StatementWithCharges {
  readonly statement: shapes.Statement;
  readonly charges: (
    after?: readonly string[],
  ) => AsyncIterable<readonly shapes.StatementCharges['charges'][number][]>;
}

/** The statement of a month with its charges, or a refusal with the reason why there is none. */
export const readStatementWithCharges = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<StatementWithCharges> => {
  const statement = await findStatement(context, projectId, month);
  return {
    statement: statementView(statement),
    charges: async function* (after) {
      for await (const records of recordPages(context, statement, after)) yield records.map(billedRecordView);
    },
  };
};

/** Refuses a project of which nothing was ever charged. */
export const refuseUnknown = async (context: BillingContext, projectId: string): Promise<void> => {
  if (!(await isKnownProject(context, projectId, context.now())))
    throw new Refusal('not-found', `the project ${projectId} is ${UNKNOWN}`);
};

/** Projects whose index is read ahead. */
const READ_AHEAD = 8;

/** The statements of projects within a range of months, by project and month. */
export async function* statementsOf(
  context: BillingContext,
  projects: Iterable<string>,
  { from, to }: MonthRange,
): AsyncGenerator<StatementWithCharges> {
  const read = async (projectId: string) => ({
    projectId,
    ...(await context.store.readStatementIndex(projectId)),
  });
  for await (const { projectId, statements } of mapAhead(projects, READ_AHEAD, read))
    for (const month of statements.map((committed) => committed.month).sort()) {
      if (month < from || month > to) continue;
      yield await readStatementWithCharges(context, projectId, month);
    }
}
