import { describe, expect, test } from 'vitest';
import { createCalendar, monthsFrom } from '../../../lib/billing/months.ts';
import {
  clockText,
  dateAt,
  datesOf,
  daySpan,
  durationText,
  monthSpan,
  nextMonth,
  roughDuration,
  stopwatchText,
  timeText,
  withTimes,
} from '../../../web/calendar.ts';

const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Havana',
];

describe.each(ZONES)('in %s', (zone) => {
  const calendar = createCalendar(zone);

  test('a month is the one that is billed', () => {
    for (const month of monthsFrom('2009-01', '2027-12')) {
      const { start, end } = calendar.month(month);
      expect(monthSpan(month, zone), month).toEqual({ start, end });
    }
  });

  test('a date is the one that is billed', () => {
    for (let time = Date.parse('2026-01-01T00:00:30Z'); time < Date.parse('2027-01-01'); time += 5_399_000)
      expect(dateAt(time, zone)).toBe(calendar.dayOf(time).id);
  });
});

test('a date is from midnight to midnight of the zone', () => {
  const hours = ({ start, end }: { start: number; end: number }) => (end - start) / 3_600_000;
  expect(hours(daySpan('2026-10-25', 'Europe/Paris'))).toBe(25);
  expect(daySpan('2026-12-31', 'UTC')).toEqual({
    start: Date.parse('2026-12-31'),
    end: Date.parse('2027-01-01'),
  });
});

test('months follow each other, also over the year', () => {
  expect(nextMonth('2026-12')).toBe('2027-01');
  expect(nextMonth('2026-01', -1)).toBe('2025-12');
  expect(nextMonth('2026-03', -14)).toBe('2025-01');
});

test('a month has all its days', () => {
  expect(datesOf('2028-02')).toHaveLength(29);
  expect(datesOf('2026-02').at(-1)).toBe('2026-02-28');
  expect(datesOf('2026-10').at(-1)).toBe('2026-10-31');
});

test('the times of a text are shown in the zone, and its other words stay', () => {
  expect(withTimes('DONE at 2026-10-31T23:30:05.000Z after 2026-10-31T23:00:00Z of run-2026', 'UTC')).toBe(
    'DONE at 31 Oct 2026, 23:30:05 after 31 Oct 2026, 23:00:00 of run-2026',
  );
});

test('a time is shown in the zone, to the second', () => {
  expect(timeText('2026-10-31T23:30:05Z', 'Europe/Paris')).toBe('1 Nov 2026, 00:30:05');
  expect(clockText('2026-10-31T23:30:05Z', 'Europe/Paris')).toBe('00:30:05');
});

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [60_000, '1 min'],
  [5_430_000, '1 h 30 min 30 s'],
  [867_600_000, '10 d 1 h'],
])('%d ms lasts %s', (ms, text) => {
  expect(durationText(ms).replaceAll('\u00a0', ' ')).toBe(text);
});

test.each([
  [0, '0 s'],
  [3_037_000, '50 min 37 s'],
  [777_599_999, '8 d 23 h'],
  [691_203_000, '8 d'],
])('%d ms lasts some %s', (ms, text) => {
  expect(roughDuration(ms).replaceAll('\u00a0', ' ')).toBe(text);
});

test.each([
  [-5, '00:00:00'],
  [5_430_999, '01:30:30'],
  [90_061_000, '1 d 01:01:01'],
])('%d ms is %s on a stopwatch', (ms, text) => {
  expect(stopwatchText(ms).replaceAll('\u00a0', ' ')).toBe(text);
});
