import { Refusal } from '../refusal.ts';
import { ID_RULE, isId, isMonth, MONTH_RULE } from '../validation.ts';

export const MAX_LIMIT = 1000;
export const DEFAULT_LIMIT = 100;

/** Refusal for an invalid parameter. */
export const invalid = (name: string, detail: string): Refusal =>
  new Refusal('invalid', `the parameter ${name || 'without a name'} ${detail}`, {
    errors: [{ pointer: name, detail }],
  });

/** One of `words`; by default the first. */
export const wordParameter = <Word extends string>(
  name: string,
  value: string | undefined,
  words: readonly [Word, ...Word[]],
): Word => {
  if (value === undefined) return words[0];
  const word = words.find((known) => known === value);
  if (word === undefined) throw invalid(name, `must be one of ${words.join(', ')}`);
  return word;
};

/** The same refusal for what is absent and what is forbidden (I7). */
export const notFound = (): Refusal => new Refusal('not-found', 'not found, or not visible with this token');

/** A project or job id in the path. A malformed id is not found. */
export const idParameter = (value: string | undefined): string => {
  if (!isId(value)) throw notFound();
  return value;
};

/** The id in the path of what is made by the call. */
export const newIdParameter = (name: string, value: string | undefined): string => {
  if (!isId(value)) throw invalid(name, ID_RULE);
  return value;
};

/** A calendar month. */
export const monthParameter = (value: string | undefined, name = 'month'): string => {
  if (!isMonth(value)) throw invalid(name, MONTH_RULE);
  return value;
};

/** Page size: by default 1 to 1000, and 100 where none is stated. */
export const limitParameter = (
  value: string | undefined,
  most = MAX_LIMIT,
  otherwise = DEFAULT_LIMIT,
): number => {
  if (value === undefined) return otherwise;
  const limit = Number(value);
  if (!/^\d{1,5}$/.test(value) || limit < 1 || limit > most) {
    throw invalid('limit', `must be a whole number from 1 to ${most}`);
  }
  return limit;
};

/** An opaque cursor for the start of the next page. */
export const toCursor = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

const positionOf = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
};

export const invalidCursor = (): Refusal => invalid('cursor', 'must be the cursor of an earlier page');

/**
 * Decodes a cursor of `parts` ids or times. Its values come from the caller: only their shape is
 * checked.
 */
export const cursorParameter = (value: string | undefined, parts: number): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  const position = positionOf(value);
  if (!Array.isArray(position) || position.length !== parts || !position.every(isId)) {
    throw invalidCursor();
  }
  return position;
};
