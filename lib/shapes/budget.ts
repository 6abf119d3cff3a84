import * as v from 'valibot';
import { isLabelKey } from '../validation.ts';
import { Currency, text } from './fields.ts';
import { currency, id, list, money, month, object, time, words } from './members.ts';

const LABEL_RULE = 'must be a label like team=vision';

/** `key=value`, of a label that jobs have. */
const Label = v.pipe(
  text(/^[^=]{1,63}=[^\p{Cc}\p{Cs}]{0,128}$/u, LABEL_RULE),
  v.check((label) => isLabelKey(label.slice(0, label.indexOf('='))), LABEL_RULE),
);

/** Money with at most so many digits that what is computed of it is money of an answer. */
const amountOf = (rule: string) => text(/^-?\d{1,15}(\.\d{1,4})?$/, rule);
const isPositive = (amount: string): boolean => /[1-9]/.test(amount) && !amount.startsWith('-');

const DIGITS = 'at most 15 digits before the point';
const AMOUNT_RULE = `must be a decimal string with ${DIGITS}, like "1000.00"`;
const AT_RULE = `must be a percentage above 0% up to 1000% like "80%" or "62.5%", or money like "800.00" with ${DIGITS}`;

const At = v.union(
  [
    v.pipe(
      text(/^\d{1,4}(\.\d{1,2})?%$/, AT_RULE),
      v.check((at) => Number.parseFloat(at) > 0 && Number.parseFloat(at) <= 1000, AT_RULE),
    ),
    v.pipe(amountOf(AT_RULE), v.check(isPositive, AT_RULE)),
  ],
  AT_RULE,
);

export const threshold = {
  at: v.pipe(At, v.description(`A percentage of the amount, or money with ${DIGITS}.`)),
  on: v.pipe(
    v.picklist(['spent', 'forecast'], 'must be spent or forecast'),
    v.description('What is compared: what is spent, or `forecast.expected` of the month.'),
  ),
  action: v.pipe(
    v.picklist(['notify', 'stop'], 'must be notify or stop'),
    v.description('`notify` sends an event; `stop` also requests that jobs stop.'),
  ),
};

const MAX_THRESHOLDS = 10;
const TOO_MANY = `must have at most ${MAX_THRESHOLDS} thresholds`;

const stops = v.pipe(
  v.picklist(['until it fits', 'all'], 'must be "until it fits" or "all"'),
  v.description(
    'Which jobs a `stop` is about: the costliest first, until what remains would fit in the amount if it ran to the end of the month; or all.',
  ),
);

/** What a budget is set to. Unknown members are refused: a misspelt threshold would never fire. */
export const BudgetRequest = object('A budget for each calendar month.', {
  amount: v.pipe(
    amountOf(AMOUNT_RULE),
    v.check(isPositive, 'must be more than zero'),
    v.description(`The amount of a month. Decimal string with the digits of the currency and ${DIGITS}.`),
  ),
  currency: v.exactOptional(
    v.pipe(Currency, v.description('The currency of the stage. Another one is refused.')),
  ),
  label: v.exactOptional(
    v.pipe(Label, v.description('Only jobs with this label count. Absent: all jobs of the project.')),
  ),
  thresholds: v.pipe(
    // Counted before one is validated: a body has room for hundreds of thousands.
    v.array(v.unknown(), 'must be an array'),
    v.maxLength(MAX_THRESHOLDS, TOO_MANY),
    v.array(object('A threshold.', threshold)),
    v.minLength(1, 'must have at least one threshold'),
    // Again, for the OpenAPI document, which has what follows the last schema.
    v.maxLength(MAX_THRESHOLDS, TOO_MANY),
    v.description('When it says something.'),
  ),
  stops: v.exactOptional(stops),
});
export type BudgetRequest = v.InferOutput<typeof BudgetRequest>;

/** How a budget stands in a month. */
export const BudgetState = object('A budget, and how far it is used in a month.', {
  name: id('The name of the budget, unique in its project.'),
  month: month('The month of the figures'),
  amount: money('The amount of a month'),
  currency: currency(),
  label: v.exactOptional(words('Only jobs with this label count, `key=value`.')),
  spent: money('What its jobs have cost in the month, running ones up to now'),
  forecast: v.exactOptional(
    money('What its jobs are expected to cost by the end of the month. Absent for a month that has ended'),
  ),
  thresholds: list(
    object('A threshold, and whether it was crossed in the month.', {
      ...threshold,
      amount: money('The money at which it is crossed'),
      crossedAt: v.exactOptional(time('When it was crossed, to the minute that crossed it')),
      willCrossAt: v.exactOptional(
        time(
          'When it will be crossed if the jobs that run now go on and none follows. Absent if it will not',
        ),
      ),
    }),
    'In the order they were given.',
  ),
  stops,
  changedAt: time('When it was set'),
});
export type BudgetState = v.InferOutput<typeof BudgetState>;

export const Budgets = object('The budgets of a project.', {
  projectId: id('The project.'),
  month: month('The month of the figures'),
  budgets: list(BudgetState, 'By name.'),
});
export type Budgets = v.InferOutput<typeof Budgets>;
