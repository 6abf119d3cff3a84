import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number above 0. */
export const numberUpTo = (most: number) => (text: string) => {
  const number = Number(text);
  if (!(number > 0 && number <= most))
    throw new InvalidArgumentError(`must be a number above 0, at most ${most}`);
  return number;
};

/** Reads an option that is a whole number. */
export const wholeUpTo =
  (most: number, least = 0) =>
  (text: string) => {
    const number = Number(text);
    if (text.trim() === '' || !(Number.isInteger(number) && number >= least && number <= most))
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
    return number;
  };
