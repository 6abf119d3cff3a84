import { PROBLEM_KINDS, type ProblemCode } from '../problem.ts';
import { problemRef } from './schemas.ts';
import type { Content, Example, Header, Response } from './types.ts';

const MEANINGS: Readonly<Record<ProblemCode, string>> = {
  'not-json': 'The body is not JSON in UTF-8.',
  unauthenticated: 'The caller is not authenticated.',
  forbidden: 'The token lacks the scope `usage:read`.',
  'not-found': 'It does not exist, or the token may not see it.',
  'not-acceptable': 'No representation matches `accept`.',
  conflict:
    'An event was recorded before with other content. `results` has the outcome of every event; those without a conflict are stored. Do not retry.',
  'precondition-failed':
    'It is not what `if-match` or `if-none-match` expects: read it again. Nothing was changed.',
  'too-large': 'The request is too large: send smaller ones.',
  'unsupported-media-type': 'Not one of the media types above, or not UTF-8.',
  invalid: 'The request is invalid: see `errors`. Nothing was recorded.',
  internal: 'An internal error; the request need not be changed. Quote `requestId` to support.',
  unavailable: 'Temporarily unavailable: try again.',
};

const header = (description: string, type: string): Header => ({
  description,
  required: true,
  schema: { type },
});

const HEADERS: Readonly<Partial<Record<ProblemCode, Response['headers']>>> = {
  unavailable: { 'retry-after': header('Seconds to wait before the next attempt.', 'integer') },
};

/** What an operation adds to the common description of a problem. */
export interface ProblemNote {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly examples?: Readonly<Record<string, Example>>;
}

export type Problems = Readonly<Partial<Record<ProblemCode, ProblemNote>>>;

/** Challenge of a read (RFC 6750). */
export const WWW_AUTHENTICATE = { 'www-authenticate': header('`Bearer`.', 'string') };

const responseOf = (code: ProblemCode, { description, headers, examples }: ProblemNote): Response => ({
  description: description ?? MEANINGS[code],
  ...((headers ?? HEADERS[code]) && { headers: { ...HEADERS[code], ...headers } }),
  content: {
    'application/problem+json': { schema: problemRef(code), ...(examples && { examples }) },
  },
});

/**
 * Responses by status for these problems; every operation also has `internal` and `unavailable`.
 */
export const problemResponses = (problems: Problems): Record<string, Response> =>
  Object.fromEntries(
    Object.entries({ internal: {}, unavailable: {}, ...problems }).map(([code, note]) => {
      const known = code as ProblemCode;
      return [String(PROBLEM_KINDS[known].status), responseOf(known, note)];
    }),
  );

const gatewayContent = (example: Example): Content => ({
  'application/json': {
    schema: { type: 'object', properties: { message: { type: 'string', description: 'The error.' } } },
    examples: { example },
  },
});

/** Responses of the gateway of a deployed stage, with a `message` instead of problem details. */
export const GATEWAY_RESPONSES: Record<'429' | 'default', Response> = {
  '429': {
    description:
      'Too many requests at once: the gateway of a deployed stage answers `{"message":"Too Many Requests"}`, and nothing was recorded. Wait for `retry-after` seconds where it is stated, else for a second, and twice as long after each further 429.',
    headers: {
      'retry-after': {
        description: 'Seconds to wait. API Gateway does not send it; a proxy before it may.',
        required: false,
        schema: { type: 'integer' },
      },
    },
    content: gatewayContent({ summary: 'Throttled', value: { message: 'Too Many Requests' } }),
  },
  default: {
    description:
      'Another error of the gateway: `413` over 10 MB, `503` no function available. Send less, or try again later.',
    content: gatewayContent({ summary: 'No function', value: { message: 'Service Unavailable' } }),
  },
};
