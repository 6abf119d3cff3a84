import { InvalidArgumentError } from 'commander';
import { isMonth, MONTH_RULE } from '../lib/validation.ts';

/** A month that a command is told; anything else is wrong use of the command. */
export const parseMonth = (text: string): string => {
  if (isMonth(text)) return text;
  throw new InvalidArgumentError(`It ${MONTH_RULE}.`);
};
