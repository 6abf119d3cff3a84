import type { Cause, ReconciledJob, ReconciledRow, Reconciliation } from '../shapes/reconciliation.ts';
import { CAUSE_TEXTS } from './cause-texts.ts';
import { count, counted, grouped } from './display-text.ts';

interface Figures {
  readonly unitMinutes: number;
  readonly amount: string;
}

const isZeroText = (decimal: string): boolean => /^-?[0.]+$/.test(decimal);

export const isNothing = ({ unitMinutes, amount }: Figures): boolean =>
  unitMinutes === 0 && isZeroText(amount);

export const isExplained = ({ rows }: Reconciliation): boolean =>
  rows.every(({ unexplained }) => isNothing(unexplained));

interface NextStep {
  readonly cause: Cause | 'unexplained';
  /** What it comes to in all rows. */
  readonly amount: string;
  readonly text: string;
}

/** What is to be done about each cause that was found and about what is unexplained. */
export const nextSteps = (report: Reconciliation): readonly NextStep[] => {
  const { causes, unexplained } = report.total;
  const rest = { cause: 'unexplained', ...unexplained } as const;
  return [...causes, ...(isExplained(report) ? [] : [rest])].map(({ cause, amount }) => ({
    ...{ cause, amount, text: CAUSE_TEXTS[cause].settledBy },
  }));
};

/** What the comparison comes to, as a sentence. */
export const verdict = (report: Reconciliation): string => {
  const { total, rows, currency } = report;
  const money = (amount: string) => `${grouped(amount.replace('-', ''))} ${currency}`;
  const { amount } = total.difference;
  const said = isZeroText(amount)
    ? 'as much as'
    : `${money(amount)} ${amount.startsWith('-') ? 'less than' : 'more than'}`;
  const bills = `The provider bills ${said} jobmeter counts`;
  if (!isZeroText(total.unexplained.amount))
    return `${bills}; ${money(total.unexplained.amount)} is not explained.`;
  // What rows differ by may cancel out in the total.
  if (!isExplained(report)) return `${bills}, but single amounts or minutes are not explained.`;
  return rows.every(({ difference }) => isNothing(difference))
    ? `${bills}, and nothing differs.`
    : `${bills}, and every difference is explained.`;
};

/** Money with its sign: "+3.00", "−3.00", "0.00". */
export const signedAmount = (amount: string): string =>
  isZeroText(amount) || amount.startsWith('-') ? grouped(amount) : `+${grouped(amount)}`;

/** Minutes with their sign. */
export const signedMinutes = (minutes: number): string =>
  minutes > 0 ? `+${count(minutes)}` : count(minutes);

export const rowName = ({ region, flavor }: Pick<ReconciledRow, 'region' | 'flavor'>): string =>
  region === undefined ? flavor : `${region} ${flavor}`;

/** Rows in which something differs or is explained. */
export const differingRows = ({ rows }: Reconciliation): readonly ReconciledRow[] =>
  rows.filter(
    ({ causes, difference, hints = [] }) => causes.length + hints.length > 0 || !isNothing(difference),
  );

export const jobsOfCause = ({ jobs }: ReconciledRow, cause: Cause): readonly ReconciledJob[] =>
  jobs.filter((job) => job.cause === cause);

/** That jobs of a cause follow those that are shown: a row may not list all that it counts. */
export const moreJobs = ({ jobs, jobCount }: ReconciledRow, more: number): string =>
  `and ${jobs.length < jobCount ? 'at least ' : ''}${counted(more, 'more job')}`;

/** How many jobs of a row are not listed, as a sentence; nothing if all are. */
export const unlistedJobs = ({ jobs, jobCount }: ReconciledRow): readonly string[] =>
  jobs.length < jobCount
    ? [
        `Of ${counted(jobCount, 'job')} of this row, the ${count(jobs.length)} most expensive are in this report.`,
      ]
    : [];
