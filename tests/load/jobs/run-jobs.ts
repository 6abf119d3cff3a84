import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { endedMonth } from '../../../bench/workload.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { childExit, stopChild } from '../../../local/child.ts';
import { localClientConfig, localEnvironment } from '../../../local/environment.ts';
import { type Parts, startParts } from '../parts.ts';
import { type Comparison, compareJobs } from './compare-jobs.ts';
import { type Floor, type FloorName, measureFloor } from './floor.ts';
import { EVENTS_A_JOB, type Jobs, projectsFor } from './jobs.ts';
import { type Senders, type Sent, startSenders } from './start-senders.ts';
import { type Used, type Watch, watchProcesses } from './watch-processes.ts';

export interface JobsOptions {
  readonly jobs: number;
  readonly senders: number;
  readonly seed: number;
  /** Begin no further jobs after so long. */
  readonly minutes?: number | undefined;
  /** Events a second; as fast as they are answered without it. */
  readonly rate?: number | undefined;
  /** Events that each floor is measured with; 0 leaves them out. */
  readonly floor?: number | undefined;
}

/** What happened in a run; of one that was interrupted, as far as it came. */
export interface JobsRun {
  readonly options: JobsOptions;
  /** The load average is that before the run: of other work. */
  readonly machine: { readonly processors: number; readonly loadAverage: number };
  readonly floors: { [Name in FloorName]?: Floor };
  readonly projects: number;
  sent: Readonly<Sent>;
  /** From the first event until every event was settled. */
  settledMs?: number;
  /** Processor time and memory of all parts when all was settled, and of the close at its end. */
  used: Readonly<Record<string, Used>>;
  closeMs?: number;
  comparison?: Comparison;
  /** Why the run has no more than this. */
  ended?: string;
}

type OnProgress = (text: string) => void;

const SAMPLED_JOBS = 2_000;
/** So that following them is no load. */
const LARGEST_SHARE = 0.1;
/** Of the events: a rate needs no more of them. */
const FLOOR_SHARE = 0.1;
const FEWEST_OF_FLOOR = 6_000;
const COMMAND_LINE = 'cli/jobmeter.ts';
/** How long after all is settled the charges of sampled jobs may still be looked for. */
const LAST_SAMPLES_MS = 5_000;

const planOf = ({ jobs, seed }: JobsOptions): Jobs => {
  const month = endedMonth(Date.now());
  const { start } = createCalendar('UTC').month(month);
  return { jobs, projects: projectsFor(jobs), month, start, seed };
};

/** How far the events are, how fast, and how long it takes at this rate. */
export const progressText = ({ accepted, elapsedMs }: Sent, of: number): string => {
  const rate = (accepted / Math.max(1, elapsedMs)) * 1000;
  const left = rate > 0 ? `, ${Math.ceil((of - accepted) / rate / 60)} min left` : '';
  return `sending: ${accepted} of ${of} events, ${Math.round(rate)} a second${left}`;
};

/** Closes the month by the command line, as a process that is watched. */
const close = async (
  parts: Parts,
  { month }: Jobs,
  onStarted: (pid: number | undefined) => void,
  signal: AbortSignal,
): Promise<void> => {
  const child = spawn(process.execPath, [COMMAND_LINE, 'close', month], {
    env: { ...process.env, ...parts.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onStarted(child.pid);
  const exited = childExit(child);
  const stop = () => void stopChild(child, exited);
  signal.addEventListener('abort', stop);
  const said = await text(child.stderr);
  await exited;
  signal.removeEventListener('abort', stop);
  assert(child.exitCode === 0, `${month} does not close: ${said.trim().split('\n').at(-1)}`);
};

interface Play {
  readonly run: JobsRun;
  readonly jobs: Jobs;
  readonly parts: Parts;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly pids: { senders?: number | undefined; close?: number | undefined };
  readonly watch: Watch;
}

/** Sends everything and waits until it is settled. Returns how many jobs were sent. */
const sendAndSettle = async (play: Play, startedSenders: (senders: Senders) => void): Promise<number> => {
  const { run, jobs, parts, signal, onProgress, pids, watch } = play;
  const { senders: count, rate, minutes } = run.options;
  const { url, endpoint, tableName, webhookSecret } = parts;
  const startedAt = performance.now();
  const senders = startSenders(
    {
      ...{ jobs, senders: count, rate, webhookSecret },
      target: { kind: 'api', url, endpoint, tableName },
      sampleEvery: Math.ceil(Math.max(1 / LARGEST_SHARE, jobs.jobs / SAMPLED_JOBS)),
    },
    localEnvironment(endpoint),
    (sent) => onProgress(progressText(sent, jobs.jobs * EVENTS_A_JOB)),
  );
  startedSenders(senders);
  run.sent = senders.sent;
  pids.senders = senders.pid;
  const timer = minutes === undefined ? undefined : setTimeout(senders.finish, minutes * 60_000);
  const sent = await senders.allSent.finally(() => clearTimeout(timer));
  if (sent < jobs.jobs) run.ended = `sending ended after ${minutes} minutes`;
  onProgress('settling what was sent');
  await parts.caughtUp();
  run.settledMs = performance.now() - startedAt;
  await Promise.race([senders.done, pause(LAST_SAMPLES_MS, undefined, { signal })]);
  run.used = await watch.used();
  return sent;
};

const play = async (stage: Play, startedSenders: (senders: Senders) => void): Promise<void> => {
  const { run, jobs, parts, signal, onProgress, pids, watch } = stage;
  const sent = await sendAndSettle(stage, startedSenders);
  onProgress(`closing ${jobs.month}`);
  const closedAt = performance.now();
  await close(
    parts,
    jobs,
    (pid) => {
      pids.close = pid;
    },
    signal,
  );
  run.closeMs = performance.now() - closedAt;
  const { close: closing } = await watch.used();
  run.used = { ...run.used, ...(closing && { close: closing }) };
  const client = new DynamoDB(localClientConfig(parts.endpoint));
  try {
    const store = createStore(createDynamoDbTable(client, parts.tableName, pause));
    run.comparison = await compareJobs(store, jobs, sent, (done, of) => {
      signal.throwIfAborted();
      onProgress(`comparing with the oracle: ${done} of ${of} projects`);
    });
  } finally {
    client.destroy();
  }
};

const measureFloors = async (run: JobsRun, jobs: Jobs, signal: AbortSignal, onProgress: OnProgress) => {
  const { senders, floor } = run.options;
  const all = jobs.jobs * EVENTS_A_JOB;
  const events = Math.min(all, floor ?? Math.max(FEWEST_OF_FLOOR, all * FLOOR_SHARE));
  if (events === 0) return;
  for (const name of ['table', 'http'] as const)
    run.floors[name] = await measureFloor(name, {
      ...{ jobs, senders, events, signal, onProgress },
      webhookSecret: 'whsec_Zmxvb3I=',
    });
};

/**
 * Starts the local stack in memory, sends the jobs, settles and closes, and compares all with the
 * oracle. Gives what it has if it is interrupted. Leaves nothing behind.
 */
export const runJobs = async (
  options: JobsOptions,
  interrupted: AbortSignal,
  onProgress: OnProgress,
): Promise<JobsRun> => {
  const jobs = planOf(options);
  const run: JobsRun = {
    ...{ options, projects: jobs.projects, floors: {}, used: {} },
    machine: { processors: availableParallelism(), loadAverage: loadavg()[0] ?? 0 },
    sent: { accepted: 0, retries: 0, elapsedMs: 0, answered: [], visible: [] },
  };
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  interrupted.addEventListener('abort', () => reject(interrupted.reason));
  aborted.catch(() => {});
  let parts: Parts | undefined;
  let senders: Senders | undefined;
  let watch: Watch | undefined;
  try {
    await measureFloors(run, jobs, interrupted, onProgress);
    onProgress('starting the stack');
    parts = await startParts({ settlesApart: true });
    const pids: Play['pids'] = {};
    const { pidOf } = parts;
    watch = watchProcesses(() => ({
      ...{ senders: pids.senders, functions: pidOf('functions'), trigger: pidOf('trigger') },
      ...{ database: pidOf('database'), close: pids.close },
    }));
    const stage = { run, jobs, parts, signal: interrupted, onProgress, pids, watch };
    await Promise.race([
      play(stage, (started) => {
        senders = started;
      }),
      parts.died,
      aborted,
    ]);
  } catch (error) {
    if (!interrupted.aborted)
      throw new Error([String(error), ...(parts?.log.slice(-20) ?? [])].join('\n'), { cause: error });
    run.ended = interrupted.reason.message;
    if (watch && Object.keys(run.used).length === 0) run.used = await watch.used();
  } finally {
    watch?.stop();
    await senders?.stop();
    await parts?.stop();
  }
  return run;
};
