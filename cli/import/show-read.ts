import type { ReasonGroup } from '../../lib/operations/import/reasons.ts';
import type { TimeRange } from '../../lib/operations/import/time-range.ts';
import { counted, indent } from '../output.ts';
import { timeText } from '../times.ts';
import type { FilesRead } from './translate-files.ts';

/** "40 lines read", "3 records read". */
export const readText = ({ records, reads }: FilesRead): string =>
  `${counted(records, reads === 'lines' ? 'line' : 'record')} read`;

/** ", from 2026-10-01 08:00:00 to 2026-10-31 17:30:00 UTC". */
export const rangeText = ({ from, to }: TimeRange, timeZone: string): string =>
  from && to ? `, from ${timeText(from, timeZone)} to ${timeText(to, timeZone)} ${timeZone}` : '';

/** Reasons shown; `--json` has all. */
const SHOWN = 10;

/** Reasons in the order given, with how often and where first. */
export const reasonLines = (title: string, groups: readonly ReasonGroup[]): string[] => {
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return [];
  const more = groups.length - SHOWN;
  return [
    `${title}: ${all.toLocaleString('en')}`,
    ...groups
      .slice(0, SHOWN)
      .map(({ reason, count, first }) =>
        indent(`${count} × ${reason} (${first.join(', ')}${count > first.length ? ', …' : ''})`),
      ),
    ...(more > 0 ? [indent(`and ${more} more reasons: --json has them`)] : []),
  ];
};

/** How many were given again. */
export const knownText = ({ known, conflicts }: { readonly known: number; readonly conflicts: number }) =>
  `${known.toLocaleString('en')} known already, ${conflicts.toLocaleString('en')} known with other content`;
