import type { Fact, Transition } from '../../billing/facts.ts';
import { type Lifecycle, readLifecycle } from '../../billing/lifecycle.ts';
import type { Cause } from '../../shapes/reconciliation.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import { isoTime } from '../public-shapes.ts';
import { readEvent } from '../read-event.ts';
import { heldSince, type MeteredTime, type Metering, meterJob, type Scope } from './meter.ts';
import type { ProviderJob } from './provider-jobs.ts';

/** A job of this month, as it is known on either side. */
export interface KnownJob {
  readonly jobId: string;
  /** Its log here; empty if it was never reported. */
  readonly facts: readonly Fact[];
  /** Absent if the provider does not list it. */
  readonly listed?: ProviderJob | undefined;
}

/** Why the two sides of a job differ, if they do. */
export interface JobVerdict {
  readonly cause: Cause;
  readonly detail?: string;
  /** Events of the provider's history that are not in the log here. */
  readonly missing: readonly ReportedEvent[];
}

/** A job with what is compared of it. */
export interface ComparedJob {
  readonly jobId: string;
  readonly isListed: boolean;
  readonly region?: string;
  readonly flavors: ReadonlySet<string>;
  /** What is metered here. */
  readonly here: readonly MeteredTime[];
  /** The same by the provider's history where it is listed, counted in any way. */
  meter(metering: Metering): readonly MeteredTime[];
  /** Computed when it is needed. */
  verdict(): JobVerdict;
}

const REGION = 'ovh/region';

const regionOf = (histories: readonly Lifecycle[]): string | undefined => {
  for (const { labels } of histories) {
    const region = labels?.[REGION];
    if (region !== undefined) return region;
  }
  return undefined;
};

const flavorsOf = (histories: readonly Lifecycle[]): ReadonlySet<string> =>
  new Set(
    histories.flatMap(({ statedResources }) => statedResources.map(({ resources: { flavor } }) => flavor)),
  );

const stepOf = ({ status, time, nanos = 0 }: Transition): string => `${status} ${time} ${nanos}`;

const stepOfEvent = (event: ReportedEvent): string | undefined => {
  const fact = readEvent(event).recordable?.fact;
  return fact?.kind === 'transition' ? stepOf(fact) : undefined;
};

const NAMED = 3;
const listed = (steps: readonly string[]): string =>
  steps.slice(0, NAMED).join(', ') + (steps.length > NAMED ? ` and ${steps.length - NAMED} more` : '');

/** The steps that only one side has. One that was taken back here is not missing. */
const compareHistories = (facts: readonly Fact[], job: ProviderJob) => {
  const { transitions, retracted } = readLifecycle(facts);
  const here = new Set([...transitions, ...retracted].map(stepOf));
  const there = new Set(job.events.map(stepOfEvent));
  const missing = job.events.filter((event) => !here.has(stepOfEvent(event) ?? ''));
  const extra = transitions.filter((transition) => !there.has(stepOf(transition)));
  return { missing, extra };
};

/** RUNNING that is reported again is a sign of life, not a step that the provider would list. */
const isStep = ({ time }: Transition, facts: readonly Fact[]): boolean => {
  const { transitions } = readLifecycle(facts);
  const index = transitions.findIndex((transition) => transition.time === time);
  return transitions[index]?.status !== transitions[index - 1]?.status;
};

const historyDetail = (
  facts: readonly Fact[],
  { missing, extra }: ReturnType<typeof compareHistories>,
): string => {
  const steps = extra.filter((transition) => isStep(transition, facts));
  const parts = [
    missing.length > 0 && `not in jobmeter: ${listed(missing.map(({ id }) => id))}`,
    steps.length > 0 &&
      `only in jobmeter: ${listed(steps.map(({ status, time }) => `${status}@${isoTime(time)}`))}`,
    missing.length + steps.length === 0 && 'the histories agree: resources, timeout or retractions differ',
  ].filter((part) => part !== false);
  return parts.join('; ');
};

const verdictOf = (
  { facts, listed: job }: KnownJob,
  here: readonly MeteredTime[],
  since: number | undefined,
): JobVerdict => {
  // By its log here an unlisted job can only cost more if it gets a price.
  if (!job) return { cause: 'unrated', missing: [] };
  if (facts.length === 0) return { cause: 'job never reported here', missing: job.events };
  const histories = compareHistories(facts, job);
  const detail = historyDetail(facts, histories);
  const { missing } = histories;
  if (since !== undefined)
    return { cause: 'held', missing, detail: `held since ${isoTime(since)}; ${detail}` };
  const cause = here.some(({ money }) => money === undefined) ? 'unrated' : 'events missing';
  return { cause, missing, detail };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Meters a job on both sides. Other ways to count are metered when they are tried. */
export const compareJob = (job: KnownJob, metering: Metering, scope: Scope): ComparedJob => {
  const { jobId, facts, listed: there } = job;
  const log = readLifecycle(facts);
  const history = there ? readLifecycle(there.facts) : log;
  const histories = [history, log];
  const region = regionOf(histories);
  const here = meterJob(log, metering, scope);
  const byBase = once(() => meterJob(history, metering, scope));
  return {
    jobId,
    isListed: there !== undefined,
    ...(region !== undefined && { region }),
    flavors: flavorsOf(histories),
    here,
    // Ways to count are many, jobs too: only what is asked for again and again is kept.
    meter: (asked) => (asked === metering ? byBase() : meterJob(history, asked, scope)),
    verdict: once(() => verdictOf(job, here, heldSince(log, metering, scope))),
  };
};
