import { hash } from 'node:crypto';
import type { Resources, Transition } from '../lib/billing/facts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/billing/minutes.ts';
import { fromMilli } from '../lib/billing/money.ts';
import { addMonths, createCalendar } from '../lib/billing/months.ts';
import type { Status } from '../lib/billing/statuses.ts';
import { createRandom, type Random } from '../simulation/random.ts';

const SOURCE = 'https://gra.training.ai.cloud.example';

/** Lifecycle of a job: delay of each status after the previous one. */
const LIFE: readonly (readonly [Status, (random: Random) => number])[] = [
  ['QUEUED', () => 0],
  ['INITIALIZING', (random) => random.integer(1_000, 30_000)],
  ['PENDING', (random) => random.integer(1_000, 60_000)],
  ['RUNNING', (random) => random.integer(5_000, 120_000)],
  ['FINALIZING', (random) => random.integer(10 * MINUTE_MS, 10 * HOUR_MS)],
  ['DONE', (random) => random.integer(1_000, 60_000)],
];

export const TRANSITIONS = LIFE.length;

const FLAVORS: readonly [Resources, ...Resources[]] = [
  { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000, cpu: 13_000 } },
  { flavor: 'ai1-1-gpu', milliUnits: { gpu: 4_000, cpu: 52_000 } },
  { flavor: 'ai1-1-cpu', milliUnits: { cpu: 4_000 } },
];

/** An id of 36 characters, like those of jobs and events. */
export const uuidOf = (name: string): string =>
  hash('sha256', name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** An id of 32 characters, like those of projects. */
export const projectIdOf = (project: number): string => hash('sha256', `project ${project}`).slice(0, 32);

export interface Job {
  readonly jobId: string;
  readonly projectId: string;
  /** In time order. */
  readonly transitions: readonly Transition[];
}

/** The latest ended month in UTC, which can be closed. */
export const endedMonth = (now: number): string => addMonths(createCalendar('UTC').monthOf(now).id, -1);

export interface JobsOptions {
  readonly jobs: number;
  readonly projects: number;
  /** Contains all six transitions of every job. */
  readonly month: string;
  /** The same seed gives the same jobs; another one gives other ids. */
  readonly seed: number;
}

/** The job with an index, in a month that starts at `start`. The projects have jobs in turn. */
export const createJob = (
  index: number,
  { projects, start, seed }: { readonly projects: number; readonly start: number; readonly seed: number },
  random: Random,
): Job => {
  const jobId = uuidOf(`job ${seed} ${index}`);
  const projectId = projectIdOf(index % projects);
  const resources = random.oneOf(FLAVORS);
  let time = start + random.integer(0, 26 * DAY_MS);
  const transitions = LIFE.map(([status, after]): Transition => {
    time += after(random);
    const id = uuidOf(`${jobId} ${status}`);
    return { kind: 'transition', jobId, projectId, source: SOURCE, id, status, time, resources };
  });
  return { jobId, projectId, transitions };
};

/** Jobs with six transitions and one interval each. */
export const createJobs = ({ jobs, projects, month, seed }: JobsOptions): Job[] => {
  const random = createRandom(seed);
  const { start } = createCalendar('UTC').month(month);
  return Array.from({ length: jobs }, (_, index) => createJob(index, { projects, start, seed }, random));
};

/** Probabilities of delivery faults. */
export interface Disorder {
  readonly duplicated: number;
  readonly reordered: number;
}

/** Events of a job in arrival order: some late by one position, some twice. */
export const arrivalOf = ({ transitions }: Job, disorder: Disorder, random: Random): Transition[] => {
  const arriving = [...transitions];
  for (let index = 0; index + 1 < arriving.length; index += 1) {
    const [early, late] = arriving.slice(index, index + 2);
    if (!early || !late || !random.chance(disorder.reordered)) continue;
    arriving.splice(index, 2, late, early);
    index += 1;
  }
  const again = transitions.filter(() => random.chance(disorder.duplicated));
  return [...arriving, ...again];
};

/** An event as validation returns it. */
export const recordable = (fact: Transition) => ({ fact, fingerprint: hash('sha256', JSON.stringify(fact)) });

const sentResources = ({ flavor, milliUnits }: Resources) => ({
  flavor,
  ...Object.fromEntries(Object.entries(milliUnits).map(([unit, count]) => [unit, fromMilli(count)])),
});

/** The transition as a CloudEvent. */
export const cloudEventOf = ({ source, id, jobId, time, projectId, status, resources }: Transition) => ({
  specversion: '1.0',
  type: 'training.job.status',
  source,
  id,
  subject: jobId,
  time: new Date(time).toISOString(),
  data: { projectId, status, ...(resources && { resources: sentResources(resources) }) },
});
