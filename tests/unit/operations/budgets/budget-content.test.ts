import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { formatMinor } from '../../../../lib/billing/money.ts';
import {
  atText,
  budgetText,
  thresholdMinor,
  toBudgetContent,
} from '../../../../lib/operations/budgets/budget-content.ts';
import { BudgetRequest } from '../../../../lib/shapes/budget.ts';
import { Money } from '../../../../lib/shapes/fields.ts';
import { refusalOf } from '../../http/refused.ts';

const content = (changed: object, currency = 'EUR') => {
  const thresholds = [{ at: '80%', on: 'spent', action: 'notify' }];
  return toBudgetContent(v.parse(BudgetRequest, { amount: '1000.00', thresholds, ...changed }), currency);
};

const notify = (...ats: string[]) => ({
  thresholds: ats.map((at) => ({ at, on: 'spent', action: 'notify' })),
});

describe('a budget as it is set', () => {
  test('has its money in minor units, and what a request may leave out', () => {
    expect(content({ label: 'team=a=b', ...notify('62.5%', '8') })).toEqual({
      minor: 100_000n,
      label: { key: 'team', value: 'a=b' },
      thresholds: [
        { at: { basisPoints: 6_250 }, on: 'spent', action: 'notify' },
        { at: { minor: 800n }, on: 'spent', action: 'notify' },
      ],
      stops: 'until it fits',
    });
    expect(content({ amount: '1000', currency: 'JPY' }, 'JPY')).toMatchObject({ minor: 1_000n });
    expect(content({ amount: '1.005' }, 'KWD')).toMatchObject({ minor: 1_005n });
  });

  test.each<[name: string, changed: object, currency: string, errors: readonly (readonly string[])[]]>([
    [
      'money with more digits than the currency has',
      { amount: '10.005', ...notify('5.001', '80%') },
      'EUR',
      [
        ['/amount', 'amount must have at most 2 digits after the point, like all money in EUR'],
        [
          '/thresholds/0/at',
          'thresholds[0].at must have at most 2 digits after the point, like all money in EUR',
        ],
      ],
    ],
    [
      'decimals of a currency without any',
      { amount: '10.0' },
      'JPY',
      [['/amount', 'amount must have at most 0 digits after the point, like all money in JPY']],
    ],
    [
      'another currency than that of the stage',
      { currency: 'USD' },
      'EUR',
      [['/currency', 'currency must be EUR, the currency of the stage']],
    ],
    [
      'the same at the same money, however it is written',
      notify('80%', '50%', '800.00', '800', '80.00%'),
      'EUR',
      [2, 3, 4].map((index) => [
        `/thresholds/${index}`,
        `thresholds[${index}] must not do the same at the same money as thresholds[0]`,
      ]),
    ],
  ])('is refused with %s, by field and rule', async (_, changed, currency, errors) => {
    const refusal = await refusalOf(() => content(changed, currency));
    expect(refusal.code).toBe('invalid');
    expect(refusal.errors.map(({ pointer, detail }) => [pointer, detail])).toEqual(errors);
  });

  test('may do different things at the same money', () => {
    const at = '800.00';
    const thresholds = [
      { at: '80%', on: 'spent', action: 'notify' },
      { at, on: 'spent', action: 'stop' },
      { at, on: 'forecast', action: 'notify' },
    ];
    expect(content({ thresholds }).thresholds).toHaveLength(3);
  });

  test('is one line of the log', () => {
    const thresholds = [
      { at: '50%', on: 'spent', action: 'notify' },
      { at: '900', on: 'spent', action: 'stop' },
      { at: '100%', on: 'forecast', action: 'notify' },
    ];
    expect(budgetText(content({ label: 'team=vision', thresholds, stops: 'all' }), 'EUR')).toBe(
      '1000.00 EUR for team=vision: notify at 50%, stop at 900.00, notify at 100% of the forecast, stops all',
    );
  });
});

test('a budget of the most digits has thresholds that are money of an answer', () => {
  const nines = (digits: number) => `${'9'.repeat(digits)}.99`;
  const { minor, thresholds } = content({ amount: nines(15), ...notify('1000%', nines(15)) });
  for (const threshold of thresholds)
    expect(v.is(Money, formatMinor(thresholdMinor({ minor }, threshold), 'EUR'))).toBe(true);
  for (const more of [{ amount: nines(16) }, notify(nines(16))])
    expect(() => content(more)).toThrow('at most 15 digits before the point');
});

describe('a threshold', () => {
  const percentage = fc.integer({ min: 1, max: 100_000 });
  const amount = fc.bigInt({ min: 1n, max: 10n ** 32n });

  test('is crossed at the smallest money that is at least its share, in every currency', () => {
    fc.assert(
      fc.property(amount, percentage, (minor, basisPoints) => {
        const crossed = thresholdMinor({ minor }, { at: { basisPoints } });
        const share = minor * BigInt(basisPoints);
        expect(crossed * 10_000n >= share && (crossed - 1n) * 10_000n < share).toBe(true);
      }),
    );
  });

  test('is written as it is read', () => {
    const at = fc.oneof(
      percentage.map((basisPoints) => ({ basisPoints })),
      fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }).map((minor) => ({ minor })),
    );
    fc.assert(
      fc.property(at, fc.constantFrom('EUR', 'JPY', 'KWD'), (given, currency) => {
        const text = atText({ at: given }, currency);
        expect(content({ amount: '1', ...notify(text) }, currency).thresholds[0]?.at).toEqual(given);
      }),
    );
  });
});
