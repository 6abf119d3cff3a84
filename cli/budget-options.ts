import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { Refusal } from '../lib/refusal.ts';
import { BudgetRequest } from '../lib/shapes/budget.ts';
import { inputErrors, isId } from '../lib/validation.ts';
import type { GlobalOptions } from './stage.ts';

export interface SetOptions extends GlobalOptions {
  readonly amount: string;
  readonly label?: string;
  readonly notify?: readonly string[];
  readonly notifyForecast?: readonly string[];
  readonly stop?: readonly string[];
  readonly stops?: 'all' | 'until-it-fits';
}

/** Values separated by commas; the option may be repeated. */
export const splitAts = (value: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  ...value.split(',').map((at) => at.trim()),
];

export const parseBudgetName = (value: string): string => {
  if (isId(value)) return value;
  throw new InvalidArgumentError('A name is 1 to 128 of A-Z a-z 0-9 . _ : -');
};

/** What the options set, or a refusal with all that is wrong with them. */
export const budgetRequestOf = (options: SetOptions): BudgetRequest => {
  const { amount, label, notify = [], notifyForecast = [], stop = [], stops } = options;
  const request = {
    amount,
    ...(label !== undefined && { label }),
    thresholds: [
      ...notify.map((at) => ({ at, on: 'spent', action: 'notify' })),
      ...notifyForecast.map((at) => ({ at, on: 'forecast', action: 'notify' })),
      ...stop.map((at) => ({ at, on: 'spent', action: 'stop' })),
    ],
    ...(stops !== undefined && { stops: stops.replaceAll('-', ' ') }),
  };
  if (request.thresholds.length === 0)
    throw new Refusal('invalid', 'say when: with --notify, --notify-forecast or --stop, like --notify 80%');
  const { success, output, issues } = v.safeParse(BudgetRequest, request, { abortPipeEarly: true });
  if (success) return output;
  throw new Refusal('invalid', 'the budget is not valid:', { errors: inputErrors(issues, { what: 'it' }) });
};
