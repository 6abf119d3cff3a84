import type { Cause, ProjectReconciliation, ReconciledRow } from '../lib/shapes/reconciliation.ts';
import { count, grouped, roundedAmount } from './money.ts';

type Compared = Pick<ProjectReconciliation, 'total' | 'rows' | 'currency'>;

export interface Verdict {
  /** Whether every difference has a cause, in each row too. */
  readonly isExplained: boolean;
  readonly sentence: string;
  /** A few words, like "0.31 EUR apart, all explained". */
  readonly inShort: string;
}

/** What a comparison comes to, in the digits of the currency. */
export const verdictOf = ({ total, rows, currency }: Compared): Verdict => {
  const rounded = ({ amount }: { readonly amount: string }) => roundedAmount(amount, currency);
  const money = (amount: string) => `${grouped(amount.replace('-', ''))} ${currency}`;
  const isSome = (amount: string) => Number(amount) !== 0;
  const difference = rounded(total.difference);
  const unexplained = rounded(total.unexplained);
  const isApart = isSome(difference);
  const said = isApart
    ? `${money(difference)} ${difference.startsWith('-') ? 'less than' : 'more than'}`
    : 'as much as';
  const verdict = (isExplained: boolean, rest: string, restInShort: string): Verdict => ({
    isExplained,
    sentence: `The provider bills ${said} jobmeter counts${rest}.`,
    inShort: (isApart ? `${money(difference)} apart` : 'the same amount') + restInShort,
  });
  if (isSome(unexplained))
    return verdict(
      false,
      unexplained === difference ? ', and nothing explains it' : `; ${money(unexplained)} is not explained`,
      `, ${money(unexplained)} unexplained`,
    );
  // What rows differ by may cancel out in the total.
  if (rows.some((row) => isSome(rounded(row.unexplained))))
    return verdict(
      false,
      ', but single amounts that nothing explains cancel out',
      ', but single amounts are unexplained',
    );
  if (rows.some((row) => row.unexplained.unitMinutes !== 0))
    return verdict(false, ', but minutes that nothing explains differ', ', but minutes are unexplained');
  if (isApart) return verdict(true, '; all of it is explained', ', all explained');
  return rows.some((row) => isSome(rounded(row.difference)))
    ? verdict(true, ': differences cancel out, and all are explained', ', all explained')
    : verdict(true, '', '');
};

/** "1 250 unit min", or as a difference "+10 unit min". Sums of thousandths are not exact. */
export const unitMinutesText = (unitMinutes: number, sign?: 'signed'): string => {
  const thousandths = Number(unitMinutes.toFixed(3));
  return `${sign && thousandths > 0 ? '+' : ''}${count(thousandths)} unit min`;
};

/** A part of a difference, from where the parts before it end. Ends are percent of the whole. */
export interface Step {
  readonly of: Cause | 'unexplained' | 'difference';
  readonly unitMinutes: number;
  readonly amount: string;
  readonly detail?: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** The largest first. */
export const bySize = <Part extends { readonly amount: string }>(parts: readonly Part[]): readonly Part[] => {
  const size = ({ amount }: Part) => Math.abs(Number(amount));
  return parts.toSorted((a, b) => size(b) - size(a));
};

/** The parts of a difference: its causes, the largest first, what is unexplained, and their sum. */
export const stepsOf = ({
  causes,
  unexplained,
  difference,
}: Pick<ReconciledRow, 'causes' | 'unexplained' | 'difference'>): {
  readonly steps: readonly Step[];
  /** Where nothing differs, in percent. */
  readonly zero: number;
} => {
  const parts: readonly Omit<Step, 'start' | 'end'>[] = [
    ...bySize(causes).map(({ cause, ...share }) => ({ of: cause, ...share })),
    { of: 'unexplained', ...unexplained },
  ];
  // Only drawn, so it may be inexact.
  const ends = [0];
  for (const { amount } of parts) ends.push((ends.at(-1) ?? 0) + Number(amount));
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)];
  const percent = (value: number) => (highest === lowest ? 0 : ((value - lowest) / (highest - lowest)) * 100);
  const zero = percent(0);
  const steps = parts.map((part, index) => ({
    ...part,
    start: percent(ends[index] ?? 0),
    end: percent(ends[index + 1] ?? 0),
  }));
  const sum = { of: 'difference', ...difference, start: zero, end: percent(ends.at(-1) ?? 0) } as const;
  return { steps: [...steps, sum], zero };
};
