import { UNITS, type Unit } from '../lib/billing/facts.ts';
import { unitName } from '../lib/export/display-text.ts';
import type { Resources } from '../lib/shapes/job.ts';
import { count } from './money.ts';

export { unitName };

/** "2 GPUs", "0.5 GPU", "1 CPU". */
export const unitsText = (units: number, unit: Unit): string =>
  `${count(units)} ${unitName(unit)}${units > 0 && units <= 1 ? '' : 's'}`;

/** "2 GPUs, 26 CPUs", without counts of zero. */
export const countsText = (resources: Resources): string => {
  const counts = UNITS.flatMap((unit) => {
    const units = resources[unit] ?? 0;
    return units > 0 ? [unitsText(units, unit)] : [];
  });
  return counts.length > 0 ? counts.join(', ') : 'no counts';
};
