import { CAUSES, type Cause } from '../../shapes/reconciliation.ts';
import type { ProviderRow } from '../../sources/ovh-usage.ts';
import { ONE } from '../../sources/provider-figure.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import { noPriceHint, restHints, rivalHint } from './hints.ts';
import { type Metering, moneyAt } from './meter.ts';
import {
  isNothing,
  minus,
  NOTHING,
  plus,
  type Quantity,
  rounded,
  shortText,
  size,
  total,
} from './quantity.ts';
import { billedHere, expectedOf, pricesHere, type Row } from './rows.ts';
import { agrees, differencesOf, type Solution, totalUnder } from './solve-row.ts';

/** One job of a cause, exact. */
export interface JobStep {
  readonly jobId: string;
  readonly provider?: Quantity;
  readonly here?: Quantity;
  readonly difference: Quantity;
  readonly detail?: string;
  readonly missing: readonly ReportedEvent[];
}

/** What one cause explains of a row, exact. Its jobs add up to it, up to rounding of the row. */
export interface Step {
  readonly cause: Cause;
  readonly difference: Quantity;
  readonly detail?: string;
  readonly jobs: readonly JobStep[];
}

export interface ExplainedRow {
  readonly row: Row;
  readonly here: Quantity;
  /** The provider's minutes: where the figure is rounded, those that explain it. */
  readonly providerTime: bigint;
  readonly steps: readonly Step[];
  readonly hints: readonly string[];
}

const largestFirst = (jobs: readonly JobStep[]): JobStep[] =>
  jobs.toSorted((a, b) => {
    const [first, second] = [size(a.difference.money), size(b.difference.money)];
    return first === second
      ? Number(size(b.difference.time) - size(a.difference.time))
      : first < second
        ? 1
        : -1;
  });

const stepOf = (cause: Cause, jobs: readonly JobStep[]): Step => ({
  cause,
  difference: total(jobs.map(({ difference }) => difference)),
  jobs: largestFirst(jobs),
});

/** What differs between the histories of single jobs. */
const jobSteps = (row: Row, base: Metering, isUnlistedLeftOut: boolean): Step[] => {
  const byCause = new Map<Cause, JobStep[]>();
  for (const job of row.jobs) {
    const isLeftOut = isUnlistedLeftOut && !job.isListed;
    const here = billedHere(row, job);
    const provider = isLeftOut ? NOTHING : expectedOf(row, job, base);
    const difference = minus(provider, here);
    if (isNothing(difference)) continue;
    const verdict = isLeftOut
      ? { cause: 'job unknown to the provider' as const, missing: [] }
      : job.verdict();
    const { cause, ...said } = verdict;
    const step: JobStep = {
      jobId: job.jobId,
      ...(!isLeftOut && { provider }),
      ...(cause !== 'job never reported here' && { here }),
      ...{ difference, ...said },
    };
    byCause.set(cause, [...(byCause.get(cause) ?? []), step]);
  }
  return CAUSES.flatMap((cause) => {
    const jobs = byCause.get(cause);
    return jobs ? [stepOf(cause, jobs)] : [];
  });
};

/** What other ways to count add to the jobs, each to those before it. */
const countingSteps = (
  row: Row,
  base: Metering,
  { set, alternatives, isUnlistedLeftOut }: Solution,
): Step[] => {
  let before = base;
  return (set?.hypotheses ?? []).map(({ cause, text }, index) => {
    const after = set?.meterings[index] ?? base;
    const jobs = differencesOf(row, [before, after], isUnlistedLeftOut).map(
      ({ job: { jobId }, provider, difference }): JobStep => ({ jobId, provider, difference, missing: [] }),
    );
    const difference = minus(
      totalUnder(row, after, isUnlistedLeftOut),
      totalUnder(row, before, isUnlistedLeftOut),
    );
    before = after;
    const others = [...new Set(alternatives.map((other) => other.hypotheses[index]?.text ?? ''))];
    const detail = [text, ...others.filter((other) => other !== text)].join(', or ');
    return { ...stepOf(cause, jobs), difference, detail: `the provider may ${detail}` };
  });
};

/** Digits after the point of a price at most. */
const PRICE_DECIMALS = 8;

/** The hourly price of rounded figures: the shortest that gives them. */
const priceText = ({ amount, unitMinutes }: ProviderRow): string => {
  const perHour = (money: bigint) => (money * 60n * ONE) / unitMinutes.value;
  const [price, tolerance] = [perHour(amount.value), perHour(amount.tolerance)];
  const isNear = (decimals: number) =>
    size(rounded(price, decimals) * (ONE / 10n ** BigInt(decimals)) - price) <= tolerance;
  let decimals = 0;
  while (decimals < PRICE_DECIMALS && !isNear(decimals)) decimals += 1;
  return shortText(price, decimals);
};

const priceDetail = (row: Row, prices: readonly string[], minorTolerance: bigint, difference: bigint) => {
  if (!row.provider) return {};
  const here = prices.length > 0 ? prices.join(' and ') : 'none';
  const counted = BigInt(row.jobs.length);
  const isPerJob = counted > 1n && size(difference) <= counted * minorTolerance;
  return {
    detail:
      `the provider's figures are ${priceText(row.provider)} an hour and unit, that of jobmeter is ${here}` +
      (isPerJob ? `; or the provider rounds each of ${counted} jobs by itself` : ''),
  };
};

/** Money that minutes do not explain: another price. */
const priceSteps = (
  row: Row,
  {
    time,
    money,
    prices,
    minorTolerance,
  }: Quantity & {
    readonly prices: readonly string[];
    readonly minorTolerance: bigint;
  },
): Step[] => {
  const { amount, unitMinutes } = row.provider ?? {};
  if (!amount || !unitMinutes || unitMinutes.value <= 0n) return [];
  const [price] = prices;
  const isTimeExplained = agrees(row, time);
  // Of minutes that are not explained it is known what they would cost only at one price.
  if (!isTimeExplained && (price === undefined || prices.length > 1)) return [];
  const expected = isTimeExplained ? money : moneyAt(unitMinutes.value, price ?? '0');
  const difference = amount.value - expected;
  if (size(difference) <= amount.tolerance) return [];
  return [
    {
      cause: 'price',
      difference: { time: 0n, money: difference },
      ...priceDetail(row, prices, minorTolerance, difference),
      jobs: [],
    },
  ];
};

/**
 * The difference of a row as causes: first what differs between single jobs, then how minutes are
 * counted, then the price. What is left after them is unexplained.
 */
export const explainRow = (
  row: Row,
  base: Metering,
  solution: Solution,
  minorTolerance: bigint,
): ExplainedRow => {
  const here = total(row.jobs.map((job) => billedHere(row, job)));
  const counting = countingSteps(row, base, solution);
  const steps = [...jobSteps(row, base, solution.isUnlistedLeftOut), ...counting];
  const explained = plus(here, total(steps.map(({ difference }) => difference)));
  const prices = pricesHere(row, base);
  const providerTime = agrees(row, explained.time) ? explained.time : (row.provider?.unitMinutes.value ?? 0n);
  return {
    row,
    here,
    providerTime,
    steps: [...steps, ...priceSteps(row, { ...explained, prices, minorTolerance })],
    hints: [
      ...restHints(row, base, solution, providerTime - explained.time),
      ...rivalHint(solution, total(counting.map(({ difference }) => difference)).time),
      ...noPriceHint(row, prices),
    ],
  };
};
