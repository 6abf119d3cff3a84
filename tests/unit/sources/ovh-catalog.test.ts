import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOvhCatalog } from '../../../lib/sources/ovh-catalog.ts';

const EXAMPLE: unknown = JSON.parse(readFileSync('docs/examples/ovh-catalog.json', 'utf8'));

const pricing = (price: unknown, differing: object = {}) => ({
  ...{ capacities: ['consumption'], price, tax: 1, interval: 1, intervalUnit: 'none', phase: 1 },
  ...{ strategy: 'tiered', type: 'consumption', quantity: { min: 1 } },
  ...differing,
});
const addon = (flavor: string, ...pricings: readonly unknown[]) => ({
  planCode: `ai-training.${flavor}.minute.consumption`,
  pricings,
});
const catalogOf = (...addons: readonly unknown[]) => ({
  ...{ catalogId: 1, locale: { currencyCode: 'EUR', subsidiary: 'FR', taxRate: 20 }, plans: [] },
  addons,
});

const pricesOf = (catalog: unknown) => {
  const { catalog: read, errors } = readOvhCatalog(catalog);
  expect(errors).toEqual([]);
  return read?.prices;
};
const errorsOf = (catalog: unknown) =>
  readOvhCatalog(catalog).errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);

test('the example has the exact price of an hour for each flavor, before tax', () => {
  expect(readOvhCatalog(EXAMPLE)).toEqual({
    errors: [],
    catalog: {
      currency: 'EUR',
      subsidiary: 'FR',
      prices: {
        'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
        'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.9300002' },
        'ai1-le-1-gpu': { unit: 'gpu', pricePerHour: '0.9' },
        'a10-1-gpu': { unit: 'gpu', pricePerHour: '0.9' },
        'l4-1-gpu': { unit: 'gpu', pricePerHour: '0.8299998' },
        'l40s-1-gpu': { unit: 'gpu', pricePerHour: '1.5499998' },
        'a100-1-gpu': { unit: 'gpu', pricePerHour: '3' },
        'h100-1-gpu': { unit: 'gpu', pricePerHour: '3.1000002' },
      },
      leftOut: [
        { planCode: 'ai-notebook.ai1-1-gpu.minute.consumption', reason: 'not AI Training' },
        { planCode: 'ai-app.ai1-1-cpu.minute.consumption', reason: 'not AI Training' },
        { planCode: 'ai-training.ai1-standard.hour.consumption', reason: 'an old price per hour' },
      ],
    },
  });
});

describe('a price', () => {
  test('is exact: 60 minutes of a unit cost what an hour of its GPUs or CPUs costs', () => {
    const units = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 12, 16);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), units, (price, count) => {
        const { catalog, errors } = readOvhCatalog(catalogOf(addon(`x-${count}-gpu`, pricing(price))));
        const [whole, decimals = ''] = (catalog?.prices[`x-${count}-gpu`]?.pricePerHour ?? '').split('.');
        if (!catalog) {
          // In digits of a price, the hour is not a multiple of the units.
          expect(errors).toHaveLength(1);
          expect((BigInt(price) * 600_000n) % BigInt(count)).not.toBe(0n);
        } else
          expect(BigInt(`${whole}${decimals.padEnd(12, '0')}`) * BigInt(count)).toBe(
            BigInt(price) * 600_000n,
          );
      }),
    );
  });

  test.each([
    ['h100-1-gpu', { unit: 'gpu', pricePerHour: '3.1000002' }],
    ['h100-2-gpu', { unit: 'gpu', pricePerHour: '1.5500001' }],
    ['ai1-le-1-gpu', { unit: 'gpu', pricePerHour: '3.1000002' }],
    ['ai1-4-cpu', { unit: 'cpu', pricePerHour: '0.77500005' }],
  ])('of a unit of %s is that of one GPU or CPU', (flavor, price) => {
    expect(pricesOf(catalogOf(addon(flavor, pricing(5_166_667))))).toEqual({ [flavor]: price });
  });

  test('is the one of consumption above 0, whatever the interval says', () => {
    const pricings = [
      pricing(7, { capacities: ['installation'] }),
      pricing(0),
      pricing(50_000, { interval: 12, intervalUnit: 'hour' }),
      pricing(50_000, { phase: 2 }),
    ];
    expect(pricesOf(catalogOf(addon('ai1-1-cpu', ...pricings)))).toMatchObject({
      'ai1-1-cpu': { pricePerHour: '0.03' },
    });
  });

  test('of a flavor that does not say what a unit is, or that costs nothing, is left out', () => {
    const { catalog } = readOvhCatalog(
      catalogOf(
        addon('h200', pricing(1)),
        addon('x-0-gpu', pricing(1)),
        addon('free-1-gpu', pricing(0)),
        addon('none-1-gpu'),
        addon('ai1-1-cpu', pricing(50_000)),
        { planCode: 'ai-training.x.second' },
        { planCode: 'kubernetes.minute' },
      ),
    );
    expect(catalog?.leftOut.map(({ planCode, reason }) => `${planCode.split('.')[1]}: ${reason}`)).toEqual([
      'h200: its name does not say how many GPUs or CPUs a unit is',
      'x-0-gpu: its name does not say how many GPUs or CPUs a unit is',
      'free-1-gpu: it has no price above 0',
      'none-1-gpu: it has no price above 0',
      'x: not a price per minute',
    ]);
    expect(Object.keys(catalog?.prices ?? {})).toEqual(['ai1-1-cpu']);
  });
});

describe('a catalogue is refused, with the place and the rule, if', () => {
  const good = addon('ai1-1-cpu', pricing(50_000));
  test.each([
    ['it is none', null, ': the catalogue must be an object'],
    ['it has no currency', { addons: [] }, '/locale: locale is missing'],
    [
      'its currency is unknown',
      { locale: { currencyCode: 'EURO', subsidiary: 'FR' }, addons: [good] },
      '/locale/currencyCode: locale.currencyCode must be an ISO 4217 code',
    ],
    ['it has no price', catalogOf(), '/addons: addons has no price of a minute of AI Training'],
    ['a plan has no code', catalogOf(good, {}), '/addons/1/planCode: addons[1].planCode is missing'],
    [
      'a plan has no pricings',
      catalogOf(good, { planCode: 'ai-training.x-1-gpu.minute.consumption' }),
      '/addons/1/pricings: addons[1].pricings is missing',
    ],
    [
      'a price is no integer',
      catalogOf(addon('x-1-gpu', pricing(0.05))),
      '/addons/0/pricings/0/price: addons[0].pricings[0].price must be a whole number',
    ],
    [
      'a price is negative',
      catalogOf(good, addon('x-1-gpu', pricing(1), pricing(-1))),
      '/addons/1/pricings/1/price: addons[1].pricings[1].price must be a whole number',
    ],
    [
      'a plan has several prices',
      catalogOf(good, addon('x-1-gpu', pricing(5), pricing(6))),
      '/addons/1/pricings: ai-training.x-1-gpu.minute.consumption has several prices, 5 and 6: a tariff has one for a flavor',
    ],
    [
      'a plan has tiers',
      catalogOf(
        good,
        addon(
          'x-1-gpu',
          pricing(0, { quantity: { min: 1, max: 60 } }),
          pricing(5, { quantity: { min: 61 } }),
        ),
      ),
      '/addons/1/pricings: ai-training.x-1-gpu.minute.consumption has prices by quantity: a tariff has one price for a flavor',
    ],
    [
      'two plans of a flavor differ',
      catalogOf(good, addon('ai1-1-cpu', pricing(50_001))),
      '/addons/1/pricings: ai-training.ai1-1-cpu.minute.consumption is listed with another price',
    ],
    [
      'the price of one is not exact',
      catalogOf(addon('x-7-gpu', pricing(1))),
      '/addons/0/pricings: x-7-gpu costs 1 a minute for 7: that is no exact price of one for an hour',
    ],
    [
      'a flavor is no id',
      catalogOf(addon('a b-1-gpu', pricing(1))),
      '/addons/0/pricings: the flavor of ai-training.a b-1-gpu.minute.consumption must be 1 to 128 characters of A-Z a-z 0-9 . _ : -',
    ],
  ])('%s', (_, catalog, error) => {
    expect(errorsOf(catalog)).toEqual([error]);
  });

  test('all errors are named at once', () => {
    expect(errorsOf(catalogOf(addon('a-7-gpu', pricing(1)), addon('b-1-gpu', pricing('1'))))).toHaveLength(2);
  });
});
