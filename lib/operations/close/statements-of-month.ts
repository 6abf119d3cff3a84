import pLimit from 'p-limit';
import type { Statement } from '../../billing/statement.ts';
import { findBilledProjects } from '../billed-projects.ts';
import type { BillingContext } from '../billing-context.ts';

/** Statements read at once. */
const READ_AT_ONCE = 16;

/** The statements of a month, by project. */
export const readStatementsOfMonth = async (context: BillingContext, month: string): Promise<Statement[]> => {
  const limit = pLimit(READ_AT_ONCE);
  const projects = await findBilledProjects(context, { from: month, to: month });
  const statements = await limit.map(projects, (projectId) => context.store.readStatement(projectId, month));
  return statements.filter((statement) => statement !== undefined);
};
