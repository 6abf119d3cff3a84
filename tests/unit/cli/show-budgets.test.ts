import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { budgetRequestOf, type SetOptions, splitAts } from '../../../cli/budget-options.ts';
import { showBudget, showBudgets } from '../../../cli/show-budgets.ts';
import type { BudgetState } from '../../../lib/shapes/budget.ts';
import { refusalOf } from '../http/refused.ts';

const BUDGET: BudgetState = {
  ...{ name: 'vision', month: '2026-11', amount: '1000.00', currency: 'EUR', label: 'team=vision' },
  ...{ spent: '800.00', forecast: '1500.00' },
  thresholds: [
    {
      ...{ at: '80%', on: 'spent', action: 'notify', amount: '800.00' },
      crossedAt: '2026-11-20T10:00:00.000Z',
    },
    { at: '150%', on: 'forecast', action: 'notify', amount: '1500.00' },
    {
      ...{ at: '1000.00', on: 'spent', action: 'stop', amount: '1000.00' },
      willCrossAt: '2026-11-29T23:30:00.000Z',
    },
  ],
  ...{ stops: 'until it fits', changedAt: '2026-11-01T09:00:00.000Z' },
};

/** Without colours and padding. */
const linesOf = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));

const BAR = (full: number) => '█'.repeat(full) + '░'.repeat(24 - full);

test('a budget is shown with its thresholds, in the billing zone', () => {
  expect(linesOf(showBudget('proj-1', BUDGET, 'Europe/Paris'))).toEqual([
    'budget vision of proj-1 in 2026-11',
    `800.00 of 1000.00 EUR spent | ${BAR(19)} 80%`,
    'forecast for the month: 1500.00 EUR',
    'only jobs with the label team=vision',
    'a stop is requested for its costliest jobs, until the others fit in the amount',
    'set 2026-11-01 10:00:00, times in Europe/Paris',
    'thresholds',
    'at | on | EUR | action | when',
    '80% | spent | 800.00 | notify | crossed 2026-11-20 11:00:00',
    '150% | forecast | 1500.00 | notify | reached by the forecast',
    '1000.00 | spent | 1000.00 | stop | will be crossed 2026-11-30 00:30:00 if nothing changes',
  ]);
});

test('budgets are listed with a bar each, which is whole where all is used and more', () => {
  const { label: _, forecast: __, ...ended } = BUDGET;
  const over = { ...ended, name: 'all', spent: '2500.00', thresholds: [] };
  const unused = { ...ended, name: 'none', spent: '0.00', thresholds: [] };
  const budgets = [BUDGET, over, unused];
  expect(linesOf(showBudgets({ projectId: 'proj-1', month: '2026-11', budgets }, 'UTC'))).toEqual([
    'budgets of proj-1 in 2026-11, times in UTC',
    'budget | label | spent | of EUR | used | forecast | next if nothing changes',
    `vision | team=vision | 800.00 | 1000.00 | ${BAR(19)} 80% | 1500.00 | stop at 1000.00: 2026-11-29 23:30:00`,
    `all | 2500.00 | 1000.00 | ${BAR(24)} 250%`,
    `none | 0.00 | 1000.00 | ${BAR(0)} 0%`,
  ]);
});

test('a project without budgets is told how to make one', () => {
  const none = showBudgets({ projectId: 'proj-1', month: '2026-11', budgets: [] }, 'UTC');
  expect(none).toContain('jobmeter budget set proj-1 <name> --amount <money> --notify 80%');
});

describe('the options of a budget', () => {
  const options = (changed: Partial<SetOptions>): SetOptions => ({
    ...{ stage: 'local', amount: '1000' },
    ...changed,
  });

  test('are a request like that of the API', () => {
    const set = options({
      ...{ label: 'team=vision', notify: splitAts('80%', splitAts('50%, 700')), stop: ['100%'] },
      ...{ notifyForecast: ['100%'], stops: 'until-it-fits' },
    });
    expect(budgetRequestOf(set)).toEqual({
      ...{ amount: '1000', label: 'team=vision', stops: 'until it fits' },
      thresholds: [
        ...['50%', '700', '80%'].map((at) => ({ at, on: 'spent', action: 'notify' })),
        { at: '100%', on: 'forecast', action: 'notify' },
        { at: '100%', on: 'spent', action: 'stop' },
      ],
    });
  });

  test.each<[name: string, changed: Partial<SetOptions>, pointer: string]>([
    ['with a threshold that is none', { notify: ['80'], stop: ['lots'] }, '/thresholds/1/at'],
    ['with an amount that is none', { amount: '1,000.00', notify: ['80%'] }, '/amount'],
    ['with an amount of nothing', { amount: '0.00', notify: ['80%'] }, '/amount'],
    ['with a label as in the filters of jobs', { label: 'team:vision', notify: ['80%'] }, '/label'],
  ])('%s are refused by name', async (_, changed, pointer) => {
    const refusal = await refusalOf(() => budgetRequestOf(options(changed)));
    expect(refusal.errors.map((one) => one.pointer)).toEqual([pointer]);
  });

  test('without a threshold they are refused with the options that make one', async () => {
    const refusal = await refusalOf(() => budgetRequestOf(options({})));
    expect(refusal.message).toContain('--notify, --notify-forecast or --stop');
  });
});
