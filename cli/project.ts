import { InvalidArgumentError } from 'commander';
import { isId } from '../lib/validation.ts';

/** Parses a project argument; an id that no event can have is a usage error. */
export const parseProject = (text: string): string => {
  if (isId(text)) return text;
  throw new InvalidArgumentError('A project id is 1 to 128 of A-Z a-z 0-9 . _ : -');
};
