import type { DayUsage } from '../../lib/shapes/usage.ts';

/** As many colours as people tell apart; what comes after shares the last. */
const SERIES = 6;

/** A flavor's colour, as the end of a class name. `flavors` are all that are shown, in a stable order. */
export const seriesOf = (flavors: readonly string[], flavor: string): number =>
  Math.min(flavors.indexOf(flavor), SERIES - 1);

/** The flavors of some days, by name. */
export const flavorsOf = (days: readonly DayUsage[]): string[] =>
  [...new Set(days.map(({ flavor }) => flavor))].sort();
