import { describe, expect, test } from 'vitest';
import { readOvhBill } from '../../../lib/sources/ovh-bill.ts';
import { readOvhUsage } from '../../../lib/sources/ovh-usage.ts';
import { addFigures, ONE, readAmount, readQuantity } from '../../../lib/sources/provider-figure.ts';

const component = (name: string, unit: string, value: unknown, totalPrice: unknown = 1) => ({
  name,
  quantity: { unit, value },
  totalPrice,
});

const usageOf = (...components: readonly unknown[]) => ({
  id: 'u1',
  lastUpdate: '2026-11-04T02:00:00+00:00',
  period: { from: '2026-11-01T00:00:00+00:00', to: '2026-11-30T23:59:59+00:00' },
  hourlyUsage: null,
  monthlyUsage: null,
  resourcesUsage: [{ type: 'ai-training', totalPrice: 12.35, resources: [{ region: 'GRA', components }] }],
});

const read = (json: unknown) => {
  const result = readOvhUsage(json, 'EUR');
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.usage;
};

const errorsOf = (json: unknown) => {
  const result = readOvhUsage(json, 'EUR');
  return 'errors' in result ? result.errors : [];
};

describe('figures', () => {
  test.each([
    [12.35, '12350000000000000', 2],
    [12, '12000000000000000', 2],
    [0.1 + 0.2, '300000000000000', 2],
    [1234.5600000000002, '1234560000000000000', 2],
    [1e-7, '100000000', 7],
    [-3.5, '-3500000000000000', 2],
    [1e21, '1000000000000000000000000000000000000', 2],
    [9007199254740991, '9007199254740991000000000000000', 2],
  ])('%d of money is an exact decimal with the digits that it carries', (double, scaled, decimals) => {
    const { value, ...figure } = readAmount(double, 2);
    expect((value / 60n).toString()).toBe(scaled);
    expect(figure).toEqual({ decimals, tolerance: ONE / (2n * 10n ** BigInt(decimals)) });
  });

  test('a whole quantity was not rounded, a fraction may have been', () => {
    expect(readQuantity(239).tolerance).toBe(0n);
    expect(readQuantity(3.98).tolerance).toBe(ONE / 200n);
  });

  test('what rounding left out adds up', () => {
    const { tolerance, decimals } = addFigures(readAmount(1.5, 2), readAmount(0.125, 2));
    expect({ tolerance, decimals }).toEqual({ tolerance: ONE / 200n + ONE / 2000n, decimals: 3 });
  });
});

describe('usage', () => {
  test('AI training is read by region and flavor, whichever way its component is called', () => {
    const usage = read(
      usageOf(
        component('h100-1-gpu', 'Minute', 200, 10),
        component('ai-training.h100-1-gpu.minute.consumption', 'Minute', 39, 2.35),
        component('ai1-1-cpu', 'Second', 90, 0.01),
        component('ai1-1-gpu', 'Hour', 1.5, 2.9),
      ),
    );
    expect(
      usage.rows.map(({ region, flavor, unitMinutes, amount }) => [
        region,
        flavor,
        unitMinutes.value,
        amount.value,
      ]),
    ).toEqual([
      ['GRA', 'h100-1-gpu', 239n * ONE, (1235n * ONE) / 100n],
      ['GRA', 'ai1-1-cpu', (3n * ONE) / 2n, ONE / 100n],
      ['GRA', 'ai1-1-gpu', 90n * ONE, (29n * ONE) / 10n],
    ]);
  });

  test('the last second of the period belongs to it, and the update has its time', () => {
    expect(read(usageOf())).toMatchObject({
      updatedAt: Date.parse('2026-11-04T02:00:00Z'),
      period: { from: Date.parse('2026-11-01T00:00:00Z'), to: Date.parse('2026-12-01T00:00:00Z') },
    });
  });

  test('what is not time of AI training is named, not counted', () => {
    const usage = usageOf(component('h100-1-gpu', 'GiBh', 5, 1.25));
    const other = { type: 'ai-notebook', resources: [{ region: 'GRA', components: [{ any: 'thing' }] }] };
    const { rows, notes } = read({ ...usage, resourcesUsage: [...usage.resourcesUsage, other] });
    expect(rows).toEqual([]);
    expect(notes).toEqual([
      'usage of other types was not compared: ai-notebook',
      'not counted in time, so not compared: h100-1-gpu in GiBh, 1.25 EUR',
    ]);
  });

  test.each([{ resourcesUsage: null }, { resourcesUsage: [] }])('%j is usage of nothing', (json) => {
    expect(read(json)).toMatchObject({ rows: [] });
  });

  const at = '/resourcesUsage/0/resources/0/components/0';
  test.each([
    [[], '', 'the usage must be an object'],
    [{ id: 'u1' }, '/resourcesUsage', 'resourcesUsage is missing'],
    [{ lastUpdate: 'yesterday' }, '/lastUpdate', 'lastUpdate must be a date and time with an offset'],
    [{ resourcesUsage: {} }, '/resourcesUsage', 'resourcesUsage must be a list'],
    [
      usageOf(component('h100', 'Minute', -1)),
      `${at}/quantity/value`,
      'must be a number that is not negative',
    ],
    [usageOf(component('h100', 'Minute', '239')), `${at}/quantity/value`, 'must be a number'],
    [usageOf(component('h100', 'Fortnight', 1)), `${at}/quantity/unit`, 'must be one of GiB, GiBh, Hour'],
    [usageOf(component('h100 gpu', 'Minute', 1)), `${at}/name`, 'must be a flavor, like h100-1-gpu'],
    [usageOf(component('h100', 'Minute', 1, null)), `${at}/totalPrice`, 'must be a number'],
    [usageOf({ name: 'h100', totalPrice: 1 }), `${at}/quantity`, 'is missing'],
  ])('the error of %j names its place and rule', (json, pointer, detail) => {
    expect(errorsOf(json)).toContainEqual({ pointer, detail: expect.stringContaining(detail) });
  });
});

describe('bill', () => {
  const OPTIONS = { currency: 'EUR', projects: ['proj-1', 'project'], month: '2026-10' };
  const detail = (description: string, value: number, more: object = {}) => ({
    description,
    domain: 'project',
    quantity: '239',
    totalPrice: { value, ...more },
  });

  test('the lines of AI training add up, exactly where micro-cents are given', () => {
    const result = readOvhBill(
      [
        detail('AI Training h100-1-gpu GRA', 12.35),
        detail('ai-training.ai1-1-gpu.minute.consumption', 0.16, { priceInUcents: 16_083_333 }),
        detail('Instance b2-7', 99),
      ],
      OPTIONS,
    );
    expect(result).toMatchObject({
      bill: { lines: 2, amount: { value: (1_251_083_333n * ONE) / 100_000_000n, tolerance: ONE / 100n } },
    });
  });

  test('an error names its place and rule', () => {
    expect(readOvhBill([detail('AI Training', 1), { totalPrice: { value: 'x' } }], OPTIONS)).toEqual({
      errors: [{ pointer: '/1/totalPrice/value', detail: '[1].totalPrice.value must be a number' }],
    });
  });

  const line = (value: number, more: object = {}) => ({ ...detail('AI Training', value), ...more });
  const read = (lines: readonly object[], options: object = {}) => {
    const result = readOvhBill(lines, { ...OPTIONS, ...options });
    if ('errors' in result) throw new Error(JSON.stringify(result.errors));
    return { amount: Number((result.bill.amount.value * 100n) / ONE), notes: result.bill.notes };
  };

  test('lines of other projects are left out, and named', () => {
    const lines = [line(5), line(7, { domain: 'other' })];
    expect(read(lines)).toEqual({
      amount: 500,
      notes: ['lines of AI training on the bill that are of other projects were left out: 1'],
    });
    // One name that is not known here is this project's; of two it is not known which one is.
    expect(read([line(5)], { projects: ['proj-1'] })).toEqual({ amount: 500, notes: [] });
    expect(read(lines, { projects: ['proj-1'] })).toEqual({
      amount: 1200,
      notes: [expect.stringContaining('none is called proj-1: all are added up')],
    });
  });

  test('lines of other months are left out, and named', () => {
    const from = (periodStart: string | null, periodEnd: string | null) =>
      line(1, { periodStart, periodEnd });
    const lines = [
      ...[
        from('2026-10-01', '2026-10-31'),
        from('2026-10-31', '2026-11-02'),
        from(null, null),
        from('2026-10-01', '2026-10-01'),
      ],
      ...[from('2026-09-01', '2026-09-30'), from('2026-11-01', '2026-11-30')],
    ];
    expect(read(lines)).toEqual({
      amount: 400,
      notes: ['lines of AI training on the bill that are of other months were left out: 2'],
    });
  });

  test('a bill in another currency is refused', () => {
    const dollars = { value: 1, currencyCode: 'USD' };
    const lines = [{ ...detail('Instance', 1), totalPrice: dollars }, line(1, { totalPrice: dollars })];
    expect(readOvhBill(lines, OPTIONS)).toEqual({
      errors: [
        {
          pointer: '/1/totalPrice/currencyCode',
          detail: '[1].totalPrice.currencyCode must be EUR, the currency here, not USD',
        },
      ],
    });
    expect(readOvhBill(lines, { ...OPTIONS, currency: 'USD' })).toHaveProperty('bill');
  });
});
