import { GATEWAY_RESPONSE, type Problems, problemResponses } from './problems.ts';
import type { Content, Operation, Parameter } from './types.ts';

interface Open extends Pick<Operation, 'operationId' | 'summary' | 'description'> {
  readonly tag: string;
  readonly parameters?: readonly Parameter[];
  readonly content: Content;
  readonly problems?: Problems;
}

/** What anybody may read: static content, which says nothing of any project. */
const open = ({ tag, content, problems, ...texts }: Open): Operation => ({
  ...texts,
  tags: [tag],
  security: [],
  responses: {
    '200': { description: 'Here it is.', content },
    '304': { description: 'It is what `if-none-match` names.' },
    ...problemResponses({ ...problems }),
    default: GATEWAY_RESPONSE,
  },
});

export const GET_OPENAPI = open({
  operationId: 'getOpenApi',
  tag: 'This description',
  summary: 'Read the OpenAPI document',
  description: 'This document, OpenAPI 3.1. It needs no token.',
  content: { 'application/json': { schema: { type: 'object', description: 'An OpenAPI 3.1 document.' } } },
});

export const GET_REFERENCE = open({
  operationId: 'getReference',
  tag: 'This description',
  summary: 'Read the reference page',
  description: 'This document as a page for people. It needs no token.',
  content: { 'text/html': { schema: { type: 'string', description: 'A page that needs no script.' } } },
});

export const GET_PAGE = open({
  operationId: 'getPage',
  tag: 'Web page',
  summary: 'Open the web page',
  description: 'The page on which people read usage, jobs and statements. It asks for a token itself.',
  content: { 'text/html': { schema: { type: 'string', description: 'The page.' } } },
});

export const GET_ASSET = open({
  operationId: 'getAsset',
  tag: 'Web page',
  summary: 'Read a file of the web page',
  description: 'Its name changes with its content.',
  parameters: [
    {
      name: 'file',
      in: 'path',
      required: true,
      description: 'As the page names it.',
      schema: { type: 'string' },
    },
  ],
  content: {
    'text/javascript': { schema: { type: 'string', description: 'What the page does.' } },
    'text/css': { schema: { type: 'string', description: 'How the page looks.' } },
  },
  problems: { 'not-found': { description: 'There is no such file: load the page again.' } },
});
