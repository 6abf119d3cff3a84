import { Temporal } from 'temporal-polyfill';

/** A time to test at. */
export interface TestInstant {
  readonly name: string;
  /** The zone of the machine. */
  readonly timeZone: string;
  /** Epoch milliseconds, ahead of the real time. */
  readonly at: number;
}

const YEARS_TO_THE_NEXT_LEAP_DAY = 8;

/**
 * The next time after `now` at which clocks of the zone show so much of an ISO 8601 date and time.
 */
const next = (now: number, timeZone: string, monthDayAndTime: string): number => {
  const { year } = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  for (let ahead = 0; ahead <= YEARS_TO_THE_NEXT_LEAP_DAY; ahead += 1) {
    const text = `${year + ahead}-${monthDayAndTime}`;
    // 29 February of another year is taken for 1 March.
    if (!new Date(`${text}Z`).toISOString().startsWith(text)) continue;
    const at = Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
    if (at > now) return at;
  }
  throw new Error(`${monthDayAndTime} is in no year`);
};

const MINUTE_MS = 60_000;

/** Two minutes before each of the next two changes of the zone's clocks. */
const beforeChanges = (now: number, timeZone: string): readonly number[] => {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  const first = today.add({ minutes: 3 }).getTimeZoneTransition('next');
  const second = first?.getTimeZoneTransition('next');
  if (!first || !second) throw new Error(`${timeZone} has no daylight saving`);
  return [first, second].map(({ epochMilliseconds }) => epochMilliseconds - 2 * MINUTE_MS);
};

const at = (now: number, name: string, timeZone: string, monthDayAndTime: string): TestInstant => ({
  name,
  timeZone,
  at: next(now, timeZone, monthDayAndTime),
});

/** In the small hours, over the end of a year, and on a leap day far from UTC. */
export const shortInstants = (now: number): readonly [TestInstant, ...TestInstant[]] => [
  at(now, '03:10 in the middle of a month', 'UTC', '03-15T03:10:00'),
  at(now, '23:58 on 31 December', 'UTC', '12-31T23:58:00'),
  at(now, 'noon of 29 February in Los Angeles', 'America/Los_Angeles', '02-29T12:00:00'),
];

/**
 * These, a month that has just begun, one that ends in a zone ahead of UTC, and both changes of
 * daylight saving.
 */
export const allInstants = (now: number): readonly TestInstant[] => [
  ...shortInstants(now),
  at(now, 'the first seconds of January', 'UTC', '01-01T00:00:05'),
  at(now, '23:58 on 30 June in Tokyo', 'Asia/Tokyo', '06-30T23:58:00'),
  ...beforeChanges(now, 'Europe/Paris').map((change) => ({
    name: `two minutes before the change of ${new Date(change).toISOString().slice(0, 10)} in Paris`,
    timeZone: 'Europe/Paris',
    at: change,
  })),
];
