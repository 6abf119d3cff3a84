import { InvalidArgumentError } from 'commander';
import { STATUSES, type Status } from '../lib/billing/statuses.ts';
import type { JobFilter } from '../lib/operations/reads/read-project-jobs.ts';
import { isLabelKey } from '../lib/validation.ts';

/** Parses statuses separated by commas, in any case. */
export const parseStatuses = (text: string): Status[] =>
  text.split(',').map((word) => {
    const status = STATUSES.find((known) => known === word.trim().toUpperCase());
    if (status) return status;
    throw new InvalidArgumentError(`It must be of ${STATUSES.join(', ')}, separated by commas.`);
  });

/** Parses a label as `team:vision` or `team=vision`. */
export const parseLabel = (text: string): NonNullable<JobFilter['label']> => {
  const [key = '', separator] = text.split(/([:=])/, 2);
  if (separator !== undefined && isLabelKey(key)) return { key, value: text.slice(key.length + 1) };
  throw new InvalidArgumentError('It must be a key and a value, like team:vision.');
};

/** Parses the number of rows of a table. */
export const parseLimit = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
};
