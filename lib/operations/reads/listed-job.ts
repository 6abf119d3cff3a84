import assert from 'node:assert/strict';
import type { BilledCharge } from '../../billing/billed-charge.ts';
import type { FinalCharge } from '../../billing/charges.ts';
import { isSameEvent } from '../../billing/facts.ts';
import { billableIntervals } from '../../billing/intervals.ts';
import { type Lifecycle, readLifecycle } from '../../billing/lifecycle.ts';
import { fromMilli } from '../../billing/money.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { JobUsage } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { costOf, isoTime, minutesOf, unratedMinutesOf } from '../public-shapes.ts';
import { type BilledByStatement, billedView } from './job-billed.ts';
import type { LiveCharge } from './live-charges.ts';
import { waitsForView } from './waits-for.ts';

/** Content of a charge, or what a statement billed for one that is gone. */
type Content = BilledCharge | FinalCharge;

/** A job of a list, without what only its facts say. */
export interface ListedJob {
  readonly usage: JobUsage;
  /** By start; of the last one are the members that a job has once. */
  readonly contents: readonly Content[];
  /** What statements billed where nothing of it is left. */
  readonly billedOnce?: readonly BilledByStatement[];
}

const toListedJob = (
  contents: readonly Content[],
  charges: readonly FinalCharge[],
  running: boolean,
  currency: string,
): Pick<ListedJob, 'usage' | 'contents'> => {
  const last = contents.at(-1);
  assert(last, 'a listed job has a charge, or had one');
  const unratedMinutes = unratedMinutesOf(charges);
  const usage: JobUsage = {
    jobId: last.jobId,
    ...(last.labels && { labels: last.labels }),
    running,
    start: isoTime(Math.min(...contents.map(({ openedBy }) => openedBy.time))),
    ...(last.flavor !== undefined && { flavor: last.flavor }),
    ...(last.unit !== undefined && { unit: last.unit }),
    ...(last.milliUnits !== undefined && { units: fromMilli(last.milliUnits) }),
    minutes: minutesOf(charges),
    ...(unratedMinutes > 0 && { unratedMinutes }),
    ...waitsForView(charges),
    ...(charges.some((charge) => charge.held) && { held: true }),
    cost: costOf(charges, currency),
    currency,
  };
  return { usage, contents };
};

/** What statements billed last for the charges of a job in a month. */
const lastContents = (billed: NonNullable<ListedJob['billedOnce']>): BilledCharge[] => {
  const records = billed.flatMap(({ records: ofStatement }) => ofStatement);
  const last = new Map(records.map((record) => [record.start, record.billed ?? record.replaces]));
  return [...last.values()]
    .filter((content): content is BilledCharge => content !== undefined && content.minutes > 0)
    .sort((a, b) => a.start - b.start);
};

/** A job with charges in a month, or with none left of those that a statement billed. */
export const listedJob = async (
  { currency }: Pick<BillingContext, 'currency'>,
  ofJob: readonly LiveCharge[],
  billedOf: (jobId: string) => Promise<BilledByStatement[]>,
): Promise<ListedJob | undefined> => {
  const charges = ofJob.flatMap((live) => live.charges);
  const [first] = ofJob;
  // A running job may have no minute of the month yet.
  if (!first || (charges.length === 0 && first.running)) return undefined;
  const running = ofJob.some((live) => live.running);
  if (charges.length > 0) return toListedJob(charges, charges, running, currency);
  const billedOnce = await billedOf(first.jobId);
  const contents = lastContents(billedOnce);
  if (contents.length === 0) return undefined;
  return { ...toListedJob(contents, charges, running, currency), billedOnce };
};

/** When the run of a charge stopped, also if that was in a later month. */
const endOf = ({ openedBy, endedBy }: Content, lifecycle: Lifecycle, tariffs: TariffBook) =>
  endedBy.cause === 'fact'
    ? endedBy.fact.time
    : billableIntervals(lifecycle, tariffs).find((interval) => isSameEvent(interval.openedBy, openedBy))
        ?.closedBy?.time;

/** The job with what its facts say: its status, when its run stopped, what took it back. */
export const withFacts = async (
  context: BillingContext,
  projectId: string,
  month: string,
  { usage, contents, billedOnce }: ListedJob,
): Promise<JobUsage> => {
  const facts = await context.store.readFacts({ projectId, jobId: usage.jobId });
  const lifecycle = readLifecycle(facts);
  const { status, retracted } = lifecycle;
  const last = contents.at(-1);
  // Facts may be newer than the charges, those of a snapshot above all.
  const end = last && !usage.running && endOf(last, lifecycle, await context.tariffs());
  const isRetracted =
    billedOnce && contents.every(({ openedBy }) => retracted.some((event) => isSameEvent(event, openedBy)));
  return {
    ...usage,
    ...(status && { status }),
    ...(end && { end: isoTime(end) }),
    ...(isRetracted && { retracted: true }),
    ...(billedOnce && {
      billed: billedView(
        billedOnce,
        month,
        context.currency,
        facts.filter((fact) => fact.kind === 'retraction'),
      ),
    }),
  };
};
