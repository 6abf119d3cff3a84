import type { JobsQuery, OvhApi } from '../../../../lib/provider/ovh-api.ts';
import { ovhJob } from '../../sources/ovh-jobs.ts';

type History = readonly (readonly [state: string, date: string])[];

/** The id of the n-th job. */
export const uuid = (n: number): string => `3f1c2a52-0d0b-4a5e-9a55-${String(n).padStart(12, '0')}`;

/** A job of the provider on two GPUs, with this history. It changed last when that says so. */
export const jobOf = (id: string, history: History, updatedAt = history.at(-1)?.[1] ?? '') => ({
  ...ovhJob({
    id,
    resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 },
    spec: { timeout: 0 },
    state: history.at(-1)?.[0],
    history: history.map(([state, date]) => ({ state, date })),
  }),
  ...{ id, updatedAt },
});

export type FakeJob = ReturnType<typeof jobOf>;

/** A call as text, like `proj page 2 after 2026-10-01T00:00:00.000Z`. */
const textOf = (project: string, { page, updatedAfter, states }: JobsQuery) =>
  [
    `${project} page ${page}`,
    ...(updatedAfter === undefined ? [] : [`after ${updatedAfter}`]),
    ...(states ?? []),
  ].join(' ');

/** The jobs of projects as the provider has them, and every call that is made. */
export const createFakeOvh = () => {
  const projects = new Map<string, Map<string, FakeJob>>();
  const calls: string[] = [];
  const fake = {
    calls,
    /** An API that ignores `page`. */
    samePage: false,
    /** An API that ignores `updatedAfter` and `statusState`. */
    unfiltered: false,
    /** The API's own limit of a page. */
    largestPage: Infinity,
    /** Called before each call, with its text. */
    beforeCall: (_call: string): void | Promise<void> => {},
    /** Records or changes a job. */
    put(project: string, ...jobs: readonly FakeJob[]) {
      const known = projects.get(project) ?? new Map<string, FakeJob>();
      for (const job of jobs) known.set(job.id, job);
      projects.set(project, known);
    },
    remove(project: string, id: string) {
      projects.get(project)?.delete(id);
    },
    /** The calls since the last time. */
    newCalls: () => calls.splice(0),
  };
  const jobsOf = (project: string) => [...(projects.get(project)?.values() ?? [])];
  const call = async (text: string) => {
    calls.push(text);
    await fake.beforeCall(text);
  };
  const unused = async (): Promise<never> => {
    throw new Error('a poll does not read it');
  };
  const api: OvhApi = {
    async jobs(project, query) {
      await call(textOf(project, query));
      const { updatedAfter, states }: Partial<JobsQuery> = fake.unfiltered ? {} : query;
      const page = fake.samePage ? 1 : query.page;
      const size = Math.min(query.size, fake.largestPage);
      return jobsOf(project)
        .filter((job) => updatedAfter === undefined || Date.parse(job.updatedAt) > Date.parse(updatedAfter))
        .filter(({ status }) => !states || states.includes(String(status.state)))
        .slice((page - 1) * size, page * size);
    },
    async job(project, id) {
      await call(`${project} job ${id}`);
      return projects.get(project)?.get(id);
    },
    usages: unused,
    usage: unused,
  };
  return Object.assign(fake, { api });
};

export type FakeOvh = ReturnType<typeof createFakeOvh>;
