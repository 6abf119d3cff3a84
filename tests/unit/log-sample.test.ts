import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogSample } from '../../lib/log-sample.ts';

/** Numbers as `Math.random` gives them. */
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('all is in a sample of 1, and nothing in one of 0', () => {
  fc.assert(
    fc.property(drawn, (value) => {
      expect(createLogSample(1, () => value)()).toBe(true);
      expect(createLogSample(0, () => value)()).toBe(false);
    }),
  );
});

test('of a hundred even draws a sample of 0.01 has one', () => {
  const draws = Array.from({ length: 100 }, (_, index) => index / 100);
  const isSampled = createLogSample(0.01, () => draws.shift() ?? 1);
  expect(Array.from({ length: 100 }, isSampled).filter(Boolean)).toHaveLength(1);
});
