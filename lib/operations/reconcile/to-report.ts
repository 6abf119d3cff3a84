import { minorDigits } from '../../billing/money.ts';
import type { Cause, ReconciledJob, ReconciledRow } from '../../shapes/reconciliation.ts';
import type { ExplainedRow, JobStep, Step } from './explain-row.ts';
import { decimalText, plus, type Quantity, rounded, size, toNumber, total } from './quantity.ts';

/** Jobs listed per row. */
const JOBS_LISTED = 100;

/** Unit minutes and money in whole digits of a row. */
export interface Sum {
  readonly time: bigint;
  /** In 10^-decimals. */
  readonly digits: bigint;
  readonly decimals: number;
}

export type Side = NonNullable<ReconciledRow['here']>;

export const sideOf = ({ time, digits, decimals }: Sum): Side => ({
  unitMinutes: toNumber(time),
  amount: decimalText(digits, decimals),
});

const sameDecimals = (sum: Sum, decimals: number): bigint =>
  sum.digits * 10n ** BigInt(decimals - sum.decimals);

export const addSums = (a: Sum, b: Sum): Sum => {
  const decimals = Math.max(a.decimals, b.decimals);
  return {
    time: a.time + b.time,
    digits: sameDecimals(a, decimals) + sameDecimals(b, decimals),
    decimals,
  };
};

export const isZero = ({ time, digits }: Sum): boolean => time === 0n && digits === 0n;

/** A row in numbers that can be added up with those of other rows. */
export interface RowSums {
  readonly provider: Sum;
  readonly here: Sum;
  readonly difference: Sum;
  readonly causes: readonly { readonly cause: Cause; readonly detail?: string; readonly sum: Sum }[];
  readonly unexplained: Sum;
}

export interface ReportedRow {
  readonly row: ReconciledRow;
  readonly sums: RowSums;
  /** Of all its jobs. */
  readonly steps: readonly Step[];
}

/**
 * Rounds money that is added step by step: each sum so far is rounded, so the shares add up to the
 * rounded whole.
 */
const createCumulative = (start: bigint, decimals: number) => {
  let exact = start;
  let digits = rounded(start, decimals);
  return {
    add(money: bigint, isAll?: { readonly digits: bigint }): bigint {
      exact += money;
      const next = isAll?.digits ?? rounded(exact, decimals);
      const share = next - digits;
      digits = next;
      return share;
    },
    digits: () => digits,
  };
};

const jobOf = (step: Step, job: JobStep, digits: bigint, decimals: number): ReconciledJob => {
  const sided = (quantity: Quantity | undefined) =>
    quantity && sideOf({ time: quantity.time, digits: rounded(quantity.money, decimals), decimals });
  const [provider, here] = [sided(job.provider), sided(job.here)];
  return {
    ...{ jobId: job.jobId, cause: step.cause },
    ...(provider && { provider }),
    ...(here && { here }),
    ...sideOf({ time: job.difference.time, digits, decimals }),
    ...(job.detail !== undefined && { detail: job.detail }),
    missingEvents: job.missing.map(({ id }) => id),
  };
};

/**
 * Money in whole digits that the provider's figure carries: what is here is rounded to them, so a
 * difference that rounding makes is none.
 */
const digitsOf = ({ row: { provider }, here, steps }: ExplainedRow, currency: string) => {
  const decimals = provider?.amount.decimals ?? minorDigits(currency);
  const { value = 0n, tolerance = 0n } = provider?.amount ?? {};
  const explained = plus(here, total(steps.map(({ difference }) => difference))).money;
  const providerDigits = rounded(value, decimals);
  const isMoneyExplained = size(value - explained) <= tolerance;
  return { decimals, providerDigits, isMoneyExplained };
};

/** An explained row in the digits of its figures; its causes and the rest add up exactly. */
export const reportRow = (
  explained: ExplainedRow,
  { projectId, currency }: { readonly projectId: string; readonly currency: string },
): ReportedRow => {
  const { row, here, providerTime, steps, hints } = explained;
  const { decimals, providerDigits, isMoneyExplained } = digitsOf(explained, currency);
  const hereDigits = isMoneyExplained && steps.length === 0 ? providerDigits : rounded(here.money, decimals);
  const cumulative = createCumulative(here.money, decimals);
  const jobs: ReconciledJob[] = [];
  let before = hereDigits;
  let exact = here.money;
  const causes = steps.map((step, index) => {
    const { cause, difference, detail } = step;
    const ofJobs = createCumulative(exact, decimals);
    for (const job of step.jobs) jobs.push(jobOf(step, job, ofJobs.add(job.difference.money), decimals));
    exact += difference.money;
    const isLast = index === steps.length - 1;
    cumulative.add(difference.money, isLast && isMoneyExplained ? { digits: providerDigits } : undefined);
    const digits = cumulative.digits() - before;
    before = cumulative.digits();
    return {
      cause,
      ...(detail !== undefined && { detail }),
      sum: { time: difference.time, digits, decimals },
    };
  });
  const explainedTime = here.time + steps.reduce((sum, { difference }) => sum + difference.time, 0n);
  const sums: RowSums = {
    provider: { time: providerTime, digits: providerDigits, decimals },
    here: { time: here.time, digits: hereDigits, decimals },
    difference: { time: providerTime - here.time, digits: providerDigits - hereDigits, decimals },
    causes,
    unexplained: { time: providerTime - explainedTime, digits: providerDigits - before, decimals },
  };
  const isHere = !isZero(sums.here);
  return {
    sums,
    steps,
    row: {
      projectId,
      ...(row.region !== undefined && { region: row.region }),
      flavor: row.flavor,
      ...(row.provider && { provider: sideOf(sums.provider) }),
      ...(isHere && { here: sideOf(sums.here) }),
      difference: sideOf(sums.difference),
      causes: causes.map(({ cause, detail, sum }) => ({
        cause,
        ...sideOf(sum),
        ...(detail !== undefined && { detail }),
      })),
      unexplained: sideOf(sums.unexplained),
      ...(hints.length > 0 && { hints: [...hints] }),
      jobs: jobs
        .sort((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)))
        .slice(0, JOBS_LISTED),
      jobCount: jobs.length,
    },
  };
};
