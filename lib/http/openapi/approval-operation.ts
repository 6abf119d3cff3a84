import { DECISION, DRAFT_CHANGED, STATEMENT_DRAFT } from './draft-examples.ts';
import { PATH_MONTH, PROJECT_ID } from './parameters.ts';
import { GATEWAY_RESPONSES, problemResponses } from './problems.ts';
import { json, UNAUTHENTICATED } from './read-operations.ts';
import { schemaRef } from './schemas.ts';
import type { Operation } from './types.ts';

/** `PUT /v1/projects/{projectId}/statements/{month}/approval`. */
export const PUT_APPROVAL: Operation = {
  operationId: 'putApproval',
  tags: ['Statements'],
  summary: 'Approve a draft, or hold it back',
  description:
    'Where statements need approval, a close makes drafts. An approved one is issued within about a minute, unless facts arrived by then: they renew the draft, and take the approval back. What is held back keeps its month open. The same decision again changes nothing. A decision is logged with the subject of the token.',
  security: [{ bearerToken: [] }],
  parameters: [PROJECT_ID, PATH_MONTH],
  requestBody: {
    description: 'The decision, and the digest of the draft that was read.',
    required: true,
    content: {
      'application/json': {
        schema: schemaRef('Decision'),
        examples: { approve: { summary: 'Approves the draft as it was read', value: DECISION } },
      },
    },
  },
  responses: {
    '200': {
      description: 'The draft, as decided.',
      content: json('StatementDraft', 'Approved', STATEMENT_DRAFT),
    },
    ...problemResponses({
      'not-json': {},
      ...UNAUTHENTICATED,
      forbidden: {
        description: 'The token lacks the scope `statements:approve`, or has no subject (`sub`).',
      },
      'not-found': { description: 'There is no draft, or the token may not see it.' },
      conflict: {
        description:
          'The draft has changed since it was read: `digest` is that of the draft by now. Or its statement is issued, with or without a draft: `statementId` names it. Or its month closed without it.',
        examples: { changed: { summary: 'Facts arrived', value: DRAFT_CHANGED } },
      },
      'too-large': {},
      'unsupported-media-type': { description: 'Not `application/json`.' },
      invalid: { description: 'The request is invalid: see `errors`. Nothing was changed.' },
    }),
    ...GATEWAY_RESPONSES,
  },
};
