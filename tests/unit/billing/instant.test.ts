import fc from 'fast-check';
import * as Temporal from 'temporal-polyfill/fns/Instant';
import { expect, test } from 'vitest';
import { instantText, parseInstant } from '../../../lib/billing/instant.ts';

/** Number of this many digits, often one that exists in no day, hour or offset. */
const number = (digits: number, usual: number) =>
  fc
    .oneof({ weight: 20, arbitrary: fc.nat(usual) }, fc.nat(10 ** digits - 1))
    .map((value) => String(value).padStart(digits, '0'));

const day = fc.tuple(number(4, 9999), number(2, 12), number(2, 31)).map((parts) => parts.join('-'));
const clock = fc.tuple(number(2, 24), number(2, 59), fc.nat(59)).map(([hour, minute, second]) => {
  return `${hour}:${minute}:${String(second).padStart(2, '0')}`;
});
const fraction = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^\.\d{1,9}$/),
  fc.stringMatching(/^\.\d{1,3}0{0,6}$/),
);
const offset = fc.oneof(
  fc.constantFrom('Z', 'z', '-00:00'),
  fc.tuple(fc.constantFrom('+', '-'), number(2, 24), number(2, 60)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const sent = fc.tuple(day, fc.constantFrom('T', 't'), clock, fraction, offset).map((parts) => parts.join(''));

const byTemporal = (text: string) => {
  try {
    const instant = Temporal.fromString(text);
    const time = instant.epochMilliseconds;
    const nanos = Number(instant.epochNanoseconds - BigInt(time) * 1_000_000n);
    return { time, nanos, text: Temporal.toString(instant) };
  } catch {
    return undefined;
  }
};

test('an RFC 3339 time is the instant, to the nanosecond, that Temporal reads, and written as it writes it', () => {
  fc.assert(
    fc.property(sent, (text) => {
      const instant = parseInstant(text);
      expect(instant && { ...instant, text: instantText(instant) }).toEqual(byTemporal(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each(['2026-02-29T08:00:00Z', '2026-04-31T08:00:00Z', '2026-10-01T24:00:00Z', '2026-10-01T08:60:00Z'])(
  '%s does not exist',
  (text) => {
    expect(parseInstant(text)).toBeUndefined();
  },
);

test.each([
  ['2024-02-29T23:30:00.5-01:00', '2024-03-01T00:30:00.5Z'],
  ['0000-01-01T00:00:00+00:01', '-000001-12-31T23:59:00Z'],
  ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999999Z'],
])('%s is %s', (text, written) => {
  const instant = parseInstant(text);
  expect(instant && instantText(instant)).toBe(written);
});
