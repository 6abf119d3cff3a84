import { created, ok } from '../lib/http/answers.ts';
import { expectationOf, readBudgetState, withBudgetTag } from '../lib/http/budgets.ts';
import { parseJsonBody } from '../lib/http/json-body.ts';
import { newIdParameter } from '../lib/http/parameters.ts';
import { writeFunction } from '../lib/http/write-function.ts';
import { setBudget } from '../lib/operations/budgets/set-budget.ts';
import { BudgetRequest } from '../lib/shapes/budget.ts';

/** PUT /v1/projects/{projectId}/budgets/{name}: sets a budget, and says how it stands. */
export const handler = writeFunction(
  {
    scope: 'budgets:write',
    parse: (request) => ({
      name: newIdParameter('name', request.pathParameters.name),
      wanted: parseJsonBody(request, BudgetRequest, 'budget'),
    }),
  },
  async ({ request, projectId, parsed: { name, wanted }, actor, context, now }) => {
    const change = { projectId, name, actor, isExpected: expectationOf(request, name) };
    const outcome = await setBudget(context, change, wanted);
    const state = await readBudgetState(context, projectId, name, now);
    return withBudgetTag(outcome === 'made' ? created(state) : ok(state), state);
  },
);
