import { AssertionError } from 'node:assert';
import { Refusal } from '../lib/refusal.ts';

/** The run does not end, or ends in an invalid state. */
export class Broken extends Error {}

/** The table of a simulation loses nothing, so a close never finds it damaged. */
const isDamage = (error: unknown): boolean =>
  error instanceof Refusal && error.message.includes(' is not billed: ');

/** Whether an error is a defect, not an injected fault or a refusal of an input. */
export const isMistake = (error: unknown): boolean =>
  isDamage(error) ||
  [AssertionError, TypeError, RangeError, ReferenceError, Broken].some((kind) => error instanceof kind) ||
  (error instanceof AggregateError && error.errors.some(isMistake));

/** An error with its nested errors. */
export const inWords = (error: unknown): string =>
  error instanceof AggregateError
    ? [error.message, ...error.errors.map(inWords)].join('\n')
    : error instanceof Error && !(error instanceof Broken)
      ? `${error.stack}`
      : `${error}`;
