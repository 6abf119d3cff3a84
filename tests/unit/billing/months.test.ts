import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMonths, createCalendar, isTimeZone, monthsFrom } from '../../../lib/billing/months.ts';
import { at, DAY, HOUR } from './builders.ts';

describe('month arithmetic', () => {
  test.each([
    ['2026-10', 1, '2026-11'],
    ['2026-12', 1, '2027-01'],
    ['2026-01', -1, '2025-12'],
    ['2026-10', -13, '2025-09'],
    ['2026-10', 0, '2026-10'],
    ['2026-11', 26, '2029-01'],
    ['0999-12', 1, '1000-01'],
    ['0001-01', 11, '0001-12'],
  ])('%s and %i months is %s', (month, months, result) => {
    expect(addMonths(month, months)).toBe(result);
  });

  test('months run from the first to the last, both included', () => {
    expect(monthsFrom('2026-11', '2027-02')).toEqual(['2026-11', '2026-12', '2027-01', '2027-02']);
    expect(monthsFrom('2026-11', '2026-11')).toEqual(['2026-11']);
  });

  test('there are none if the last is earlier', () => {
    expect(monthsFrom('2026-11', '2026-10')).toEqual([]);
    expect(monthsFrom('9999-11', '9999-12')).toEqual(['9999-11', '9999-12']);
  });
});

describe('months of a zone', () => {
  const span = (zone: string, month: string) => {
    const { start, end } = createCalendar(zone).month(month);
    return [new Date(start).toISOString(), new Date(end).toISOString()];
  };

  test.each([
    ['UTC', '2026-10', '2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'],
    ['UTC', '2028-02', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    // Daylight saving starts on 29 March and ends on 25 October.
    ['Europe/Paris', '2026-03', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
    ['Europe/Paris', '2026-10', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    // 3:30 behind UTC, 2:30 in summer, which ends on 1 November.
    ['America/St_Johns', '2026-11', '2026-11-01T02:30:00.000Z', '2026-12-01T03:30:00.000Z'],
    // 10:30 ahead of UTC and half an hour more in summer, which ends on 5 April.
    ['Australia/Lord_Howe', '2026-04', '2026-03-31T13:00:00.000Z', '2026-04-30T13:30:00.000Z'],
    ['Pacific/Kiritimati', '2026-10', '2026-09-30T10:00:00.000Z', '2026-10-31T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-10', '2026-10-01T11:00:00.000Z', '2026-11-01T11:00:00.000Z'],
    // The clocks of Paraguay went from 23:59:59 to 01:00 here: this month has no midnight to start
    // with.
    ['America/Asuncion', '2017-10', '2017-10-01T04:00:00.000Z', '2017-11-01T03:00:00.000Z'],
  ])('%s: %s is from %s to %s', (zone, month, start, end) => {
    expect(span(zone, month)).toEqual([start, end]);
  });

  test.each([
    ['UTC', '2028-02', 29 * DAY],
    ['UTC', '2100-02', 28 * DAY],
    ['Europe/Paris', '2026-03', 31 * DAY - HOUR],
    ['Europe/Paris', '2026-10', 31 * DAY + HOUR],
    ['Australia/Lord_Howe', '2026-04', 30 * DAY + HOUR / 2],
    ['Australia/Lord_Howe', '2026-10', 31 * DAY - HOUR / 2],
  ])('%s: %s lasts %i ms', (zone, month, duration) => {
    const { start, end } = createCalendar(zone).month(month);
    expect(end - start).toBe(duration);
  });

  test('a month begins with its first millisecond and ends before the next begins', () => {
    const { monthOf } = createCalendar('Europe/Paris');
    expect(monthOf(at('2026-10-31T22:59:59.999Z')).id).toBe('2026-10');
    expect(monthOf(at('2026-10-31T23:00:00Z')).id).toBe('2026-11');
  });

  test('a year begins at the midnight of the zone', () => {
    expect(createCalendar('Pacific/Kiritimati').monthOf(at('2026-12-31T10:00:00Z')).id).toBe('2027-01');
    expect(createCalendar('Pacific/Pago_Pago').monthOf(at('2027-01-01T10:59:59Z')).id).toBe('2026-12');
  });

  test('are computed once and cached', () => {
    const { month, monthOf } = createCalendar('Europe/Paris');
    expect(monthOf(at('2026-10-31T23:00:00Z'))).toBe(month('2026-11'));
  });

  test('a calendar has its zone', () => {
    expect(createCalendar('America/St_Johns').timeZone).toBe('America/St_Johns');
  });
});

describe('days of a zone', () => {
  test.each([
    ['UTC', '2028-02-29T12:00:00Z', '2028-02-29', 24],
    ['Europe/Paris', '2026-03-29T12:00:00Z', '2026-03-29', 23],
    ['Europe/Paris', '2026-10-25T12:00:00Z', '2026-10-25', 25],
    ['Europe/Paris', '2026-10-25T23:00:00Z', '2026-10-26', 24],
    ['America/St_Johns', '2026-11-01T02:29:59Z', '2026-10-31', 24],
    ['America/St_Johns', '2026-11-01T12:00:00Z', '2026-11-01', 25],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05', 24.5],
    ['Australia/Lord_Howe', '2026-10-03T13:30:00Z', '2026-10-04', 23.5],
    // Samoa went from the 29th to the 31st.
    ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29', 24],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31', 24],
  ])('%s: %s lies in %s, which has %d hours', (zone, time, id, hours) => {
    const day = createCalendar(zone).dayOf(at(time));
    expect([day.id, (day.end - day.start) / HOUR]).toEqual([id, hours]);
  });

  test('are computed once and cached', () => {
    const { dayOf } = createCalendar('Europe/Paris');
    expect(dayOf(at('2026-10-25T00:00:00Z'))).toBe(dayOf(at('2026-10-25T22:00:00Z')));
  });
});

const zone = fc.constantFrom(
  'UTC',
  'Europe/Paris',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Sao_Paulo',
);
const time = fc.oneof(
  fc.integer({ min: at('2015-01-01T00:00:00Z'), max: at('2036-12-31T23:59:59Z') }),
  // Near the turn of a month, where zones disagree.
  fc
    .tuple(fc.integer({ min: 2015, max: 2036 }), fc.nat(11), fc.integer({ min: -15 * HOUR, max: 15 * HOUR }))
    .map(([year, month, offset]) => Date.UTC(year, month, 1) + offset),
);

test('the month and day of an instant are those a clock in the zone shows', () => {
  fc.assert(
    fc.property(zone, time, (timeZone, instant) => {
      const shown = new Intl.DateTimeFormat('en-CA', {
        timeZone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
      }).format(instant);
      const calendar = createCalendar(timeZone);
      expect([calendar.monthOf(instant).id, calendar.dayOf(instant).id]).toEqual([shown.slice(0, 7), shown]);
    }),
  );
});

test('a time that is none lies in no month and on no day, whatever was asked before', () => {
  const { monthOf, dayOf } = createCalendar('UTC');
  for (const spanOf of [monthOf, dayOf]) {
    spanOf(at('2026-10-05T08:00:00Z'));
    expect(() => spanOf(Number.NaN)).toThrow(RangeError);
  }
});

test('spans hold their instant and follow each other without gap or overlap', () => {
  fc.assert(
    fc.property(zone, time, (timeZone, instant) => {
      const { month, monthOf, dayOf } = createCalendar(timeZone);
      for (const spanOf of [monthOf, dayOf]) {
        const span = spanOf(instant);
        expect(span.start).toBeLessThanOrEqual(instant);
        expect(span.end).toBeGreaterThan(instant);
        expect(spanOf(span.start)).toEqual(span);
        expect(spanOf(span.end).start).toBe(span.end);
        expect(spanOf(span.start - 1).end).toBe(span.start);
      }
      expect(month(addMonths(monthOf(instant).id, 1))).toEqual(monthOf(monthOf(instant).end));
    }),
  );
});

describe('a time zone', () => {
  test.each(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Etc/GMT+1'])('may be %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  test.each(['', 'Mars/Base', '+01:00', '-08:00'])('cannot be %j', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
