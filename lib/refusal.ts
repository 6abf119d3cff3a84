/** Why a request is refused. HTTP statuses for these live in `lib/http/problem.ts` alone. */
export type RefusalCode =
  | 'not-json'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'not-acceptable'
  | 'unavailable';

/** One thing that is wrong with an input: where (a JSON pointer, RFC 6901, or a parameter's name) and which rule. */
export interface InputError {
  readonly pointer: string;
  readonly detail: string;
}

/** Errors that a refusal lists; the rest is counted, so that no answer is endless. */
const LISTED_ERRORS = 100;

interface RefusalExtras {
  readonly errors?: readonly InputError[];
  /** Errors besides those in `errors`, where the caller lists only some of them. */
  readonly moreErrors?: number;
  /** Members added to the answer as they are, e.g. the `results` of a batch with a conflict. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An expected "no" to a caller: the message says what is wrong and what to do, never how the system works inside. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** At most 100. */
  readonly errors: readonly InputError[];
  /** How many there are besides. */
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
