import { Month } from '../../shapes/fields.ts';
import { ACTION_LOG, OPERATIONS } from './operations-examples.ts';
import { PAGING } from './parameters.ts';
import { json, read } from './read-operations.ts';
import { inlineSchema } from './schemas.ts';

const FOR_OPERATORS =
  'Takes a token of all projects (`"projects": ["*"]`) whose `scope` names `operations:read`; `403` for any other.';

export const GET_OPERATIONS = read({
  operationId: 'getOperations',
  tag: 'Operations',
  summary: 'Read the state of the stage',
  description: `Months and how far the close of each is, drafts that wait for a person, budgets close to their limit, jobs that cannot be settled, what the last audit has found, polls and deliveries. ${FOR_OPERATORS} Lists are cut and counted. Held and unrated jobs are of the time of the audit.`,
  parameters: [],
  answer: 'The state of the stage.',
  content: json('Operations', 'A month that is overdue', OPERATIONS),
});

export const GET_OPERATIONS_LOG = read({
  operationId: 'getOperationsLog',
  tag: 'Operations',
  summary: 'Read what people have done',
  description: `The log of actions, page by page, the latest first: who, when and what. It only grows. What takes many writes is logged before it begins: an import without an end was interrupted. ${FOR_OPERATORS}`,
  parameters: [
    {
      name: 'month',
      in: 'query',
      description: 'A month, `YYYY-MM`. Default: all months.',
      schema: inlineSchema(Month),
      example: '2026-11',
    },
    ...PAGING,
  ],
  answer: 'One page of the log.',
  content: json('ActionLog', 'A budget was changed, and jobs were imported', ACTION_LOG),
});
