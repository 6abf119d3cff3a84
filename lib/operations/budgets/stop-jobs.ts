import pLimit from 'p-limit';
import { type FinalCharge, type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { amountTimes60, formatMinor, parseMinor } from '../../billing/money.ts';
import { perHourOf } from '../../billing/rating.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BillingContext } from '../billing-context.ts';
import { jobTopic } from '../outgoing/job-events.ts';
import type { UnplacedEvent } from '../outgoing/place-events.ts';
import { recordNew } from '../outgoing/record-new.ts';
import { isoTime } from '../public-shapes.ts';
import { chargesUntil } from '../reads/forecast.ts';
import type { LiveCharge } from '../reads/live-charges.ts';
import type { CheckedBudget } from './fire-thresholds.ts';

/** Jobs whose topics are read at once. */
const CONCURRENCY = 16;

/** A job that runs, and what it costs. */
interface RunningJob {
  readonly live: LiveCharge;
  readonly open: OpenCharge;
  /** Exact, times 60: `amountTimes60` formats it. */
  readonly perHour: bigint;
}

/** What a job costs an hour at `now`; nothing without a price. */
const costAt = (open: OpenCharge, tariffs: TariffBook, context: BillingContext, now: number): bigint =>
  perHourOf(priceOpenCharge(open, tariffs, context.calendar, Math.max(now, open.start + 1)).at(-1) ?? {});

const compareCost = (a: RunningJob, b: RunningJob): number =>
  a.perHour === b.perHour ? compareText(a.open.jobId, b.open.jobId) : a.perHour > b.perHour ? -1 : 1;

/** The running jobs of a budget, the costliest first. */
const runningJobs = (
  context: BillingContext,
  tariffs: TariffBook,
  { figures }: CheckedBudget,
  now: number,
): RunningJob[] =>
  figures.running
    .flatMap((live): RunningJob[] =>
      live.open ? [{ live, open: live.open, perHour: costAt(live.open, tariffs, context, now) }] : [],
    )
    .sort(compareCost);

/**
 * The fewest jobs, the costliest first, without whose further cost the month stays within the
 * amount if the others run to its end. A job without a cost is none of them.
 */
const untilItFits = (
  context: BillingContext,
  tariffs: TariffBook,
  { budget, month, figures }: CheckedBudget,
  jobs: readonly RunningJob[],
  now: number,
): RunningJob[] => {
  const { currency } = context;
  /** What has been spent, and what the jobs that go on will cost. */
  const fold = createLineFold(figures.sums);
  const add = (charges: readonly FinalCharge[], sign: 1 | -1) => {
    for (const charge of charges) fold.after({ ...charge, minutes: sign * charge.minutes });
  };
  const addRest = ({ live }: RunningJob, sign: 1 | -1) => {
    add(chargesUntil(context, tariffs, month, now, live), sign);
    add(live.charges, sign === 1 ? -1 : 1);
  };
  for (const job of jobs) addRest(job, 1);
  const fits = () => parseMinor(totalOf(fold.lines(month, currency), currency)) <= budget.minor;
  const stopped: RunningJob[] = [];
  for (const job of jobs) {
    if (job.perHour === 0n || fits()) break;
    addRest(job, -1);
    stopped.push(job);
  }
  return stopped;
};

/**
 * One request for each run of a job and each money at which jobs stop: a restarted job is requested
 * to stop again, and so is one that goes on, once a raised amount is spent.
 */
const toEvent = (
  { currency }: BillingContext,
  { budget, month, figures }: CheckedBudget,
  { open, perHour }: RunningJob,
  stopAt: bigint,
  now: number,
): UnplacedEvent => {
  const { projectId, name } = budget;
  const { jobId, openedBy } = open;
  const money = (minor: bigint) => formatMinor(minor, currency);
  const spent = money(figures.spent);
  return {
    id: `job.stop.requested/${projectId}/${jobId}/${name}/${month}/${money(stopAt)}/${isoTime(openedBy.time)}`,
    ...{ type: 'job.stop.requested', topic: jobTopic(open), time: now, projectId, subject: jobId },
    data: {
      ...{ projectId, jobId, budget: name, month },
      reason: `the budget ${name} of ${month} stops jobs at ${money(stopAt)} ${currency}: ${spent} ${currency} is spent`,
      ...{ spent, amount: money(budget.minor), currency, costPerHour: amountTimes60(perHour) },
      openedBy: { ...openedBy, time: isoTime(openedBy.time) },
    },
  };
};

/**
 * Requests that running jobs of a budget stop whose `stop` at `stopAt` is crossed. Only their own
 * events say that they have: a job that goes on keeps costing, so more of them may follow.
 */
export const requestStops = async (
  context: BillingContext,
  tariffs: TariffBook,
  checked: CheckedBudget,
  stopAt: bigint,
  now: number,
): Promise<void> => {
  const running = runningJobs(context, tariffs, checked, now);
  const { stops } = checked.budget;
  const stopped = stops === 'all' ? running : untilItFits(context, tariffs, checked, running, now);
  const limit = pLimit(CONCURRENCY);
  await Promise.all(
    stopped.map((job) => limit(() => recordNew(context, [toEvent(context, checked, job, stopAt, now)]))),
  );
};
