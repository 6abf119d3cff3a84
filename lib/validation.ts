import * as v from 'valibot';
import type { InputError } from './refusal.ts';

/** A job, project or flavor id: safe in a URL path, in a table key and in a file name. */
export const ID = /^[A-Za-z0-9._:-]{1,128}$/;
export const isId = (text: unknown): text is string => typeof text === 'string' && ID.test(text);

/** One segment of a JSON pointer (RFC 6901). */
const segment = (key: unknown): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What a schema found wrong, each with a JSON pointer; `prefix` is where the checked value itself stands. */
export const inputErrors = (issues: readonly v.BaseIssue<unknown>[], prefix = ''): InputError[] =>
  issues.map(({ path = [], message }) => ({
    pointer: prefix + path.map(({ key }) => segment(key)).join(''),
    detail: message,
  }));

const MONTH_RULE = 'must be a month as YYYY-MM, from 2000-01 to 9999-12';

/** YYYY-MM. */
export const Month = v.pipe(v.string(MONTH_RULE), v.regex(/^[2-9]\d{3}-(0[1-9]|1[0-2])$/, MONTH_RULE));
