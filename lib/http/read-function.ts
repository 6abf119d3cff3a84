import { readTableConfig, readTokenConfig } from '../config.ts';
import { connect } from '../connect.ts';
import type { BillingContext } from '../operations/billing-context.ts';
import { Refusal } from '../refusal.ts';
import type { HttpAnswer } from './answers.ts';
import { httpHandler } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { idParameter, monthParameter, notFound } from './parameters.ts';
import { type QueryOf, queryOf, type ReadName } from './read-queries.ts';
import { createTokenVerifier, type Grant, type Scope, sees } from './tokens.ts';

/** Input of a read whose token is verified and whose parameters are known. */
export interface Read<Name extends ReadName> {
  readonly request: HttpRequest;
  readonly query: QueryOf<Name>;
  readonly grant: Grant;
  readonly context: BillingContext;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Handler of a read: verifies the bearer token, and refuses unknown parameters, before any access
 * to the table.
 */
export const readFunction = <Name extends ReadName>(
  name: Name,
  read: (read: Read<Name>) => Promise<HttpAnswer>,
  scope: Scope = 'usage:read',
) => {
  const authorize = createTokenVerifier(readTokenConfig());
  const connection = connect(readTableConfig());
  return httpHandler(async (request) => {
    const now = connection.now();
    const grant = await authorize(request.headers.get('authorization'), now, scope);
    const query = queryOf(name, request.query);
    return read({ request, query, grant, context: await connection.openContext('read'), now });
  });
};

/** Refuses a token that is not for all projects: what concerns the stage concerns all of them. */
export const forOperators = ({ grant }: Pick<Read<ReadName>, 'grant'>): void => {
  if (grant.projects !== 'all')
    throw new Refusal(
      'forbidden',
      'operations are for tokens of all projects: the claim `projects` is ["*"]',
    );
};

/** The project in the path; a foreign one is not found (I7). */
export const visibleProject = ({ request, grant }: Pick<Read<ReadName>, 'request' | 'grant'>): string => {
  const projectId = idParameter(request.pathParameters.projectId);
  if (!sees(grant, projectId)) throw notFound();
  return projectId;
};

/** The month in the path. */
export const pathMonth = ({ request }: Pick<Read<ReadName>, 'request'>): string =>
  monthParameter(request.pathParameters.month);

/** The month in the query, by default the current one. */
export const requestedMonth = ({
  query,
  context,
  now,
}: Pick<Read<'getUsage' | 'getProjects' | 'getProjectJobs'>, 'query' | 'context' | 'now'>): string =>
  monthParameter(query.month ?? context.calendar.monthOf(now).id);
