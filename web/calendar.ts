const DAY_MS = 24 * 60 * 60 * 1000;
const MONTHS_OF_YEAR = 12;

/** `[start, end)` in epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const memoized = <Value>(make: (key: string) => Value): ((key: string) => Value) => {
  const values = new Map<string, Value>();
  return (key) => {
    const value = values.get(key) ?? make(key);
    values.set(key, value);
    return value;
  };
};

const wallClock = memoized(
  (timeZone) =>
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }),
);

/** The offset of a zone from UTC at an instant, in milliseconds. */
const offsetAt = (time: number, timeZone: string): number => {
  const parts = Object.fromEntries(
    wallClock(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - time;
};

/**
 * When a date (YYYY-MM-DD) begins. If midnight occurs twice it is the first; if clocks skip it, it
 * is the moment they do.
 */
const startOfDay = (date: string, timeZone: string): number => {
  const utc = Date.parse(`${date}T00:00:00Z`);
  const before = utc - offsetAt(utc - DAY_MS, timeZone);
  const after = utc - offsetAt(utc + DAY_MS, timeZone);
  const real = [before, after].filter((time) => time + offsetAt(time, timeZone) === utc);
  return real.length === 0 ? before : Math.min(...real);
};

/** The date at an instant, YYYY-MM-DD. */
export const dateAt = (time: number, timeZone: string): string =>
  new Date(time + offsetAt(time, timeZone)).toISOString().slice(0, 10);

/** The month `by` months later, the next one by default. */
export const nextMonth = (month: string, by = 1): string => {
  const [year = 0, monthOfYear = 1] = month.split('-').map(Number);
  const count = year * MONTHS_OF_YEAR + monthOfYear - 1 + by;
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return `${digits(Math.floor(count / MONTHS_OF_YEAR), 4)}-${digits((count % MONTHS_OF_YEAR) + 1, 2)}`;
};

/** A date (YYYY-MM-DD) of a time zone. */
export const daySpan = (date: string, timeZone: string): Span => ({
  start: startOfDay(date, timeZone),
  end: startOfDay(new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10), timeZone),
});

/** A calendar month (YYYY-MM) of a time zone. */
export const monthSpan = (month: string, timeZone: string): Span => ({
  start: startOfDay(`${month}-01`, timeZone),
  end: startOfDay(`${nextMonth(month)}-01`, timeZone),
});

/** Every date of a month. */
export const datesOf = (month: string): string[] => {
  const length = Math.round((Date.parse(`${nextMonth(month)}-01`) - Date.parse(`${month}-01`)) / DAY_MS);
  return Array.from({ length }, (_, index) => `${month}-${String(index + 1).padStart(2, '0')}`);
};

const monthFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'long',
});
const timeFormat = memoized(
  (timeZone) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }),
);
const minuteFormat = memoized(
  (timeZone) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
);
const clockFormat = memoized(
  (timeZone) => new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium', hourCycle: 'h23' }),
);

/** "October 2026". */
export const monthName = (month: string): string => monthFormat.format(Date.parse(`${month}-01`));
/** "Sat 3 October". */
export const dayName = (date: string): string => dayFormat.format(Date.parse(date)).replace(',', '');
/** "3 Oct 2026, 09:00:10" in a time zone. */
export const timeText = (time: string | number, timeZone: string): string =>
  timeFormat(timeZone).format(new Date(time));
/** A text with its times, which are ISO 8601 in UTC, as {@link timeText} writes them. */
export const withTimes = (text: string, timeZone: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => timeText(time, timeZone));
/** "3 Oct, 09:00" in a time zone. */
export const minuteText = (time: string | number, timeZone: string): string =>
  minuteFormat(timeZone).format(new Date(time));
/** "09:00:10" in a time zone. */
export const clockText = (time: string | number, timeZone: string): string =>
  clockFormat(timeZone).format(new Date(time));

/** "2 d", "3 h" and so on from the longest unit that there is, at most so many; without zeros. */
const durationOf = (ms: number, maxParts: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts
    .slice(Math.max(first, 0), Math.max(first, 0) + maxParts)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}\u00a0${unit}`);
  return shown.length === 0 ? '0\u00a0s' : shown.join(' ');
};

/** "2 d 3 h", "1 h 30 min 30 s", "0 s": exact to the second, without parts that are zero. */
export const durationText = (ms: number): string => durationOf(ms, 4);

/** "8 d 23 h", "50 min 37 s": cut off after two units, for times that pass. */
export const roughDuration = (ms: number): string => durationOf(ms, 2);

/** "1:02:03:04" counted to the second, for a clock that ticks. */
export const stopwatchText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  return days > 0 ? `${days}\u00a0d ${clock}` : clock;
};
