import { compareText } from '../billing/compare-text.ts';
import type { Labels } from '../billing/facts.ts';
import { rankOf, type Status } from '../billing/statuses.ts';
import { fitLabels } from './fit-labels.ts';
import { type OvhJob, readOvhJob } from './ovh-job.ts';
import { OVH_SOURCE } from './ovh-source.ts';
import { readInstant } from './read-instant.ts';
import {
  eventOf,
  joinTranslated,
  NOTHING,
  type ReportedEvent,
  type ReportedJob,
  type ReportedResources,
  readId,
  type Stated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';
import { timeoutOf } from './timeout.ts';
import { projectOf, type SourceOptions, type Translator } from './translator.ts';

/** An entry of a job's history. */
interface Entry {
  readonly status: Status;
  /** As `readInstant` gives it. */
  readonly time: string;
}

/** Texts of `readInstant` differ in their fractional digits: without the Z they sort by time. */
const compareTimes = (a: Entry, b: Entry): number => compareText(a.time.slice(0, -1), b.time.slice(0, -1));

/**
 * The entries of `status.history` by time, each once, those of one instant as the API lists them.
 * A state that the API reports before its history has it is added with `lastTransitionDate`.
 */
const entriesOf = ({ status: { history, state, lastTransitionDate } }: OvhJob): Entry[] => {
  const listed = history.map(
    ({ date, state: status }, index): Entry => ({
      status,
      time: readInstant(`status.history[${index}].date`, date),
    }),
  );
  const entries = [...new Map(listed.map((entry) => [`${entry.status}@${entry.time}`, entry])).values()];
  entries.sort(compareTimes);
  const last = entries.at(-1);
  if (!state || typeof lastTransitionDate !== 'string') return entries;
  const current = { status: state, time: readInstant('status.lastTransitionDate', lastTransitionDate) };
  const isNewer = !last || (last.status !== state && compareTimes(last, current) < 0);
  return isNewer ? [...entries, current] : entries;
};

/** Before flavors had names, the model of the GPUs was all that there was. */
const flavorOf = ({ flavor, gpuModel, gpu }: OvhJob['spec']['resources']): string => {
  if (flavor) return readId('spec.resources.flavor', flavor);
  if (gpu > 0 && gpuModel) return readId('spec.resources.gpuModel', gpuModel);
  throw new Unreadable('spec.resources.flavor is missing');
};

/** A job on GPUs reports the CPUs that come with them: the tariff's unit says which are billed. */
const resourcesOf = ({ spec: { resources } }: OvhJob): ReportedResources => {
  const { gpu, cpu } = resources;
  if (gpu + cpu === 0) throw new Unreadable('spec.resources has neither GPUs nor CPUs');
  return { flavor: flavorOf(resources), ...(gpu > 0 && { gpu }), ...(cpu > 0 && { cpu }) };
};

const isPlatformLabel = (name: string): boolean => name.startsWith('ovh/');

const labelsOfJob = ({ user, spec }: OvhJob, { labels = {} }: SourceOptions) => {
  const own = Object.entries(spec.labels)
    .filter(([name]) => !isPlatformLabel(name))
    .sort(([a], [b]) => compareText(a, b));
  const platform = {
    'ovh/region': spec.region ?? undefined,
    'ovh/user': user ?? undefined,
    'ovh/name': spec.name ?? undefined,
  };
  return fitLabels(labels, Object.fromEntries(own), platform);
};

/** The project is in the path of the API, not in a job: an option names it, or a label. */
export const reportedJobOf = (
  { id, labels }: { readonly id: string; readonly labels: Labels },
  options: SourceOptions,
): ReportedJob => {
  if (!options.project)
    throw new Unreadable(
      'a job does not name its project: give it with --project, or the label that names it',
    );
  const projectId = projectOf(options, undefined, (label) =>
    Object.hasOwn(labels, label) ? labels[label] : undefined,
  );
  return { source: OVH_SOURCE, projectId, jobId: id };
};

/** A restart is not the first thing that happens to a job. */
const firstnessOf = ({ status }: Entry): number => (status === 'RESTARTING' ? Infinity : rankOf(status));

/** The first entry states what the job is; within an instant no order of the history changes it. */
const isBefore = (a: Entry, b: Entry): boolean =>
  compareTimes(a, b) < 0 || (a.time === b.time && firstnessOf(a) < firstnessOf(b));

/** The events of a job as the API reports it; Unreadable where it is not as the API describes it. */
export const ovhJobEvents = (record: unknown, options: SourceOptions): ReportedEvent[] => {
  const job = readOvhJob(record);
  const reported = reportedJobOf({ id: job.id, labels: job.spec.labels }, options);
  const entries = entriesOf(job);
  const [first, ...others] = entries;
  if (!first) throw new Unreadable('status.history is empty, and no date of status.state is given');
  const stating = others.reduce((least, entry) => (isBefore(entry, least) ? entry : least), first);
  const stated: Stated = {
    resources: resourcesOf(job),
    labels: labelsOfJob(job, options),
    // One that restarts itself after its timeout is still stopped by it: each run ends there.
    timeout: timeoutOf(job.spec.timeout),
  };
  return entries.map((entry) =>
    eventOf(reported, entry.status, entry.time, entry === stating ? stated : undefined),
  );
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The jobs of a record: one, a list as the central API answers, or `{items}` as the regional one. */
export const jobsOf = (record: unknown): readonly unknown[] => {
  if (Array.isArray(record)) return record;
  return isObject(record) && Array.isArray(record.items) ? record.items : [record];
};

/** Translates jobs as the API of OVHcloud AI Training reports them. */
export const createOvhTranslator = (options: SourceOptions): Translator => ({
  next(record, position) {
    return joinTranslated(
      jobsOf(record).map((job, index) => translateRecord(position + index, () => ovhJobEvents(job, options))),
    );
  },
  end: () => NOTHING,
});

/**
 * The event that a job is in its state at the start of a step, if it has been since before it: every
 * poll within the step gives the same one. It keeps a long run from being held for silence.
 */
export const signOfLife = (
  record: unknown,
  options: SourceOptions,
  stepStartMs: number,
  /** Whether a job gives signs of life in a state that it entered then; while RUNNING by default. */
  isAlive: (state: Status, enteredAt: number) => boolean = (state) => state === 'RUNNING',
): ReportedEvent | undefined => {
  const { events } = translateRecord(0, () => {
    const job = readOvhJob(record);
    const entries = entriesOf(job);
    const latest = entries.at(-1)?.time;
    const { state } = job.status;
    const isLatest = entries.some(({ status, time }) => status === state && time === latest);
    if (!state || !isLatest || latest === undefined) return [];
    const enteredAt = Date.parse(latest);
    if (enteredAt >= stepStartMs || !isAlive(state, enteredAt)) return [];
    return [eventOf(reportedJobOf({ id: job.id, labels: job.spec.labels }, options), state, stepStartMs)];
  });
  return events[0];
};
