import { expect, test } from 'vitest';

const { concurrencyOf } = (await import(new URL('../../deploy/recording.js', import.meta.url).href)) as {
  readonly concurrencyOf: (recordUrl: unknown, concurrency: unknown) => number | null;
};

test('a function without a URL reserves no invocations: the throttle of the API bounds it', () => {
  for (const off of [false, 'false', '']) expect(concurrencyOf(off, 50)).toBe(null);
});

test('a function with a URL always has a bound', () => {
  for (const on of [true, 'true']) expect(concurrencyOf(on, '20')).toBe(20);
  for (const wrong of ['', 0, '-1', '1.5', 'many', undefined])
    expect(() => concurrencyOf('true', wrong)).toThrow(/recordConcurrency.*must be a whole number from 1/);
});
