import { ok } from '../lib/http/answers.ts';
import { parseJsonBody } from '../lib/http/json-body.ts';
import { monthParameter } from '../lib/http/parameters.ts';
import { writeFunction } from '../lib/http/write-function.ts';
import { draftView } from '../lib/operations/public-shapes.ts';
import { decide } from '../lib/operations/statements/decide.ts';
import { Decision } from '../lib/shapes/decision.ts';

/** PUT /v1/projects/{projectId}/statements/{month}/approval: approves a draft, or holds it back. */
export const handler = writeFunction(
  {
    scope: 'statements:approve',
    parse: (request) => ({
      month: monthParameter(request.pathParameters.month),
      decision: parseJsonBody(request, Decision, 'decision'),
    }),
  },
  async ({ projectId, parsed: { month, decision }, actor, context }) =>
    ok(draftView(await decide(context, { projectId, month, ...decision, by: actor }))),
);
