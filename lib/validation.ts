import type { BaseIssue } from 'valibot';
import type { InputError } from './refusal.ts';

// Rules of ids and months without a schema library, to keep the bundles of reads small.
// lib/shapes/fields.ts builds schemas from them.

/** A job, project or flavor id: safe in a URL path, in a table key and in a file name. */
export const ID = /^[A-Za-z0-9._:-]{1,128}$/;
export const ID_RULE = 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -';
export const isId = (text: unknown): text is string => typeof text === 'string' && ID.test(text);

/** The key of a label. */
export const LABEL_KEY = /^[A-Za-z0-9._/-]{1,63}$/;
export const isLabelKey = (text: unknown): text is string => typeof text === 'string' && LABEL_KEY.test(text);

/** YYYY-MM. */
export const MONTH = /^[2-9]\d{3}-(0[1-9]|1[0-2])$/;
export const MONTH_RULE = 'must be a month as YYYY-MM, from 2000-01 to 9999-12';
export const isMonth = (text: unknown): text is string => typeof text === 'string' && MONTH.test(text);

type Key = string | number;

/** A place in a JSON value as a JSON pointer (RFC 6901). */
const pointerTo = (keys: readonly Key[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Longer keys are cut in a sentence; the pointer has them whole. */
const LONGEST_KEY = 128;

/** The same place as people write it: `prices.h100.unit`, `billableStatuses[0]`, `labels["a b"]`. */
const nameOf = (keys: readonly Key[]): string =>
  keys
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      const shown = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key;
      return /^[\w-]+$/.test(key) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
    })
    .join('')
    .replace(/^\./, '');

/** What is checked: `what` it is as a whole, and where it is in the input. */
interface Checked {
  readonly what: string;
  readonly at?: readonly Key[];
}

/**
 * Schema issues as sentences: the name of the field, and the rule that it breaks, which is the
 * message of the schema. JSON has no undefined: it is a member that is missing.
 */
export const inputErrors = (
  issues: readonly BaseIssue<unknown>[],
  { what, at = [] }: Checked,
): InputError[] =>
  issues.map(({ path = [], input, message }) => {
    const keys = [...at, ...path.map(({ key }) => key as Key)];
    const rule = input === undefined ? 'is missing' : message;
    return { pointer: pointerTo(keys), detail: `${nameOf(keys) || what} ${rule}` };
  });
