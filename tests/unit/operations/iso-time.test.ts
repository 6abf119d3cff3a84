import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../../lib/operations/iso-time.ts';

const DAY = 86_400_000;

test('a time is written as Date writes it, in any year and order', () => {
  const years = { min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') };
  const anyTime = fc.oneof(
    fc.integer(years),
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    // The ends of days and of the range, and fractions, which Date cuts off.
    fc
      .tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.constantFrom(-1, 0, 1))
      .map(([d, ms]) => d * DAY + ms),
    fc.constantFrom(-8.64e15, 8.64e15, 0.5, -0.5, -0),
  );
  fc.assert(
    fc.property(fc.array(anyTime, { minLength: 1, maxLength: 30 }), (times) => {
      expect(times.map(isoTime)).toEqual(times.map((time) => new Date(time).toISOString()));
    }),
    { numRuns: 500 },
  );
  const everyDay = Array.from({ length: 3_000 }, (_, day) => day * DAY + day);
  expect(everyDay.map(isoTime)).toEqual(everyDay.map((time) => new Date(time).toISOString()));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])('%d is no time', (time) => {
  expect(() => isoTime(time)).toThrow(RangeError);
});
