import { Refusal } from '../refusal.ts';
import { isId, isMonth, MONTH_RULE } from '../validation.ts';

export const MAX_LIMIT = 1000;
export const DEFAULT_LIMIT = 100;

/** A parameter that does not say what it must. */
export const invalid = (name: string, detail: string): Refusal =>
  new Refusal('invalid', `the parameter ${name} ${detail}`, { errors: [{ pointer: name, detail }] });

/** One of some words, or the first if the caller does not say. */
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

/** The one answer to whatever does not exist or may not be seen, so that it tells neither. */
export const notFound = (): Refusal => new Refusal('not-found', 'not found, or not visible with this token');

/** A project or job id in the path. One of a wrong shape is unknown, like every id nobody uses. */
export const idParameter = (value: string | undefined): string => {
  if (!isId(value)) throw notFound();
  return value;
};

/** A calendar month. */
export const monthParameter = (value: string | undefined, name = 'month'): string => {
  if (!isMonth(value)) throw invalid(name, MONTH_RULE);
  return value;
};

/** The size of a page: 1 to 1000, or 100 if the caller does not say. */
export const limitParameter = (value = String(DEFAULT_LIMIT)): number => {
  const limit = Number(value);
  if (!/^\d{1,4}$/.test(value) || limit < 1 || limit > MAX_LIMIT) {
    throw invalid('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  return limit;
};

/** Where the next page starts, as an opaque parameter. */
export const toCursor = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

const positionOf = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
};

/**
 * The position a cursor stands for, `parts` ids or times of an earlier page. It comes from a caller: it is of the right shape, but
 * may stand for anything.
 */
export const cursorParameter = (value: string | undefined, parts: number): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  const position = positionOf(value);
  if (!Array.isArray(position) || position.length !== parts || !position.every(isId)) {
    throw invalid('cursor', 'must be the cursor of an earlier page');
  }
  return position;
};
