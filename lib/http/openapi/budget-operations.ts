import { BUDGET, BUDGET_REQUEST, BUDGETS } from './budget-examples.ts';
import { BUDGET_NAME, IF_MATCH, IF_NONE_MATCH, PROJECT_ID } from './parameters.ts';
import { GATEWAY_RESPONSES, type Problems, problemResponses } from './problems.ts';
import { json, read, UNAUTHENTICATED, UNSEEN } from './read-operations.ts';
import { schemaRef } from './schemas.ts';
import type { Operation, Response } from './types.ts';

const TAG = {
  etag: {
    description: 'Identifies what the budget is set to, for `if-match`. The figures are of the moment.',
    required: true,
    schema: { type: 'string' },
  },
} satisfies Response['headers'];

export const GET_BUDGETS = read({
  operationId: 'getBudgets',
  tag: 'Budgets',
  summary: 'List budgets',
  description: 'The budgets of a project, and how each stands in the current month.',
  parameters: [PROJECT_ID],
  answer: 'All budgets, by name.',
  content: json('Budgets', 'One budget', BUDGETS),
});

export const GET_BUDGET = read({
  operationId: 'getBudget',
  tag: 'Budgets',
  summary: 'Read a budget',
  description:
    'What is spent and forecast of a budget in the current month, and when its thresholds were crossed.',
  parameters: [PROJECT_ID, BUDGET_NAME],
  answer: 'The budget.',
  headers: TAG,
  content: json('BudgetState', 'A budget of the whole project', BUDGET),
});

const WRITE: Pick<Operation, 'tags' | 'security' | 'parameters'> = {
  tags: ['Budgets'],
  security: [{ bearerToken: [] }],
  parameters: [PROJECT_ID, BUDGET_NAME, IF_MATCH, IF_NONE_MATCH],
};

const WRITE_PROBLEMS: Problems = {
  ...UNAUTHENTICATED,
  forbidden: { description: 'The token lacks the scope `budgets:write`, or has no subject (`sub`).' },
  ...UNSEEN,
  'precondition-failed': {},
  'too-large': {},
  invalid: { description: 'The request is invalid: see `errors`. Nothing was changed.' },
};

const SET: Pick<Response, 'headers' | 'content'> = {
  headers: TAG,
  content: json('BudgetState', 'As it stands', BUDGET),
};

export const PUT_BUDGET: Operation = {
  ...WRITE,
  operationId: 'putBudget',
  summary: 'Set a budget',
  description:
    'Makes a budget or replaces it; unknown members are refused. The same content again changes nothing. At most 20 budgets a project, and 10 thresholds each. A change is logged with the subject of the token.',
  requestBody: {
    description: 'Amount and thresholds.',
    required: true,
    content: {
      'application/json': {
        schema: schemaRef('BudgetRequest'),
        examples: { budget: { summary: 'Says so at 50%, stops jobs at 1000.00', value: BUDGET_REQUEST } },
      },
    },
  },
  responses: {
    '200': { description: 'Set, or as it was already.', ...SET },
    '201': { description: 'Made.', ...SET },
    ...problemResponses({
      'not-json': {},
      ...WRITE_PROBLEMS,
      'unsupported-media-type': { description: 'Not `application/json`.' },
    }),
    ...GATEWAY_RESPONSES,
  },
};

export const DELETE_BUDGET: Operation = {
  ...WRITE,
  operationId: 'deleteBudget',
  summary: 'Remove a budget',
  description:
    'From now on it says nothing and stops nothing. Made again under its name, thresholds at the same money that were crossed in the month are not crossed again.',
  responses: {
    '204': { description: 'Removed.' },
    ...problemResponses(WRITE_PROBLEMS),
    ...GATEWAY_RESPONSES,
  },
};
