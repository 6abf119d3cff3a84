import { type OvhApi, ProviderError } from '../../lib/provider/ovh-api.ts';
import { listJobs } from '../../local/ovh-stand-in/list-jobs.ts';
import { jobAt, type ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import type { Random } from '../random.ts';

const MINUTE = 60_000;
/** How old a list may be. */
const LONGEST_LAG = 2 * MINUTE;

export interface ProviderApiOptions {
  readonly jobs: readonly ScriptedJob[];
  readonly now: () => number;
  readonly random: Random;
  /** Probability that a call fails. */
  readonly failures: number;
  /** Jobs of a page at most, whatever the query says. */
  readonly pageSize: number;
}

interface Change {
  readonly at: number;
  readonly job: ScriptedJob;
}

/** The first change after an instant. */
const indexAfter = (changes: readonly Change[], time: number): number => {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.at ?? Infinity) > time) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** The jobs that changed after `after` and not after `now`; a change is found by its time. */
const createFinder = (jobs: readonly ScriptedJob[]) => {
  const changes = jobs
    .flatMap((job) => job.transitions.map(({ date }): Change => ({ at: Date.parse(date), job })))
    .sort((a, b) => a.at - b.at);
  return (after: number, now: number): readonly ScriptedJob[] => [
    ...new Set(changes.slice(indexAfter(changes, after), indexAfter(changes, now)).map(({ job }) => job)),
  ];
};

/** The provider's API without HTTP: the jobs at the simulated time, small pages, failing calls. */
export const createProviderApi = ({ jobs, now, random, failures, pageSize }: ProviderApiOptions): OvhApi => {
  const finders = new Map(
    [...Map.groupBy(jobs, ({ project }) => project)].map(([project, own]) => [project, createFinder(own)]),
  );
  const byId = new Map(jobs.map((job) => [`${job.project} ${job.id}`, job]));
  const mayFail = () => {
    if (random.chance(failures))
      throw new ProviderError(random.oneOf(['rate limit', 'unavailable']), 'a simulated failure');
  };
  const notSimulated = () => Promise.reject(new ProviderError('refused', 'not simulated'));
  return {
    async jobs(project, { page, size, updatedAfter, states = [] }) {
      mayFail();
      const query = new URLSearchParams({
        ...{ sort: 'updatedAt', order: 'asc', page: String(page) },
        size: String(Math.min(size, pageSize)),
        ...(updatedAfter !== undefined && { updatedAfter }),
      });
      for (const state of states) query.append('statusState', state);
      const seenAt = now() - random.integer(0, LONGEST_LAG);
      const after = updatedAfter === undefined ? -Infinity : Date.parse(updatedAfter) - 1;
      const found = finders.get(project)?.(after, seenAt) ?? [];
      return listJobs(
        found.flatMap((job) => jobAt(job, seenAt) ?? []),
        query,
      );
    },
    async job(project, id) {
      mayFail();
      const job = byId.get(`${project} ${id}`);
      return job && jobAt(job, now());
    },
    usages: notSimulated,
    usage: notSimulated,
  };
};
