import { UNITS } from '../../lib/billing/facts.ts';
import type { Resources } from '../../lib/shapes/job.ts';
import { durationText } from '../calendar.ts';
import { timeoutMs } from '../lifecycle.ts';
import { unitsText } from './text.tsx';

/** "2 GPUs, 26 CPUs", without counts of zero. */
export const countsText = (resources: Resources): string => {
  const counts = UNITS.flatMap((unit) => {
    const units = resources[unit] ?? 0;
    return units > 0 ? [unitsText(units, unit)] : [];
  });
  return counts.length > 0 ? counts.join(', ') : 'no counts';
};

/** "2 h", or the text of the API if it is no number of seconds. */
export const timeoutText = (timeout: string): string => {
  const ms = timeoutMs(timeout);
  return Number.isNaN(ms) ? timeout : durationText(ms);
};
