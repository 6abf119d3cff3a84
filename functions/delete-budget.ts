import { noContent } from '../lib/http/answers.ts';
import { expectationOf } from '../lib/http/budgets.ts';
import { idParameter } from '../lib/http/parameters.ts';
import { writeFunction } from '../lib/http/write-function.ts';
import { removeBudget } from '../lib/operations/budgets/set-budget.ts';

/** DELETE /v1/projects/{projectId}/budgets/{name}: removes a budget. */
export const handler = writeFunction(
  { scope: 'budgets:write', parse: (request) => idParameter(request.pathParameters.name) },
  async ({ request, projectId, parsed: name, actor, context }) => {
    await removeBudget(context, { projectId, name, actor, isExpected: expectationOf(request, name) });
    return noContent();
  },
);
