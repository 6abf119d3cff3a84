import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { type InputError, Refusal } from '../lib/refusal.ts';
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

/** The thresholds, each with the option that makes it. */
const thresholdsOf = ({ notify = [], notifyForecast = [], stop = [] }: SetOptions) =>
  [
    { option: '--notify', ats: notify, on: 'spent', action: 'notify' },
    { option: '--notify-forecast', ats: notifyForecast, on: 'forecast', action: 'notify' },
    { option: '--stop', ats: stop, on: 'spent', action: 'stop' },
  ].flatMap(({ option, ats, ...does }) =>
    ats.map((at) => ({ option: `${option} ${at}`, threshold: { at, ...does } })),
  );

const invalid = (errors: readonly InputError[]): Refusal =>
  new Refusal('invalid', 'the budget is not valid', { errors });

/** What the options set, or a refusal with all that is wrong with them. */
export const budgetRequestOf = (options: SetOptions): BudgetRequest => {
  const { amount, label, stops } = options;
  const thresholds = thresholdsOf(options).map(({ threshold }) => threshold);
  if (thresholds.length === 0)
    throw invalid([
      {
        pointer: '/thresholds',
        detail: 'say when: with --notify, --notify-forecast or --stop, like --notify 80%',
      },
    ]);
  const request = {
    amount,
    ...(label !== undefined && { label }),
    thresholds,
    ...(stops !== undefined && { stops: stops.replaceAll('-', ' ') }),
  };
  const { success, output, issues } = v.safeParse(BudgetRequest, request, { abortPipeEarly: true });
  if (success) return output;
  throw invalid(inputErrors(issues, { what: 'it' }));
};

/** A sentence about members of the request as one about the options that they are made of. */
const aboutOptions = (detail: string, options: SetOptions): string => {
  const { amount, label } = options;
  const thresholds = thresholdsOf(options);
  const named: Readonly<Record<string, string>> = {
    amount: `--amount ${amount}`,
    label: `--label ${label}`,
    thresholds: 'the budget',
  };
  return detail.replaceAll(
    /^(amount|label|thresholds)(?= )|\bthresholds\[(\d+)\](?:\.at)?/g,
    (text, member, index) => named[member] ?? thresholds[index]?.option ?? text,
  );
};

/** What is wrong with the options, if that is why a budget was refused. */
export const wrongUse = (error: unknown, options: SetOptions): string | undefined => {
  if (!(error instanceof Refusal) || error.errors.length === 0) return undefined;
  // Pointers are into the request, which is made of the options.
  if (!error.errors.every(({ pointer }) => pointer.startsWith('/'))) return undefined;
  const lines = error.errors.map(({ detail }) => `  ${aboutOptions(detail, options)}`);
  return ['error: the budget is not valid:', ...lines].join('\n');
};
