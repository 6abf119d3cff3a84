import { MINUTE_MS } from '../../../lib/billing/minutes.ts';
import type { Random } from '../../../simulation/random.ts';

/** A job that runs until its stop is requested. Times: milliseconds since the start of the run. */
export interface PlannedJob {
  readonly jobId: string;
  readonly gpus: number;
  readonly startsAtMs: number;
}

/** A project with one budget, which its jobs cross once. */
export interface PlannedProject {
  readonly projectId: string;
  readonly jobs: readonly PlannedJob[];
  readonly amountCents: number;
  /** The start of the minute that crosses. */
  readonly crossesAtMs: number;
}

export const FLAVOR = 'ai1-1-gpu';
/** Of `FLAVOR` in the default tariff, per GPU and hour. */
const CENTS_PER_HOUR = 193;
const MOST_JOBS = 3;

/** When a job ended, or nothing while it runs. */
export type EndOf = (job: PlannedJob) => number | undefined;

/**
 * What jobs have cost at a time, rounded half up once for all of one price: minutes that have
 * commenced, added up one by one and without the code that is measured.
 */
export const spentCents = (
  jobs: readonly PlannedJob[],
  atMs: number,
  endOf: EndOf = () => undefined,
): number => {
  let gpuMinutes = 0;
  for (const job of jobs) {
    const end = endOf(job) ?? Infinity;
    for (let minute = job.startsAtMs; minute <= atMs && minute < end; minute += MINUTE_MS)
      gpuMinutes += job.gpus;
  }
  return Math.floor((2 * gpuMinutes * CENTS_PER_HOUR + 60) / 120);
};

/** When the minutes of a job start, up to a time. */
const minutesOf = ({ startsAtMs }: PlannedJob, upToMs: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.floor((upToMs - startsAtMs) / MINUTE_MS) + 1) },
    (_, minute) => startsAtMs + minute * MINUTE_MS,
  );

export interface PlanOptions {
  readonly projects: number;
  /** The last budget is crossed so long after the first job has started. */
  readonly minutes: number;
}

const drawProject = (random: Random, projectId: string, minutes: number): PlannedProject => {
  const jobs = Array.from(
    { length: random.integer(1, MOST_JOBS) },
    (_, index): PlannedJob => ({
      jobId: `${projectId}-job-${index + 1}`,
      gpus: random.integer(1, 8),
      startsAtMs: random.integer(0, MINUTE_MS - 1),
    }),
  );
  const allRunFrom = Math.max(...jobs.map(({ startsAtMs }) => startsAtMs));
  const crossing = jobs.flatMap((job) => minutesOf(job, minutes * MINUTE_MS)).filter((at) => at > allRunFrom);
  const crossesAtMs = crossing[random.integer(0, crossing.length - 1)] ?? allRunFrom;
  return { projectId, jobs, crossesAtMs, amountCents: spentCents(jobs, crossesAtMs) };
};

/** Draws projects whose jobs all start in the first minute, and whose budgets are crossed later. */
export const drawPlan = (random: Random, { projects, minutes }: PlanOptions): PlannedProject[] =>
  Array.from({ length: projects }, (_, index) => drawProject(random, `proj-${index + 1}`, minutes));
