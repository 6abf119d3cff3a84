import { AssertionError } from 'node:assert';

/** The run cannot come to an end, or came to one it must not come to. */
export class Broken extends Error {}

/** Whether an error tells of a mistake in the code, and not of a fault that was injected or of a refusal. */
export const isMistake = (error: unknown): boolean =>
  [AssertionError, TypeError, RangeError, ReferenceError, Broken].some((kind) => error instanceof kind) ||
  (error instanceof AggregateError && error.errors.some(isMistake));

/** An error with all that is in it. */
export const inWords = (error: unknown): string =>
  error instanceof AggregateError
    ? [error.message, ...error.errors.map(inWords)].join('\n')
    : error instanceof Error && !(error instanceof Broken)
      ? `${error.stack}`
      : `${error}`;
