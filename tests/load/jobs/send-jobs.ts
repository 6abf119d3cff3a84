import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '../../../bench/workload.ts';
import type { Transition } from '../../../lib/billing/facts.ts';
import { EVENTS_A_JOB, type Jobs, jobAt } from './jobs.ts';

/** Jobs of a sender that are under way at once: events of a job are some seconds apart. */
const JOBS_AT_ONCE = 64;

export interface Sending {
  readonly jobs: Jobs;
  readonly senders: number;
  /** Events a second of all senders; without it as fast as they are answered. */
  readonly rate?: number | undefined;
  /** Resolves once the event is accepted. */
  send(transition: Transition, job: Job, index: number): Promise<unknown>;
  /** Whether to begin no further jobs. */
  isOver(): boolean;
}

/** A time for each event, evenly; at once without a rate. */
const createPace = (rate: number | undefined) => {
  const startedAt = performance.now();
  let begun = 0;
  return async () => {
    if (rate === undefined) return;
    const at = startedAt + (begun++ / rate) * 1000;
    const early = at - performance.now();
    if (early > 1) await pause(early);
  };
};

/**
 * Sends the events of all jobs in order of their index, some jobs side by side, each sender one
 * event after the other. Resolves with how many jobs were sent whole: those with the first indexes.
 */
export const sendJobs = async ({ jobs, senders, rate, send, isOver }: Sending): Promise<number> => {
  let next = 0;
  const pace = createPace(rate);
  const work = async () => {
    while (next < jobs.jobs && !isOver()) {
      const from = next;
      next = Math.min(jobs.jobs, from + JOBS_AT_ONCE);
      const some = Array.from({ length: next - from }, (_, at) => jobAt(jobs, from + at));
      for (let event = 0; event < EVENTS_A_JOB; event += 1)
        for (const [at, job] of some.entries()) {
          const transition = job.transitions[event];
          await pace();
          if (transition) await send(transition, job, from + at);
        }
    }
  };
  await Promise.all(Array.from({ length: senders }, work));
  return next;
};
