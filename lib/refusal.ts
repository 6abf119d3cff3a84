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

interface RefusalExtras {
  readonly errors?: readonly InputError[];
  /** Members added to the answer as they are, e.g. the `results` of a batch with a conflict. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An expected "no" to a caller: the message says what is wrong and what to do, never how the system works inside. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly errors: readonly InputError[];
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: RefusalCode, message: string, extras: RefusalExtras = {}) {
    super(message);
    this.code = code;
    this.errors = extras.errors ?? [];
    this.members = extras.members ?? {};
  }
}
