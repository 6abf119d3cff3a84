import type { BudgetRequest, BudgetState } from '../lib/shapes/budget.ts';
import type { InputError } from './input-error.ts';

type DraftThreshold = Readonly<Record<'at' | 'on' | 'action', string>>;

/** A budget as a form has it: texts, which the API checks. */
export interface BudgetDraft {
  readonly name: string;
  readonly amount: string;
  readonly label: string;
  readonly stops: BudgetRequest['stops'];
  readonly thresholds: readonly DraftThreshold[];
}

export const NEW_THRESHOLD: DraftThreshold = { at: '', on: 'spent', action: 'notify' };

export const NEW_BUDGET: BudgetDraft = {
  name: '',
  amount: '',
  label: '',
  stops: 'until it fits',
  thresholds: [
    { at: '80%', on: 'spent', action: 'notify' },
    { at: '100%', on: 'spent', action: 'notify' },
  ],
};

export const draftOf = ({ name, amount, label = '', stops, thresholds }: BudgetState): BudgetDraft => ({
  ...{ name, amount, label, stops },
  thresholds: thresholds.map(({ at, on, action }) => ({ at, on, action })),
});

/** "1 000,5" is "1000.50": amounts as people of Europe write them, in the digits of the currency. */
const decimal = (typed: string, digits: number): string => {
  const text = typed.replace(/[\s\u202f\u00a0]/g, '').replace(',', '.');
  const [whole = '', decimals = ''] = text.split('.');
  if (!/^\d+(\.\d*)?$/.test(text) || decimals.length > digits) return text;
  return digits === 0 ? whole : `${whole}.${decimals.padEnd(digits, '0')}`;
};

/** What is sent. Members that the form left empty are absent. */
export const requestOf = ({ amount, label, stops, thresholds }: BudgetDraft, digits: number) => ({
  amount: decimal(amount, digits),
  ...(label.trim() !== '' && { label: label.trim() }),
  thresholds: thresholds.map(({ at, ...rest }) => {
    const text = at.replace(/\s/g, '').replace(',', '.');
    return { at: text.endsWith('%') ? text : decimal(text, digits), ...rest };
  }),
  ...(stops !== undefined && { stops }),
});

/** What is wrong with a member or a part of it, without its name: that is beside it. */
export const errorAt = (errors: readonly InputError[], pointer: string): string | undefined =>
  errors
    .find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))
    ?.detail.replace(/^([\w[\].]+ )?must /, 'Must ');

const SHOWN = ['name', '/amount', '/label', '/thresholds'];

/** Errors of what has no field of its own. */
export const otherErrors = (errors: readonly InputError[]): readonly InputError[] =>
  errors.filter(
    ({ pointer }) => !SHOWN.some((shown) => pointer === shown || pointer.startsWith(`${shown}/`)),
  );
