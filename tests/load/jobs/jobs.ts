import { createJob, type Job, TRANSITIONS } from '../../../bench/workload.ts';
import { createRandom } from '../../../simulation/random.ts';

/** Jobs that follow from their index, so that none has to be kept. */
export interface Jobs {
  readonly jobs: number;
  readonly projects: number;
  /** The month they run in, YYYY-MM in UTC, and its start in epoch milliseconds. */
  readonly month: string;
  readonly start: number;
  readonly seed: number;
}

export const EVENTS_A_JOB = TRANSITIONS;

const JOBS_A_PROJECT = 100;
/** Odd, so that the seeds of different jobs differ. */
const SPREAD = 0x9e3779b1;

/** As many projects as have a hundred jobs each. */
export const projectsFor = (jobs: number): number => Math.ceil(jobs / JOBS_A_PROJECT);

export const jobAt = (jobs: Jobs, index: number): Job =>
  createJob(index, jobs, createRandom(jobs.seed ^ Math.imul(index + 1, SPREAD)));

/** The jobs of a project, among the first `sent`. */
export function* jobsOf(jobs: Jobs, project: number, sent: number): Generator<Job> {
  for (let index = project; index < sent; index += jobs.projects) yield jobAt(jobs, index);
}
