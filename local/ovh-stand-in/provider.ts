import { notFound } from './api-error.ts';
import type { Job, StateChange } from './api-model.ts';
import { listJobs } from './list-jobs.ts';
import { FINAL_STATES, happenedBy, isDeletedBy, jobAt, type ScriptedJob } from './scripted-job.ts';

/** How long a killed job takes until it is interrupted. */
const KILL_MS = 5_000;

const textOf = (ms: number) => new Date(ms).toISOString();

/** What the provider knows, at the time of its clock. */
export interface Provider {
  readonly now: () => number;
  readonly projects: () => ReadonlySet<string>;
  /** Also those that are deleted: a bill has them. */
  readonly scripts: () => readonly ScriptedJob[];
  readonly put: (...jobs: readonly ScriptedJob[]) => void;
  readonly list: (project: string, query: URLSearchParams) => readonly Job[];
  readonly job: (project: string, id: string) => Job;
  /** Interrupts the job: what its script has later does not happen. */
  readonly kill: (project: string, id: string) => void;
  readonly delete: (project: string, id: string) => void;
}

/** The jobs of a provider. A script that is put again replaces the one with its id. */
export const createProvider = (now: () => number, jobs: readonly ScriptedJob[] = []): Provider => {
  const byProject = new Map<string, Map<string, ScriptedJob>>();
  const put = (job: ScriptedJob) => {
    const ofProject = byProject.get(job.project) ?? new Map<string, ScriptedJob>();
    byProject.set(job.project, ofProject.set(job.id, job));
  };
  for (const job of jobs) put(job);

  const scriptsOf = (project: string) => {
    const scripts = byProject.get(project);
    if (!scripts) throw notFound(`project ${project}`);
    return scripts;
  };
  const scriptOf = (project: string, id: string) => {
    const script = scriptsOf(project).get(id);
    if (!script || happenedBy(script, now()).length === 0 || isDeletedBy(script, now()))
      throw notFound(`job ${id}`);
    return script;
  };

  return {
    now,
    projects: () => new Set(byProject.keys()),
    scripts: () => [...byProject.values()].flatMap((scripts) => [...scripts.values()]),
    put: (...more) => more.forEach(put),
    list: (project, query) =>
      listJobs(
        [...scriptsOf(project).values()].flatMap((script) => jobAt(script, now()) ?? []),
        query,
      ),
    job: (project, id) => jobAt(scriptOf(project, id), now()) as Job,
    kill: (project, id) => {
      const script = scriptOf(project, id);
      const happened = happenedBy(script, now());
      const state = happened.at(-1)?.state;
      if (state === undefined || FINAL_STATES.includes(state)) return;
      const killed: StateChange[] = [
        { state: 'INTERRUPTING', date: textOf(now()) },
        { state: 'INTERRUPTED', date: textOf(now() + KILL_MS) },
      ];
      put({ ...script, transitions: [...happened, ...killed] });
    },
    delete: (project, id) => put({ ...scriptOf(project, id), deletedAt: textOf(now()) }),
  };
};
