import { safeParse } from 'valibot';
import { expect, test } from 'vitest';
import { BudgetRequest } from '../../../lib/shapes/budget.ts';
import { draftOf, errorAt, NEW_BUDGET, otherErrors, requestOf } from '../../../web/budget-draft.ts';

const sent = (amount: string, at = '80%', digits = 2) =>
  requestOf({ ...NEW_BUDGET, amount, thresholds: [{ at, on: 'spent', action: 'notify' }] }, digits);

test.each([
  ['1000', '1000.00'],
  ['1 000,5', '1000.50'],
  ['1\u202f000.05', '1000.05'],
  ['12.', '12.00'],
])('an amount typed as %j is sent as %j', (typed, amount) => {
  expect(sent(typed).amount).toBe(amount);
  expect(sent('1', typed).thresholds[0]?.at).toBe(amount);
});

test.each(['1.234', 'much', '-5', '1,000.00', ''])('the API judges %j, which is sent as it is', (typed) => {
  expect(safeParse(BudgetRequest, sent(typed)).success && Number(sent(typed).amount) > 0).toBe(
    typed === '1.234',
  );
  expect(sent(typed).amount).toBe(typed.replace(',', typed === '1,000.00' ? '.' : ','));
});

test('a currency without decimals has none', () => {
  expect(sent('1 000', '5', 0)).toMatchObject({ amount: '1000', thresholds: [{ at: '5' }] });
});

test('percentages may be typed with spaces and commas', () => {
  expect(sent('1', '62,5 %').thresholds[0]?.at).toBe('62.5%');
});

test('what a form begins with is a budget once it has an amount', () => {
  expect(safeParse(BudgetRequest, sent('1000')).success).toBe(true);
  expect(sent('1000')).not.toHaveProperty('label');
});

test('a budget that is not changed is sent as it was read', () => {
  const state = {
    ...{ name: 'vision', month: '2026-11', amount: '1000.00', currency: 'EUR', spent: '1.00' },
    ...{ label: 'team=vision', stops: 'all' as const, changedAt: '2026-11-01T00:00:00.000Z' },
    thresholds: [{ at: '62.5%', on: 'forecast', action: 'stop', amount: '625.00' } as const],
  };
  expect(requestOf(draftOf(state), 2)).toEqual({
    ...{ amount: '1000.00', label: 'team=vision', stops: 'all' },
    thresholds: [{ at: '62.5%', on: 'forecast', action: 'stop' }],
  });
});

test('an error is found at its member or a part of it, without the name of the member', () => {
  const errors = [
    { pointer: '/thresholds/1/at', detail: 'thresholds[1].at must be a percentage' },
    { pointer: '/currency', detail: 'currency must be EUR' },
  ];
  expect(errorAt(errors, '/thresholds/1')).toBe('Must be a percentage');
  expect(errorAt(errors, '/thresholds/10')).toBeUndefined();
  expect(otherErrors(errors)).toEqual([errors[1]]);
});
