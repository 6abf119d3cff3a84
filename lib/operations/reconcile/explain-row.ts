import { CAUSES, type Cause } from '../../shapes/reconciliation.ts';
import { ONE } from '../../sources/provider-figure.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import type { ComparedJob } from './compare-job.ts';
import { type Metering, moneyAt } from './meter.ts';
import { isNothing, minus, NOTHING, plus, type Quantity, shortText, size, total } from './quantity.ts';
import { billedHere, expectedOf, pricesHere, type Row } from './rows.ts';
import {
  agrees,
  differencesOf,
  type HypothesisSet,
  jobsOfRest,
  type Solution,
  totalUnder,
} from './solve-row.ts';

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

const textOf = ({ hypotheses }: HypothesisSet): string => hypotheses.map(({ text }) => text).join(' and ');

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

/** Digits after the point of a price that follows from rounded figures. */
const PRICE_DECIMALS = 6;

const priceDetail = (row: Row, prices: readonly string[], minorTolerance: bigint, difference: bigint) => {
  const { amount, unitMinutes } = row.provider ?? {};
  if (!amount || !unitMinutes || unitMinutes.value <= 0n) return {};
  const perHour = shortText((amount.value * 60n * ONE) / unitMinutes.value, PRICE_DECIMALS);
  const here = prices.length > 0 ? prices.join(' and ') : 'none';
  const counted = BigInt(row.jobs.length);
  const isPerJob = counted > 1n && size(difference) <= counted * minorTolerance;
  return {
    detail:
      `the provider's figures are ${perHour} an hour and unit, the price here is ${here}` +
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

const NAMED = 3;

const namesOf = (jobs: readonly ComparedJob[]): string => {
  const names = jobs.slice(0, NAMED).map(({ jobId }) => jobId);
  const more = jobs.length - names.length;
  return names.join(' or ') + (more > 0 ? `, or one of ${more} more` : '');
};

const guess = (rest: bigint): string => (rest > 0n ? 'billed twice?' : 'not billed?');

/** Jobs that have as many minutes as are not explained. */
const sameMinutes = (row: Row, base: Metering, rest: bigint): string[] => {
  const jobs = jobsOfRest(row, base, rest);
  if (jobs.length === 0) return [];
  return [
    `the ${shortText(size(rest), 3)} unexplained minutes are those of job ${namesOf(jobs)}: ${guess(rest)}`,
  ];
};

/** Jobs that have as many minutes as another way to count explains. */
const rivalHint = ({ rivals }: Solution, steps: readonly Step[]): string[] => {
  const counted = steps.reduce((sum, { difference }) => sum + difference.time, 0n);
  return rivals.length === 0
    ? []
    : [
        `no other row confirms this: the ${shortText(size(counted), 3)} minutes are also those of job ${namesOf(rivals)}: ${guess(counted)}`,
      ];
};

const ambiguityHint = ({ ambiguous }: Solution): string[] => {
  const [only, ...others] = ambiguous;
  if (!only) return [];
  return others.length === 0
    ? [`or the provider may ${textOf(only)}: that gives the same minutes, but no other row confirms it`]
    : [
        `several ways to count give the provider's minutes, so none is chosen: it may ${ambiguous
          .map(textOf)
          .join('; or ')}`,
      ];
};

const noPriceHint = ({ jobs, flavor, provider }: Row, prices: readonly string[]): string[] =>
  provider && jobs.length > 0 && prices.length === 0 ? [`no tariff here has a price for ${flavor}`] : [];

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
      ...sameMinutes(row, base, providerTime - explained.time),
      ...ambiguityHint(solution),
      ...rivalHint(solution, counting),
      ...noPriceHint(row, prices),
    ],
  };
};
