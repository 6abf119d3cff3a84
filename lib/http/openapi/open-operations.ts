import { NOT_MODIFIED } from './caching.ts';
import { GATEWAY_RESPONSES, type Problems, problemResponses } from './problems.ts';
import type { Content, Operation, Parameter } from './types.ts';

interface Open extends Pick<Operation, 'operationId' | 'summary' | 'description'> {
  readonly tag: string;
  readonly parameters?: readonly Parameter[];
  readonly content: Content;
  readonly problems?: Problems;
}

/** A public read: static content without project data. */
const open = ({ tag, content, problems, ...texts }: Open): Operation => ({
  ...texts,
  tags: [tag],
  security: [],
  responses: {
    '200': { description: 'The file.', content },
    '304': NOT_MODIFIED,
    ...problemResponses({ ...problems }),
    ...GATEWAY_RESPONSES,
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
  description: 'This document as a page. It needs no token.',
  content: { 'text/html': { schema: { type: 'string', description: 'A page without scripts.' } } },
});

export const GET_PAGE = open({
  operationId: 'getPage',
  tag: 'Web page',
  summary: 'Open the web page',
  description: 'The web page that shows usage, jobs and statements. The user enters a token there.',
  content: { 'text/html': { schema: { type: 'string', description: 'The page.' } } },
});

export const GET_ASSET = open({
  operationId: 'getAsset',
  tag: 'Web page',
  summary: 'Read a file of the web page',
  description: 'The name contains a hash of the content.',
  parameters: [
    {
      name: 'file',
      in: 'path',
      required: true,
      description: 'The file name, as referenced by the page.',
      schema: { type: 'string' },
    },
  ],
  content: {
    'text/javascript': { schema: { type: 'string', description: 'A script.' } },
    'text/css': { schema: { type: 'string', description: 'A style sheet.' } },
  },
  problems: { 'not-found': { description: 'There is no such file: load the page again.' } },
});
