import { compareText } from '../billing/compare-text.ts';
import type { Job, JobBilled } from '../shapes/job.ts';
import { type HttpAnswer, ok, withFittingList } from './answers.ts';

/** Entries of each list of a job in an answer. */
export const MAX_LISTED = 1_000;

/** The latest of some entries, in the order they have. */
const latest = <Entry>(entries: readonly Entry[], most: number, timeOf: (entry: Entry) => string) => {
  if (entries.length <= most) return [...entries];
  const listed = new Set(entries.toSorted((a, b) => compareText(timeOf(a), timeOf(b))).slice(-most));
  return entries.filter((entry) => listed.has(entry));
};

/** How many there are besides those that are listed; nothing where all are. */
const more = <Name extends string>(name: Name, all: readonly unknown[], listed: readonly unknown[]) =>
  (all.length > listed.length ? { [name]: all.length - listed.length } : {}) as { [_ in Name]?: number };

const timeOf = ({ time }: { readonly time: string }): string => time;
const startOf = ({ start }: { readonly start: string }): string => start;

/** What statements billed for a job, with the latest retractions. */
export const withLatestRetractions = (billed: readonly JobBilled[], most = MAX_LISTED): JobBilled[] =>
  billed.map(({ retractions, ...one }) => {
    if (!retractions) return one;
    const listed = latest(retractions, most, timeOf);
    return { ...one, retractions: listed, ...more('moreRetractions', retractions, listed) };
  });

/** A job with the latest entries of its lists. What is computed of it is of all entries. */
const withLatest = (job: Job, most: number): Job => {
  const transitions = latest(job.transitions, most, timeOf);
  const retractions = latest(job.retractions, most, timeOf);
  const intervals = latest(job.intervals, most, startOf);
  const charges = latest(job.charges, most, startOf);
  const warnings = job.warnings.slice(-most);
  return {
    ...job,
    ...{ transitions, ...more('moreTransitions', job.transitions, transitions) },
    ...{ retractions, ...more('moreRetractions', job.retractions, retractions) },
    ...{ intervals, ...more('moreIntervals', job.intervals, intervals) },
    ...{ charges, ...more('moreCharges', job.charges, charges) },
    ...(job.billed && { billed: withLatestRetractions(job.billed, most) }),
    ...{ warnings, ...more('moreWarnings', job.warnings, warnings) },
  };
};

/** 200 with a job: a job may have more events than an answer can hold. */
export const jobAnswer = (job: Job): Promise<HttpAnswer> =>
  withFittingList(MAX_LISTED, (most) => ok(withLatest(job, most)));
