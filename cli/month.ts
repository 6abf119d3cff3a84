import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { Month } from '../lib/validation.ts';

/** A month that a command is told; anything else is wrong use of the command. */
export const parseMonth = (text: string): string => {
  const { success, output, issues } = v.safeParse(Month, text);
  if (success) return output;
  throw new InvalidArgumentError(`It ${issues[0].message}.`);
};
