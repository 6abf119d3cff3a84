import type { DayUsage } from '../../lib/shapes/usage.ts';

/** The number of distinct colors; further flavors share the last. */
const SERIES = 6;

/** A flavor's color, as the suffix of a class name. `flavors` are all that are shown, sorted. */
export const seriesOf = (flavors: readonly string[], flavor: string): number =>
  Math.min(flavors.indexOf(flavor), SERIES - 1);

/** The flavors of some days, by name. */
export const flavorsOf = (days: readonly DayUsage[]): string[] =>
  [...new Set(days.map(({ flavor }) => flavor))].sort();
