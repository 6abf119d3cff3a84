/** Reasons for a refusal. `lib/http/problem.ts` maps them to HTTP statuses. */
export type RefusalCode =
  | 'not-json'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'not-acceptable'
  | 'unavailable';

/**
 * An error of an input: a JSON pointer (RFC 6901), and a sentence that names the field and the rule
 * it breaks; or the name of a parameter, and its rule.
 */
export interface InputError {
  readonly pointer: string;
  readonly detail: string;
}

/** Errors listed in one refusal; further ones are only counted. */
const LISTED_ERRORS = 100;

interface RefusalExtras {
  readonly errors?: readonly InputError[];
  /** Further errors that the caller does not list. */
  readonly moreErrors?: number;
  /** Members added to the problem details, e.g. the `results` of a batch with a conflict. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An expected refusal. The message says what is wrong and how to fix it, without internals. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** At most 100. */
  readonly errors: readonly InputError[];
  /** Number of errors not listed. */
  readonly moreErrors: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: RefusalCode,
    message: string,
    { errors = [], moreErrors = 0, members = {} }: RefusalExtras = {},
  ) {
    super(message);
    this.code = code;
    this.errors = errors.slice(0, LISTED_ERRORS);
    this.moreErrors = errors.length - this.errors.length + moreErrors;
    this.members = members;
  }
}
