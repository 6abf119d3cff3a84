import { ORIGIN } from '../origin.ts';
import { PUT_APPROVAL } from './approval-operation.ts';
import { DELETE_BUDGET, GET_BUDGET, GET_BUDGETS, PUT_BUDGET } from './budget-operations.ts';
import { RECORD_EVENTS } from './events-operation.ts';
import { CREATE_LINK } from './link-operation.ts';
import { GET_ASSET, GET_OPENAPI, GET_PAGE, GET_REFERENCE } from './open-operations.ts';
import { GET_OPERATIONS, GET_OPERATIONS_LOG } from './operator-operations.ts';
import {
  GET_EXPORT,
  GET_JOB,
  GET_PROJECT_JOBS,
  GET_PROJECTS,
  GET_RECONCILIATION,
  GET_STATEMENT,
  GET_STATEMENT_CHARGES,
  GET_STATEMENTS,
  GET_USAGE,
} from './read-operations.ts';
import { componentSchemas } from './schemas.ts';
import type { OpenApiDocument } from './types.ts';
import { webhooks } from './webhooks.ts';

const DESCRIPTION = `One operation records events, signed by the platform that runs the jobs. The others take a bearer token: they read usage and statements, set budgets, approve statements, and one makes a sign-in link to the web page.

- **Times** are RFC 3339. Responses are in UTC with milliseconds.
- **Months** are \`YYYY-MM\`, calendar months in the billing time zone (\`timeZone\` in usage and statements).
- **Billed time** is counted in commenced minutes: 61 seconds are 2.
- **Money** is a decimal string with the digits of \`currency\` (ISO 4217) beside it. **Prices** are decimal strings per hour and unit. **Exact amounts** (\`amountTimes60\`) are decimal strings in sixtieths, without rounding.
- **Ids** of jobs, projects and flavors are 1 to 128 of \`A-Z a-z 0-9 . _ : -\`. Those of events, and sources, are 1 to 256 printable ASCII characters.
- **Paged lists** take \`limit\` and return \`next\` if there is another page: pass it as \`cursor\`.
- **Errors** are problem details (RFC 9457). A resource that the token may not see returns \`404\`, like one that does not exist.
- Unknown members of a request body are ignored, but for those of a budget; an unknown query parameter of a call with a token is refused. Responses may get additional members.`;

const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });

const SECURITY_SCHEMES = {
  webhookId: header(
    'webhook-id',
    '1 to 256 printable ASCII characters. Signed, not used to find duplicates.',
  ),
  webhookTimestamp: header(
    'webhook-timestamp',
    'Seconds since 1970, at most 5 minutes off either way. Sign each attempt again.',
  ),
  webhookSignature: header(
    'webhook-signature',
    'Standard Webhooks, symmetric: `v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`; several are separated by spaces, and one must match. The key is what follows `whsec_`, base64-decoded.',
  ),
  bearerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A JWT with the claims `projects`, a list of project ids or `["*"]` for all, and `scope`, which names `usage:read`. Changes of budgets need the scope `budgets:write`, decisions about drafts `statements:approve`, and both `sub`, under which they are logged. Verified against the JWKS, issuer and audience of the stage, or with a shared secret (HS256). A deployed stage accepts only tokens that expire.',
  },
};

/**
 * The HTTP API as OpenAPI 3.1, built from the schemas of requests and responses. {@link ORIGIN}
 * stands for its address.
 */
export const openApiDocument = (): OpenApiDocument => ({
  openapi: '3.1.0',
  info: {
    title: 'jobmeter',
    version: '0.1.0',
    summary: 'Meters and bills AI training jobs.',
    description: DESCRIPTION,
    license: { name: 'MIT License', identifier: 'MIT' },
  },
  servers: [{ url: ORIGIN, description: 'The API that serves this document.' }],
  tags: [
    { name: 'Events', description: 'Job events, sent by the platform that runs the jobs.' },
    { name: 'Usage', description: 'Usage of a project so far.' },
    { name: 'Jobs', description: 'Lifecycle, charges and cost of each job.' },
    { name: 'Budgets', description: 'Amounts for each month, and what happens as they are used up.' },
    { name: 'Statements', description: 'Month-end statements, which never change.' },
    { name: 'Operations', description: 'The stage, for those that operate it.' },
    { name: 'Web page', description: 'The user interface.' },
    { name: 'This description', description: 'As an OpenAPI document and as a page.' },
  ],
  paths: {
    '/v1/events': { post: RECORD_EVENTS },
    '/v1/projects': { get: GET_PROJECTS },
    '/v1/projects/{projectId}/usage': { get: GET_USAGE },
    '/v1/projects/{projectId}/jobs': { get: GET_PROJECT_JOBS },
    '/v1/projects/{projectId}/jobs/{jobId}': { get: GET_JOB },
    '/v1/projects/{projectId}/statements': { get: GET_STATEMENTS },
    '/v1/projects/{projectId}/statements/{month}': { get: GET_STATEMENT },
    '/v1/projects/{projectId}/statements/{month}/charges': { get: GET_STATEMENT_CHARGES },
    '/v1/projects/{projectId}/statements/{month}/approval': { put: PUT_APPROVAL },
    '/v1/projects/{projectId}/reconciliations/{month}': { get: GET_RECONCILIATION },
    '/v1/projects/{projectId}/budgets': { get: GET_BUDGETS },
    '/v1/projects/{projectId}/budgets/{name}': {
      ...{ get: GET_BUDGET, put: PUT_BUDGET, delete: DELETE_BUDGET },
    },
    '/v1/operations': { get: GET_OPERATIONS },
    '/v1/operations/log': { get: GET_OPERATIONS_LOG },
    '/v1/links': { post: CREATE_LINK },
    '/v1/projects/{projectId}/export': { get: GET_EXPORT },
    '/v1/openapi.json': { get: GET_OPENAPI },
    '/v1/docs': { get: GET_REFERENCE },
    '/': { get: GET_PAGE },
    '/assets/{file}': { get: GET_ASSET },
  },
  webhooks: webhooks(),
  components: { schemas: componentSchemas(), securitySchemes: SECURITY_SCHEMES },
});
