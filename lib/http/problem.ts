import { Refusal, type RefusalCode } from '../refusal.ts';
import { TableUnavailable } from '../store/unavailable.ts';
import { answer, type HttpAnswer } from './answers.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** A refusal, or an internal error. */
export type ProblemCode = RefusalCode | 'internal';

/** The status and title of each kind of problem. */
export const PROBLEM_KINDS: Readonly<Record<ProblemCode, ProblemKind>> = {
  'not-json': { status: 400, title: 'Not JSON' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'not-acceptable': { status: 406, title: 'No such representation' },
  conflict: { status: 409, title: 'Conflict' },
  'precondition-failed': { status: 412, title: 'Changed meanwhile' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  invalid: { status: 422, title: 'Invalid input' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Try again' },
};

const problem = (
  code: ProblemCode,
  members: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => {
  const { status, title } = PROBLEM_KINDS[code];
  const body = { ...members, type: `urn:jobmeter:problem:${code}`, title, status };
  const { headers: contentType, ...rest } = answer(status, 'application/problem+json', JSON.stringify(body));
  return { ...rest, headers: { ...contentType, ...headers } };
};

/** Events are signed; every other route that refuses a caller needs a bearer token. */
export const SIGNED_ROUTE = 'POST /v1/events';

const headersFor = ({ code, members }: Refusal, route: string): Record<string, string> => {
  if (code === 'unavailable') return { 'retry-after': members.beingComputed === true ? '10' : '1' };
  if (code === 'unauthenticated' && route !== SIGNED_ROUTE) return { 'www-authenticate': 'Bearer' };
  return {};
};

/** The problem details (RFC 9457) of a refusal; `route` as in serverless.yml. */
export const refusalAnswer = (refusal: Refusal, route: string): HttpAnswer => {
  const { code, message: detail, errors, moreErrors, members } = refusal;
  return problem(
    code,
    { ...members, detail, ...(errors.length > 0 && { errors }), ...(moreErrors > 0 && { moreErrors }) },
    headersFor(refusal, route),
  );
};

/** Problem details of an internal error: only the request id, for support. */
export const faultAnswer = (requestId: string): HttpAnswer =>
  problem('internal', { detail: 'unexpected error; the request need not be changed', requestId });

/** Thrown by middy shortly before the function times out. */
const isOutOfTime = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** The refusal for an error: itself, or `unavailable` if the request may be retried. */
export const toRefusal = (error: unknown): Refusal | undefined => {
  if (error instanceof Refusal) return error;
  return error instanceof TableUnavailable || isOutOfTime(error)
    ? new Refusal('unavailable', 'not available at the moment; try again')
    : undefined;
};
