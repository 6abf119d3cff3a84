import { ok } from '../lib/http/answers.ts';
import { readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readBudgetStates } from '../lib/operations/budgets/budget-states.ts';

/** GET /v1/projects/{projectId}/budgets: how its budgets stand in the current month. */
export const handler = readFunction('getBudgets', async (read) => {
  const { context, now } = read;
  const projectId = visibleProject(read);
  const month = context.calendar.monthOf(now).id;
  return ok({ projectId, month, budgets: await readBudgetStates(context, projectId, month, now) });
});
