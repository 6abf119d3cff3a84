import { formatDigits, formatMinor, minorDigits, toMinor } from '../../billing/money.ts';
import { type InputError, Refusal } from '../../refusal.ts';
import type { BudgetRequest } from '../../shapes/budget.ts';
import type { Budget, Threshold } from '../../store/budgets.ts';

/** What a person sets of a budget. */
export type BudgetContent = Pick<Budget, 'minor' | 'label' | 'thresholds' | 'stops'>;

/** 100% in hundredths of a percent. */
const WHOLE_BASIS_POINTS = 10_000n;

/** The money at which a threshold is crossed, rounded up to the minor unit. */
export const thresholdMinor = ({ minor }: Pick<Budget, 'minor'>, { at }: Pick<Threshold, 'at'>): bigint =>
  'minor' in at ? at.minor : (minor * BigInt(at.basisPoints) + WHOLE_BASIS_POINTS - 1n) / WHOLE_BASIS_POINTS;

/** As it was given: `80%`, `62.5%` or money. */
export const atText = ({ at }: Pick<Threshold, 'at'>, currency: string): string =>
  'minor' in at
    ? formatMinor(at.minor, currency)
    : `${formatDigits(BigInt(at.basisPoints), 2).replace(/\.?0+$/, '')}%`;

/** Percentages have at most two digits after the point. */
const basisPointsOf = (percentage: string): number => {
  const [whole = '', decimals = ''] = percentage.replace('%', '').split('.');
  return Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
};

/** Translates money and percentages, and collects what is wrong with them. */
const createReader = (currency: string) => {
  const digits = minorDigits(currency);
  const rule = `must have at most ${digits} digits after the point, like all money in ${currency}`;
  const errors: InputError[] = [];
  const refuse = (pointer: string, detail: string) => void errors.push({ pointer, detail });
  return {
    errors,
    refuse,
    money(text: string, pointer: string, name: string): bigint {
      const minor = toMinor(text, currency);
      if (minor === undefined) refuse(pointer, `${name} ${rule}`);
      return minor ?? 1n;
    },
  };
};

/** `key=value`. */
export const labelText = ({ key, value }: NonNullable<Budget['label']>): string => `${key}=${value}`;

const labelOf = (text: string): NonNullable<Budget['label']> => {
  const end = text.indexOf('=');
  return { key: text.slice(0, end), value: text.slice(end + 1) };
};

/** Thresholds that do the same at the same money as an earlier one, each with that one. */
const repeatedOf = (budget: Pick<Budget, 'minor' | 'thresholds'>): [index: number, first: number][] => {
  const keys = budget.thresholds.map(
    (threshold) => `${threshold.on} ${thresholdMinor(budget, threshold)} ${threshold.action}`,
  );
  return keys.flatMap((key, index): [number, number][] => {
    const first = keys.indexOf(key);
    return first < index ? [[index, first]] : [];
  });
};

/** The content of a request in the currency of the stage, or a refusal with all its errors. */
export const toBudgetContent = (request: BudgetRequest, stageCurrency: string): BudgetContent => {
  const { amount, currency = stageCurrency, label, stops = 'until it fits' } = request;
  const { errors, refuse, money } = createReader(stageCurrency);
  if (currency !== stageCurrency)
    refuse('/currency', `currency must be ${stageCurrency}, the currency of the stage`);
  const minor = money(amount, '/amount', 'amount');
  const thresholds = request.thresholds.map(
    ({ at, on, action }, index): Threshold => ({
      at: at.endsWith('%')
        ? { basisPoints: basisPointsOf(at) }
        : { minor: money(at, `/thresholds/${index}/at`, `thresholds[${index}].at`) },
      ...{ on, action },
    }),
  );
  if (errors.length === 0)
    for (const [index, first] of repeatedOf({ minor, thresholds }))
      refuse(
        `/thresholds/${index}`,
        `thresholds[${index}] must not do the same at the same money as thresholds[${first}]`,
      );
  if (errors.length > 0) throw new Refusal('invalid', 'the budget is not valid: see errors', { errors });
  return { minor, ...(label !== undefined && { label: labelOf(label) }), thresholds, stops };
};

/** A budget in one line: `1000.00 EUR for team=vision: notify at 80%, notify at 100% of the forecast`. */
export const budgetText = ({ minor, label, thresholds, stops }: BudgetContent, currency: string): string => {
  const when = thresholds.map((threshold) => {
    const at = `${threshold.action} at ${atText(threshold, currency)}`;
    return threshold.on === 'spent' ? at : `${at} of the forecast`;
  });
  const stopped = thresholds.some(({ action }) => action === 'stop') ? `, stops ${stops}` : '';
  const of = label ? ` for ${labelText(label)}` : '';
  return `${formatMinor(minor, currency)} ${currency}${of}: ${when.join(', ')}${stopped}`;
};
