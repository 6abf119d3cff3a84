import { describe, expect, test } from 'vitest';
import { expectationOf } from '../../../lib/http/budgets.ts';
import { etagOf } from '../../../lib/http/etags.ts';
import { parseJsonBody } from '../../../lib/http/json-body.ts';
import { BudgetRequest } from '../../../lib/shapes/budget.ts';
import type { Budget } from '../../../lib/store/budgets.ts';
import { refusalOf } from './refused.ts';
import { requestOf } from './requests.ts';

const STANDING: Budget = {
  projectId: 'proj-1',
  name: 'monthly',
  minor: 100_00n,
  thresholds: [],
  stops: 'all',
  changedAt: 7,
  version: 1,
};
const TAG = etagOf('monthly', '7');

const expectation = (headers: Record<string, string>) =>
  expectationOf(requestOf({ method: 'PUT', headers }), 'monthly');

describe('a write to a budget', () => {
  test('expects nothing without a condition', () => {
    expect(expectation({})).toBeUndefined();
  });

  test('with `if-none-match: *` only makes a budget', () => {
    const isExpected = expectation({ 'if-none-match': '*' });
    expect(isExpected?.(undefined)).toBe(true);
    expect(isExpected?.(STANDING)).toBe(false);
  });

  test('with `if-match` only changes the budget that was read', () => {
    const isExpected = expectation({ 'if-match': TAG });
    expect(isExpected?.(undefined)).toBe(false);
    expect(isExpected?.(STANDING)).toBe(true);
    expect(isExpected?.({ ...STANDING, changedAt: 8 })).toBe(false);
  });

  test('holds to both conditions', () => {
    const isExpected = expectation({ 'if-match': TAG, 'if-none-match': '*' });
    expect(isExpected?.(STANDING)).toBe(false);
    expect(isExpected?.(undefined)).toBe(false);
  });
});

test('of a budget with too many thresholds none is validated', async () => {
  const request = requestOf({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: '1000.00', thresholds: Array(11).fill({}) }),
  });
  const refusal = await refusalOf(() => parseJsonBody(request, BudgetRequest, 'budget'));
  expect(refusal.errors).toEqual([
    { pointer: '/thresholds', detail: 'thresholds must have at most 10 thresholds' },
  ]);
});
