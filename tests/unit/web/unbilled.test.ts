import { expect, test } from 'vitest';
import { billedOnce, isUnrated } from '../../../web/unbilled.ts';

test.each([
  [{}, 'billed once its resources are stated'],
  [{ flavor: 'ai2-h100' }, 'billed once ai2-h100 has a price'],
  [
    { flavor: 'ai1-1-gpu', unit: 'gpu', pricePerHour: '1.93' },
    'billed once it states its GPU count, by which ai1-1-gpu is priced',
  ],
] as const)('%j is %s', (charge, text) => {
  expect(isUnrated(charge)).toBe(true);
  expect(billedOnce(charge)).toBe(text);
});

test('a charge with a price and a count has an amount', () => {
  expect(isUnrated({ flavor: 'ai1-1-gpu', unit: 'gpu', units: 2, pricePerHour: '1.93' })).toBe(false);
});
