import type { Fact, ReportedFact } from '../../billing/facts.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { SECOND_MS } from '../../billing/minutes.ts';
import { beginsRun, isFinal } from '../../billing/statuses.ts';
import { Refusal } from '../../refusal.ts';
import { createOvhTranslator, jobsOf, signOfLife } from '../../sources/ovh.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import type { SourceOptions } from '../../sources/translator.ts';
import { readEvent } from '../read-event.ts';

/** A job as the provider's list has it. */
export interface ProviderJob {
  readonly jobId: string;
  /** Its history, and that it runs until then if it has not ended. */
  readonly facts: readonly Fact[];
  /** What could be recorded of it. */
  readonly events: readonly ReportedEvent[];
  /** The `duration` that the provider states and the seconds RUNNING of its own history. */
  readonly contradiction?: { readonly stated: number; readonly history: number };
}

export interface ProviderJobs {
  readonly jobs: ReadonlyMap<string, ProviderJob>;
  readonly notes: readonly string[];
}

const factsOf = (events: readonly ReportedEvent[]): ReportedFact[] =>
  events.flatMap((event) => readEvent(event).recordable?.fact ?? []);

/** Seconds of each run: RUNNING alone, and with what comes after it up to the end or a restart. */
const secondsOfRuns = (facts: readonly Fact[]) => {
  const { transitions } = readLifecycle(facts);
  const lasting = (from: number, to = from) =>
    ((transitions[to]?.time ?? 0) - (transitions[from]?.time ?? 0)) / SECOND_MS;
  return transitions.flatMap(({ status }, index) => {
    if (status !== 'RUNNING') return [];
    const stop = transitions.findIndex(
      (later, place) => place > index && (isFinal(later.status) || beginsRun(later.status)),
    );
    return [{ running: lasting(index, index + 1), whole: lasting(index, stop < 0 ? undefined : stop) }];
  });
};

const durationOf = (record: unknown): number | undefined => {
  const { duration } = (record as { status?: { duration?: unknown } } | null)?.status ?? {};
  return typeof duration === 'number' ? duration : undefined;
};

/**
 * Whether a duration covers all restarts, and what follows RUNNING, is not documented; that of a
 * job that has not ended is of another time.
 */
const contradictionOf = (record: unknown, facts: readonly Fact[]): ProviderJob['contradiction'] => {
  const stated = durationOf(record);
  const { status } = readLifecycle(facts);
  if (stated === undefined || !status || !isFinal(status)) return undefined;
  const runs = secondsOfRuns(facts);
  const sum = (member: 'running' | 'whole') => runs.reduce((all, run) => all + run[member], 0);
  // The last run is the least that it may cover, all of them up to their ends the most.
  const least = runs.at(-1)?.running ?? 0;
  if (stated >= least - 1 && stated <= sum('whole') + 1) return undefined;
  return { stated, history: Math.round(sum('running')) };
};

/** A job that is listed without an end has run until now, silent or not. */
const runningUntil = (facts: readonly ReportedFact[], until: number): Fact[] => {
  const { transitions, status } = readLifecycle(facts);
  const last = transitions.at(-1);
  if (!last || !status || isFinal(status) || last.time >= until) return [...facts];
  const { resources: _, labels: __, timeoutMs: ___, nanos: ____, ...alive } = last;
  return [...facts, { ...alive, id: `${last.id} until now`, time: until }];
};

/** How many jobs a note names. */
const NAMED = 3;

const contradictionNote = (jobs: readonly ProviderJob[]): string[] => {
  const named = jobs.flatMap(({ jobId, contradiction }) =>
    contradiction ? [`${jobId} ${contradiction.stated} s against ${contradiction.history} s`] : [],
  );
  if (named.length === 0) return [];
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : '';
  return [
    `the provider's duration contradicts its own history: ${named.slice(0, NAMED).join(', ')}${more}; compared by the history`,
  ];
};

/** Jobs of lists, each a page or several pages. */
const recordsOf = (lists: readonly unknown[]): unknown[] => lists.flatMap(jobsOf).flatMap(jobsOf);

interface ListOptions {
  readonly options: SourceOptions;
  /** The end of what is compared, epoch milliseconds. */
  readonly until: number;
  /** When the jobs were listed; absent if it is not known, e.g. of a file. */
  readonly listedAt?: number | undefined;
}

/** Translates the provider's list of jobs. What cannot be read is noted, with its reason. */
export const readProviderJobs = (
  lists: readonly unknown[],
  { options, until, listedAt = Number.NEGATIVE_INFINITY }: ListOptions,
): ProviderJobs => {
  const translator = createOvhTranslator(options);
  const jobs = new Map<string, ProviderJob>();
  const skipped: string[] = [];
  recordsOf(lists).forEach((record, index) => {
    const translated = translator.next(record, index + 1);
    skipped.push(...translated.skipped.map(({ line, reason }) => `job ${line} (${reason})`));
    const [first] = translated.events;
    if (!first) return;
    const alive = listedAt >= until && signOfLife(record, options, until);
    const facts = factsOf(translated.events);
    const contradiction = contradictionOf(record, facts);
    jobs.set(first.subject, {
      jobId: first.subject,
      facts: runningUntil(facts, until),
      events: [...translated.events, ...(alive ? [alive] : [])],
      ...(contradiction && { contradiction }),
    });
  });
  const [reason] = skipped;
  if (reason !== undefined && jobs.size === 0)
    throw new Refusal('invalid', `the list of jobs is not as the provider describes it: ${reason}`);
  const more = skipped.length > NAMED ? ` and ${skipped.length - NAMED} more` : '';
  return {
    jobs,
    notes: [
      ...(skipped.length > 0
        ? [`jobs of the list could not be read: ${skipped.slice(0, NAMED).join(', ')}${more}`]
        : []),
      ...contradictionNote([...jobs.values()]),
    ],
  };
};
