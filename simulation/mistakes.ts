import { AssertionError } from 'node:assert';

/** The run does not end, or ends in an invalid state. */
export class Broken extends Error {}

/** Whether an error is a defect, not an injected fault or a refusal. */
export const isMistake = (error: unknown): boolean =>
  [AssertionError, TypeError, RangeError, ReferenceError, Broken].some((kind) => error instanceof kind) ||
  (error instanceof AggregateError && error.errors.some(isMistake));

/** An error with its nested errors. */
export const inWords = (error: unknown): string =>
  error instanceof AggregateError
    ? [error.message, ...error.errors.map(inWords)].join('\n')
    : error instanceof Error && !(error instanceof Broken)
      ? `${error.stack}`
      : `${error}`;
