import { formatDigits, minorDigits } from '../../billing/money.ts';
import type { Cause, ReconciledJob, ReconciledRow } from '../../shapes/reconciliation.ts';
import type { ExplainedRow, JobStep, Step } from './explain-row.ts';
import { plus, type Quantity, rounded, size, toNumber, total } from './quantity.ts';

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
  amount: formatDigits(digits, decimals),
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

const minusSum = (a: Sum, { time, digits, decimals }: Sum): Sum =>
  addSums(a, { time: -time, digits: -digits, decimals });

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

/** The causes of a row in its digits: of all of them, and of the jobs of each. */
const shareOut = ({ here, steps }: ExplainedRow, digits: ReturnType<typeof digitsOf>) => {
  const { decimals, providerDigits, isMoneyExplained } = digits;
  const rest = isMoneyExplained ? { digits: providerDigits } : undefined;
  const cumulative = createCumulative(here.money, decimals);
  const jobs: ReconciledJob[] = [];
  let exact = here.money;
  const causes = steps.map((step, index) => {
    const { cause, difference, detail } = step;
    const ofJobs = createCumulative(exact, decimals);
    for (const job of step.jobs) jobs.push(jobOf(step, job, ofJobs.add(job.difference.money), decimals));
    exact += difference.money;
    const share = cumulative.add(difference.money, index === steps.length - 1 ? rest : undefined);
    const sum = { time: difference.time, digits: share, decimals };
    return { cause, ...(detail !== undefined && { detail }), sum };
  });
  const sum = causes.map((cause) => cause.sum).reduce(addSums, { time: 0n, digits: 0n, decimals });
  return { causes, jobs, sum };
};

const largestFirst = (jobs: readonly ReconciledJob[]): ReconciledJob[] =>
  jobs.toSorted((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)));

/** An explained row in the digits of its figures; its causes and the rest add up exactly. */
export const reportRow = (
  explained: ExplainedRow,
  { projectId, currency }: { readonly projectId: string; readonly currency: string },
): ReportedRow => {
  const { row, steps, hints } = explained;
  const digits = digitsOf(explained, currency);
  const { decimals, providerDigits, isMoneyExplained } = digits;
  const { causes, jobs, sum } = shareOut(explained, digits);
  const isSame = isMoneyExplained && steps.length === 0;
  const here = {
    time: explained.here.time,
    digits: isSame ? providerDigits : rounded(explained.here.money, decimals),
    decimals,
  };
  const provider = { time: explained.providerTime, digits: providerDigits, decimals };
  const difference = minusSum(provider, here);
  const sums: RowSums = { provider, here, difference, causes, unexplained: minusSum(difference, sum) };
  return {
    sums,
    steps,
    row: {
      projectId,
      ...(row.region !== undefined && { region: row.region }),
      flavor: row.flavor,
      ...(row.provider && { provider: sideOf(provider) }),
      ...(!isZero(here) && { here: sideOf(here) }),
      difference: sideOf(difference),
      causes: causes.map(({ cause, detail, sum: share }) => ({
        ...{ cause, ...sideOf(share) },
        ...(detail !== undefined && { detail }),
      })),
      unexplained: sideOf(sums.unexplained),
      ...(hints.length > 0 && { hints: [...hints] }),
      jobs: largestFirst(jobs).slice(0, JOBS_LISTED),
      jobCount: jobs.length,
    },
  };
};
