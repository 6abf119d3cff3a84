import { PROBLEM_KINDS, type ProblemCode } from '../problem.ts';
import { problemRef } from './schemas.ts';
import type { Example, Header, Response } from './types.ts';

const MEANINGS: Readonly<Record<ProblemCode, string>> = {
  'not-json': 'The body is not JSON in UTF-8.',
  unauthenticated: 'Nobody knows who asks.',
  forbidden: 'The token lacks the scope `usage:read`.',
  'not-found': 'It does not exist, or the token may not see it: which of them, it does not tell.',
  'not-acceptable': 'No representation that `accept` asks for.',
  conflict:
    'An event was recorded before with other content. `results` has the outcome of every event; those that are not in conflict are stored. Sending it again does not help.',
  'too-large': 'Too much at once: send less.',
  'unsupported-media-type': 'Not one of the media types above, or not UTF-8.',
  invalid: '`errors` says what is wrong. Nothing was recorded.',
  internal: 'A fault of ours. Nobody needs to change the request; `requestId` is what to quote.',
  unavailable: 'Not now: try again.',
};

const header = (description: string, type: string): Header => ({
  description,
  required: true,
  schema: { type },
});

const HEADERS: Readonly<Partial<Record<ProblemCode, Response['headers']>>> = {
  unavailable: { 'retry-after': header('After how many seconds to try again.', 'integer') },
};

/** What an operation says of a problem beyond what is said of it everywhere. */
export interface ProblemNote {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly examples?: Readonly<Record<string, Example>>;
}

export type Problems = Readonly<Partial<Record<ProblemCode, ProblemNote>>>;

/** Reads are told how to authenticate (RFC 6750). */
export const WWW_AUTHENTICATE = { 'www-authenticate': header('`Bearer`.', 'string') };

const responseOf = (code: ProblemCode, { description, headers, examples }: ProblemNote): Response => ({
  description: description ?? MEANINGS[code],
  ...((headers ?? HEADERS[code]) && { headers: { ...HEADERS[code], ...headers } }),
  content: {
    'application/problem+json': { schema: problemRef(code), ...(examples && { examples }) },
  },
});

/** The answers of an operation that has these problems, by status. Whatever is asked, a fault or an outage may be the answer. */
export const problemResponses = (problems: Problems): Record<string, Response> =>
  Object.fromEntries(
    Object.entries({ ...problems, internal: {}, unavailable: {} }).map(([code, note]) => {
      const known = code as ProblemCode;
      return [String(PROBLEM_KINDS[known].status), responseOf(known, note)];
    }),
  );

/** What comes from the gateway of a deployed stage, before any function is asked. */
export const GATEWAY_RESPONSE: Response = {
  description:
    'The gateway of a deployed stage answered by itself, with a `message` and not as a problem: `429` too many requests at once, `413` over 10 MB, `503` no function could answer. Try again later, or send less.',
  content: {
    'application/json': {
      schema: { type: 'object', properties: { message: { type: 'string', description: 'What happened.' } } },
    },
  },
};
