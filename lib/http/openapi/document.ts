import { RECORD_EVENTS } from './events-operation.ts';
import { GET_ASSET, GET_OPENAPI, GET_PAGE, GET_REFERENCE } from './open-operations.ts';
import {
  GET_JOB,
  GET_PROJECT_JOBS,
  GET_PROJECTS,
  GET_STATEMENT,
  GET_STATEMENT_CHARGES,
  GET_STATEMENTS,
  GET_USAGE,
} from './read-operations.ts';
import { componentSchemas } from './schemas.ts';
import type { OpenApiDocument } from './types.ts';

const DESCRIPTION = `One call takes events in, signed by the platform that runs the jobs. The others read usage and statements with a bearer token.

- **Times** are RFC 3339. Answers are in UTC with milliseconds.
- **Months** are \`YYYY-MM\`, calendar months in the billing time zone (\`timeZone\` in usage and statements).
- **Time that is billed** is in commenced minutes: 61 seconds are 2.
- **Money** is a decimal string with the digits of \`currency\` (ISO 4217) beside it. **Prices** are decimal strings per hour and unit. **Exact amounts** (\`amountTimes60\`) are decimal strings in sixtieths, which need no rounding.
- **Ids** of jobs, projects and flavors are 1 to 128 of \`A-Z a-z 0-9 . _ : -\`. Those of events, and sources, are 1 to 256 printable ASCII characters.
- **Lists** that are read page by page take \`limit\` and, where there is more, answer with \`next\`: ask again with it as \`cursor\`.
- **Errors** are problem details (RFC 9457). What a token may not see answers \`404\`, the same as what does not exist.
- Members of a request that are not named here are ignored. Members of an answer may be added.`;

const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });

const SECURITY_SCHEMES = {
  webhookId: header(
    'webhook-id',
    '1 to 256 printable ASCII characters. Signed, not used to find duplicates.',
  ),
  webhookTimestamp: header(
    'webhook-timestamp',
    'Seconds since 1970, at most 5 minutes off either way. Sign afresh for every attempt.',
  ),
  webhookSignature: header(
    'webhook-signature',
    'Standard Webhooks, symmetric: `v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`; several are separated by spaces, and one has to match. The key is what follows `whsec_`, base64-decoded.',
  ),
  bearerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A JWT with the claims `projects`, a list of project ids or `["*"]` for all, and `scope`, which names `usage:read`. Verified against the JWKS, issuer and audience of the stage, or with a shared secret (HS256). A deployed stage takes only tokens that expire.',
  },
};

/** What the HTTP API takes and answers: OpenAPI 3.1, built from the schemas that validate what is sent and those of all answers. */
export const openApiDocument = (): OpenApiDocument => ({
  openapi: '3.1.0',
  info: {
    title: 'jobmeter',
    version: '0.1.0',
    summary: 'Meters and bills AI training jobs.',
    description: DESCRIPTION,
    license: { name: 'MIT License', identifier: 'MIT' },
  },
  servers: [
    { url: '/', description: 'Where this document comes from.' },
    { url: 'http://localhost:3000', description: 'The local stack, `npm start`.' },
  ],
  tags: [
    { name: 'Events', description: 'What happened to jobs, told by the platform that runs them.' },
    { name: 'Usage', description: 'What a project has used so far.' },
    { name: 'Jobs', description: 'What each job did and costs, and why.' },
    { name: 'Statements', description: 'The frozen result of each month.' },
    { name: 'Web page', description: 'For people who read the bill.' },
    { name: 'This description', description: 'For machines and for people.' },
  ],
  paths: {
    '/v1/events': { post: RECORD_EVENTS },
    '/v1/projects': { get: GET_PROJECTS },
    '/v1/projects/{projectId}/usage': { get: GET_USAGE },
    '/v1/projects/{projectId}/jobs': { get: GET_PROJECT_JOBS },
    '/v1/jobs/{jobId}': { get: GET_JOB },
    '/v1/projects/{projectId}/statements': { get: GET_STATEMENTS },
    '/v1/projects/{projectId}/statements/{month}': { get: GET_STATEMENT },
    '/v1/projects/{projectId}/statements/{month}/charges': { get: GET_STATEMENT_CHARGES },
    '/v1/openapi.json': { get: GET_OPENAPI },
    '/v1/docs': { get: GET_REFERENCE },
    '/': { get: GET_PAGE },
    '/assets/{file}': { get: GET_ASSET },
  },
  components: { schemas: componentSchemas(), securitySchemes: SECURITY_SCHEMES },
});
