import { DAY_MS } from '../billing/minutes.ts';

const numerals = (count: number, digits: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(digits, '0'));

const [TWO_DIGITS, THREE_DIGITS] = [numerals(60, 2), numerals(1_000, 3)];
/** `00:00:` to `23:59:`. */
const MINUTES = Array.from(
  { length: 1_440 },
  (_, minute) => `${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:`,
);
/** The range of a Date. */
const MAX_TIME = 8.64e15;
/** Days kept: far more than a close of one month meets. */
const DAYS_CACHED = 1_000;

/** Days as `2026-10-01T`, by their number since 1970. */
const days = new Map<number, string>();

const dayOf = (day: number): string => {
  const known = days.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length);
  if (days.size >= DAYS_CACHED) days.clear();
  days.set(day, text);
  return text;
};

const format = (time: number): string => {
  if (!Number.isInteger(time) || Math.abs(time) > MAX_TIME) return new Date(time).toISOString();
  const day = Math.floor(time / DAY_MS);
  const ms = time - day * DAY_MS;
  const seconds = Math.floor(ms / 1_000);
  const text = dayOf(day) + MINUTES[Math.floor(seconds / 60)];
  return `${text}${TWO_DIGITS[seconds % 60]}.${THREE_DIGITS[ms % 1_000]}Z`;
};

let last = { time: Number.NaN, text: '' };

/**
 * A time as ISO 8601, as `Date` writes it, in a fifth of the time: a close writes millions, and most
 * twice in a row.
 */
export const isoTime = (time: number): string => {
  if (time !== last.time) last = { time, text: format(time) };
  return last.text;
};
