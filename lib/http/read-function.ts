import { readTableConfig, readTokenConfig } from '../config.ts';
import { connect } from '../connect.ts';
import type { BillingContext } from '../operations/billing-context.ts';
import type { HttpAnswer } from './answers.ts';
import { httpHandler } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { idParameter, monthParameter, notFound } from './parameters.ts';
import { createTokenVerifier, type Grant, sees } from './tokens.ts';

/** Input of a read whose token is verified. */
export interface Read {
  readonly request: HttpRequest;
  readonly grant: Grant;
  readonly context: BillingContext;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Handler of a read: verifies the bearer token before any access to the table. */
export const readFunction = (read: (read: Read) => Promise<HttpAnswer>) => {
  const authorize = createTokenVerifier(readTokenConfig());
  const connection = connect(readTableConfig());
  return httpHandler(async (request) => {
    const now = connection.now();
    const grant = await authorize(request.headers.get('authorization'), now);
    return read({ request, grant, context: await connection.openContext('read'), now });
  });
};

/** The project in the path; a foreign one is not found (I7). */
export const visibleProject = ({ request, grant }: Read): string => {
  const projectId = idParameter(request.pathParameters.projectId);
  if (!sees(grant, projectId)) throw notFound();
  return projectId;
};

/** The month in the path. */
export const pathMonth = ({ request }: Read): string => monthParameter(request.pathParameters.month);

/** The month in the query, by default the current one. */
export const requestedMonth = ({ request, context, now }: Read): string =>
  monthParameter(request.query.month ?? context.calendar.monthOf(now).id);
