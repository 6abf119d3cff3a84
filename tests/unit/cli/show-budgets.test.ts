import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { budgetRequestOf, type SetOptions, splitAts, wrongUse } from '../../../cli/budget-options.ts';
import { showBudget, showBudgets } from '../../../cli/show-budgets.ts';
import { toBudgetContent } from '../../../lib/operations/budgets/budget-content.ts';
import { Refusal } from '../../../lib/refusal.ts';
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

  const THRESHOLD_RULE = 'must be a percentage above 0% up to 1000%';
  const DIGITS_RULE = 'must have at most 2 digits after the point, like all money in EUR';
  test.each<[name: string, changed: Partial<SetOptions>, errors: string[]]>([
    [
      'thresholds that are none',
      { notify: ['80%', '80'.repeat(10)], notifyForecast: ['0%'], stop: ['lots'] },
      ['--notify 80808080808080808080', '--notify-forecast 0%', '--stop lots'].map(
        (option) => `${option} ${THRESHOLD_RULE}`,
      ),
    ],
    ['an amount that is none', { amount: '1,000.00' }, ['--amount 1,000.00 must be a decimal string']],
    ['an amount of nothing', { amount: '0.00' }, ['--amount 0.00 must be more than zero']],
    [
      'a label as in the filters of jobs',
      { label: 'team:vision' },
      ['--label team:vision must be a label like team=vision'],
    ],
    [
      'too many thresholds',
      { notify: Array.from({ length: 11 }, (_, n) => `${n + 1}%`) },
      ['the budget must have at most 10 thresholds'],
    ],
    [
      'more digits than the currency has',
      { amount: '1.005', stop: ['0.999'] },
      [`--amount 1.005 ${DIGITS_RULE}`, `--stop 0.999 ${DIGITS_RULE}`],
    ],
    [
      'two thresholds that are one',
      { notify: ['80%', '800.00'], stop: ['80%'] },
      ['--notify 800.00 must not do the same at the same money as --notify 80%'],
    ],
  ])('with %s are wrong use, by their names', async (_, changed, errors) => {
    const set = options({ notify: ['80%'], ...changed });
    const refusal = await refusalOf(() => toBudgetContent(budgetRequestOf(set), 'EUR'));
    const [first, ...lines] = wrongUse(refusal, set)?.split('\n') ?? [];
    expect(first).toBe('error: the budget is not valid:');
    expect(lines).toEqual(errors.map((error) => expect.stringContaining(`  ${error}`)));
  });

  test('without a threshold they are refused with the options that make one', async () => {
    const set = options({});
    const refusal = await refusalOf(() => budgetRequestOf(set));
    expect(wrongUse(refusal, set)).toContain('--notify, --notify-forecast or --stop');
  });

  test('are not what is wrong where the project has as many budgets as it may', () => {
    const errors = [{ pointer: 'name', detail: 'a project has at most 20 budgets' }];
    expect(wrongUse(new Refusal('invalid', 'one too many', { errors }), options({}))).toBeUndefined();
    expect(wrongUse(new Refusal('invalid', 'the stage was not used yet'), options({}))).toBeUndefined();
    expect(wrongUse(new Error('the table cannot be reached'), options({}))).toBeUndefined();
  });
});
