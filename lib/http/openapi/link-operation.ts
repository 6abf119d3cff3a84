import { LINK, LINK_REQUEST } from './examples.ts';
import { GATEWAY_RESPONSES, problemResponses } from './problems.ts';
import { UNAUTHENTICATED, UNSEEN } from './read-operations.ts';
import { schemaRef } from './schemas.ts';
import type { Operation } from './types.ts';

const DESCRIPTION = `A link to the web page that signs its reader in: a portal makes one for each opening, with a token for the project or for all, and redirects the reader to it.

The token of the link is for one project, valid for 15 minutes or \`expiresIn\`, and never longer than that of the request. It is in the fragment, which browsers send to nobody, and the page takes it out of the address. Where tokens come from an identity provider the stage signs none (\`403\`): put one of the provider's into such an address.`;

/** `POST /v1/links`. */
export const CREATE_LINK: Operation = {
  operationId: 'createLink',
  tags: ['Web page'],
  summary: 'Make a sign-in link',
  description: DESCRIPTION,
  security: [{ bearerToken: [] }],
  requestBody: {
    description: 'The project, and where in it the link leads.',
    required: true,
    content: {
      'application/json': {
        schema: schemaRef('LinkRequest'),
        examples: { statement: { summary: 'To a statement', value: LINK_REQUEST } },
      },
    },
  },
  responses: {
    '201': {
      description: 'The link.',
      content: {
        'application/json': {
          schema: schemaRef('Link'),
          examples: { link: { summary: 'Valid for an hour', value: LINK } },
        },
      },
    },
    ...problemResponses({
      'not-json': {},
      ...UNAUTHENTICATED,
      forbidden: { description: 'The token lacks the scope `usage:read`, or the stage signs no tokens.' },
      ...UNSEEN,
      'too-large': {},
      'unsupported-media-type': { description: 'Not `application/json`.' },
      invalid: {},
    }),
    ...GATEWAY_RESPONSES,
  },
};
