import { InvalidArgumentError } from 'commander';
import { type Grouping, parseGrouping } from '../lib/operations/reads/usage-groups.ts';

/** Labels that need no `label:`. */
const COMMON_LABELS = ['team', 'user'];

/** Parses what usage is grouped by; anything else is a usage error. */
export const parseBy = (text: string): Grouping => {
  const grouping = parseGrouping(COMMON_LABELS.includes(text) ? `label:${text}` : text);
  if (grouping) return grouping;
  throw new InvalidArgumentError(
    'It must be team, user, flavor, job, status, or label: and the key of a label.',
  );
};
