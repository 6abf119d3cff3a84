import { InvalidArgumentError } from 'commander';
import { isMonth, MONTH_RULE } from '../lib/validation.ts';

/** Parses a month argument; anything else is a usage error. */
export const parseMonth = (text: string): string => {
  if (isMonth(text)) return text;
  throw new InvalidArgumentError(`It ${MONTH_RULE}.`);
};
