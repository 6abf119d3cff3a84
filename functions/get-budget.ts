import { ok } from '../lib/http/answers.ts';
import { readBudgetState, withBudgetTag } from '../lib/http/budgets.ts';
import { idParameter } from '../lib/http/parameters.ts';
import { readFunction, visibleProject } from '../lib/http/read-function.ts';

/** GET /v1/projects/{projectId}/budgets/{name}: how a budget stands in the current month. */
export const handler = readFunction('getBudget', async (read) => {
  const name = idParameter(read.request.pathParameters.name);
  const state = await readBudgetState(read.context, visibleProject(read), name, read.now);
  return withBudgetTag(ok(state), state);
});
