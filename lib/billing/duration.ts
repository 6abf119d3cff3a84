import * as Duration from 'temporal-polyfill/fns/Duration';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './minutes.ts';

/** Milliseconds of an ISO 8601 duration up to weeks, whose days have 24 hours; NaN if invalid. */
export const isoDurationMs = (text: string): number => {
  try {
    const duration = Duration.fromString(text);
    const days = 7 * duration.weeks + duration.days;
    return Duration.total(Duration.withFields(duration, { weeks: 0, days }), 'milliseconds');
  } catch {
    return Number.NaN;
  }
};

/** Weeks to seconds, each at most once: `7d`, `1w`, `1h30m`. */
const SHORT = /^(?=\d)(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/;
const SHORT_UNITS = [7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];

/** Milliseconds of a duration as people write it, `7d` or ISO 8601 `P7D`; NaN if it is neither. */
export const durationMs = (text: string): number => {
  const short = SHORT.exec(text);
  if (!short) return isoDurationMs(text);
  return SHORT_UNITS.reduce((sum, unit, index) => sum + unit * Number(short[index + 1] ?? 0), 0);
};

const PARTS = [
  ['day', 'D', DAY_MS],
  ['hour', 'H', HOUR_MS],
  ['minute', 'M', MINUTE_MS],
  ['second', 'S', SECOND_MS],
] as const;

/** The parts of a duration of whole seconds that are not zero, largest first. */
const partsOf = (ms: number) => {
  let rest = ms;
  return PARTS.flatMap(([name, letter, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [{ name, letter, count }] : [];
  });
};

/** The ISO 8601 duration of whole seconds: `P28D`, `P1DT12H`, `PT0S`. */
export const isoDuration = (ms: number): string => {
  const texts = partsOf(ms).map(({ letter, count }) => `${count}${letter}`);
  if (texts.length === 0) return 'PT0S';
  const days = texts[0]?.endsWith('D') ? texts.shift() : undefined;
  return `P${days ?? ''}${texts.length > 0 ? `T${texts.join('')}` : ''}`;
};

/** A duration of whole seconds in words: `28 days`, `1 day 12 hours`. */
export const durationWords = (ms: number): string =>
  partsOf(ms)
    .map(({ name, count }) => `${count} ${name}${count === 1 ? '' : 's'}`)
    .join(' ') || '0 seconds';
