import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { Labels } from '../../../lib/shapes/fields.ts';
import { fitLabels } from '../../../lib/sources/fit-labels.ts';

const name = fc.oneof(
  { weight: 9, arbitrary: fc.nat(40).map((key) => `key-${key}`) },
  fc.constantFrom('constructor', '__proto__', 'x'.repeat(63), 'x'.repeat(64), 'a b', 'é', 'ovh/id'),
);
const value = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(1, 30, 60, 128).map((length) => 'v'.repeat(length)) },
  fc.constantFrom('', 'v'.repeat(129), 'ä'.repeat(100), '\n', undefined),
);
const origin = fc.array(fc.tuple(name, value), { maxLength: 20 }).map((labels) => new Map(labels));
const origins = fc.array(
  origin.map((labels) => Object.fromEntries(labels)),
  { maxLength: 3 },
);

test('what fits is what an event may state, and of what it may state nothing is left out', () => {
  fc.assert(
    fc.property(origins, (labels) => {
      const fitted = fitLabels(...labels) ?? {};
      expect(v.is(Labels, fitted)).toBe(true);
      for (const [name, value] of labels.flatMap((each) => Object.entries(each)))
        if (value !== undefined && value !== '' && !Object.hasOwn(fitted, name))
          expect(v.is(Labels, { ...fitted, [name]: value })).toBe(false);
    }),
  );
});

test('the first origin counts where several have a name, and keeps its labels', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key-${index}`, 'value']));
  expect(fitLabels({ team: 'a' }, { team: 'b', user: 'ana' })).toEqual({ team: 'a', user: 'ana' });
  expect(fitLabels({ team: 'a' }, many)).toMatchObject({ team: 'a', 'key-14': 'value' });
  expect(fitLabels({}, { team: '' })).toBeUndefined();
});

test('16 labels of 1,024 bytes fit, and neither one more nor a byte more', () => {
  // 16 names of 4 bytes.
  const labelsOf = (count: number, lastValue: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `k-${index + 10}`,
        'v'.repeat(index === 15 ? lastValue : 60),
      ]),
    );
  expect(Object.keys(fitLabels(labelsOf(17, 10)) ?? {})).toHaveLength(16);
  expect(Object.keys(fitLabels(labelsOf(16, 60)) ?? {})).toHaveLength(16);
  expect(Object.keys(fitLabels(labelsOf(16, 61)) ?? {})).toHaveLength(15);
  for (const labels of [labelsOf(17, 10), labelsOf(16, 61)]) expect(v.is(Labels, labels)).toBe(false);
  expect(v.is(Labels, labelsOf(16, 60))).toBe(true);
});
