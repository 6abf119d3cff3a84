import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDate from 'temporal-polyfill/fns/PlainDate';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';

/** A calendar span in the billing time zone: `[start, end)` in epoch milliseconds. */
export interface Span {
  /** YYYY-MM for a month, YYYY-MM-DD for a day. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** The months and days of one billing time zone, daylight saving included. */
export interface Calendar {
  readonly timeZone: string;
  month(id: string): Span;
  monthOf(time: number): Span;
  dayOf(time: number): Span;
}

const MONTHS_OF_YEAR = 12;

/** Whether `name` is an IANA name. Offsets such as +01:00 are refused: no daylight saving. */
export const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /[A-Za-z]/.test(name);
  } catch {
    return false;
  }
};

/** Plain arithmetic instead of Temporal: nearly every settle calls it. */
export const addMonths = (month: string, months: number): string => {
  const [year, monthOfYear] = [Number(month.slice(0, -3)), Number(month.slice(-2))];
  const count = year * MONTHS_OF_YEAR + monthOfYear - 1 + months;
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return `${digits(Math.floor(count / MONTHS_OF_YEAR), 4)}-${digits((count % MONTHS_OF_YEAR) + 1, 2)}`;
};

/** Every month from `first` to `last`, both included; empty if `last` is earlier. */
export const monthsFrom = (first: string, last: string): string[] => {
  const months: string[] = [];
  if (first > last) return months;
  const end = addMonths(last, 1);
  for (let month = first; month !== end; month = addMonths(month, 1)) months.push(month);
  return months;
};

/** The first day of a month, or the day itself. */
const dateOf = (id: string): PlainDate.Record => {
  const [year, month, day = 1] = id.split('-').map(Number) as [number, number, number?];
  return PlainDate.create(year, month, day);
};

const memoize = (spanOf: (id: string) => Span): ((id: string) => Span) => {
  const spans = new Map<string, Span>();
  return (id) => {
    const span = spans.get(id) ?? spanOf(id);
    spans.set(id, span);
    return span;
  };
};

/** Most times lie in the span of the time before; one that is NaN lies in none. */
const rememberLast = (spanAt: (time: number) => Span): ((time: number) => Span) => {
  let last: Span | undefined;
  return (time) => {
    if (!last || !(time >= last.start && time < last.end)) last = spanAt(time);
    return last;
  };
};

/** The calendar of `timeZone` (IANA name). Temporal computes each month or day only once. */
export const createCalendar = (timeZone: string): Calendar => {
  const startOf = (date: PlainDate.Record) => PlainDate.toZonedDateTime(date, timeZone).epochMilliseconds;

  const month = memoize((id) => {
    const first = dateOf(id);
    return { id, start: startOf(first), end: startOf(PlainDate.addMonths(first, 1)) };
  });

  const day = memoize((id) => {
    const date = dateOf(id);
    return { id, start: startOf(date), end: startOf(PlainDate.addDays(date, 1)) };
  });

  /** UTC is at most a day off, so the span is the guess or a neighbour of it. */
  const find = (time: number, guess: Span, spanOf: (time: number) => Span): Span => {
    if (time < guess.start) return spanOf(guess.start - 1);
    if (time >= guess.end) return spanOf(guess.end);
    return guess;
  };
  const local = (time: number, digits: number) => {
    const zoned = Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(time), timeZone);
    return PlainDate.toString(ZonedDateTime.toPlainDate(zoned)).slice(0, digits);
  };
  const utc = (time: number, digits: number) => new Date(time).toISOString().slice(0, digits);

  return {
    timeZone,
    month,
    monthOf: rememberLast((time) => find(time, month(utc(time, 7)), (t) => month(local(t, 7)))),
    dayOf: rememberLast((time) => find(time, day(utc(time, 10)), (t) => day(local(t, 10)))),
  };
};
