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

/** One segment of a JSON pointer (RFC 6901). */
const segment = (key: unknown): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Schema issues as input errors; `prefix` is the JSON pointer of the checked value. */
export const inputErrors = (issues: readonly BaseIssue<unknown>[], prefix = ''): InputError[] =>
  issues.map(({ path = [], message }) => ({
    pointer: prefix + path.map(({ key }) => segment(key)).join(''),
    detail: message,
  }));
