import { parseMinor } from '../lib/billing/money.ts';
import type { BudgetState, Budgets } from '../lib/shapes/budget.ts';
import { usedBar } from './bar.ts';
import { type ListColumn, listTable } from './list.ts';
import { bold, indent } from './output.ts';
import { timeText } from './times.ts';

type Threshold = BudgetState['thresholds'][number];

const right = { align: 'right' as const };

const barOf = ({ spent, amount }: BudgetState): string => usedBar(parseMinor(spent), parseMinor(amount));

const nameOf = ({ at, on, action }: Threshold): string =>
  `${action} at ${at}${on === 'spent' ? '' : ' of the forecast'}`;

/** The next threshold that will be crossed. */
const nextOf = ({ thresholds }: BudgetState): Threshold | undefined =>
  thresholds
    .filter(({ willCrossAt }) => willCrossAt !== undefined)
    .sort((a, b) => ((a.willCrossAt ?? '') < (b.willCrossAt ?? '') ? -1 : 1))[0];

const nextText = (budget: BudgetState, timeZone: string): string => {
  const next = nextOf(budget);
  return next?.willCrossAt ? `${nameOf(next)}: ${timeText(next.willCrossAt, timeZone)}` : '';
};

/** Budgets as a table, one a row. */
export const budgetsTable = (budgets: readonly BudgetState[], timeZone: string): string => {
  const [{ currency } = { currency: '' }] = budgets;
  return listTable<BudgetState>(
    [
      { title: 'budget', text: ({ name }) => name },
      { title: 'label', text: ({ label = '' }) => label },
      { title: 'spent', ...right, text: ({ spent }) => spent },
      { title: `of ${currency}`, ...right, text: ({ amount }) => amount },
      { title: 'used', text: barOf },
      { title: 'forecast', ...right, text: ({ forecast = '' }) => forecast },
      { title: 'next if nothing changes', text: (budget) => nextText(budget, timeZone) },
    ],
    budgets,
  );
};

/** The budgets of a project for people. */
export const showBudgets = ({ projectId, month, budgets }: Budgets, timeZone: string): string =>
  budgets.length === 0
    ? `${projectId} has no budgets: \`jobmeter budget set ${projectId} <name> --amount <money> --notify 80%\` makes one`
    : [
        bold(`budgets of ${projectId} in ${month}, times in ${timeZone}`),
        budgetsTable(budgets, timeZone),
      ].join('\n');

/** A forecast has no time at which it crosses: it is above or not. */
const whenText = (
  { on, amount, crossedAt, willCrossAt }: Threshold,
  { forecast }: BudgetState,
  timeZone: string,
): string => {
  if (crossedAt !== undefined) return `crossed ${timeText(crossedAt, timeZone)}`;
  if (on === 'forecast' && forecast !== undefined && parseMinor(forecast) >= parseMinor(amount))
    return 'reached by the forecast';
  if (willCrossAt === undefined) return 'not crossed';
  return `will be crossed ${timeText(willCrossAt, timeZone)} if nothing changes`;
};

const thresholdColumns = (budget: BudgetState, timeZone: string): readonly ListColumn<Threshold>[] => [
  { title: 'at', ...right, text: ({ at }) => at },
  { title: 'on', text: ({ on }) => on },
  { title: budget.currency, ...right, text: ({ amount }) => amount },
  { title: 'action', text: ({ action }) => action },
  { title: 'when', text: (threshold) => whenText(threshold, budget, timeZone) },
];

const STOPS: Readonly<Record<BudgetState['stops'], string>> = {
  all: 'a stop is requested for all its jobs',
  'until it fits': 'a stop is requested for its costliest jobs, until the others fit in the amount',
};

/** One budget for people: how far it is, and each threshold with the time it is crossed. */
export const showBudget = (projectId: string, budget: BudgetState, timeZone: string): string => {
  const { name, month, label, amount, spent, forecast, currency, thresholds, stops, changedAt } = budget;
  const hasStop = thresholds.some(({ action }) => action === 'stop');
  return [
    bold(`budget ${name} of ${projectId} in ${month}`),
    `${spent} of ${amount} ${currency} spent  ${barOf(budget)}`,
    ...(forecast === undefined ? [] : [`forecast for the month: ${forecast} ${currency}`]),
    ...(label === undefined ? [] : [`only jobs with the label ${label}`]),
    ...(hasStop ? [STOPS[stops]] : []),
    `set ${timeText(changedAt, timeZone)}, times in ${timeZone}`,
    'thresholds',
    indent(listTable(thresholdColumns(budget, timeZone), thresholds)),
  ].join('\n');
};
