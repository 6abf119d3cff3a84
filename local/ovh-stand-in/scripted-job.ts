import type { Job, JobSpec, JobState, JobStatus, Resources, StateChange } from './api-model.ts';

/** A job of the provider with everything that will happen to it. */
export interface ScriptedJob {
  /** A UUID. */
  readonly id: string;
  readonly project: string;
  readonly user: string;
  readonly name: string;
  readonly region: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources: Pick<Resources, 'flavor' | 'gpu' | 'cpu'>;
  readonly timeoutSeconds?: number;
  readonly timeoutAutoRestart?: boolean;
  /** Oldest first; dates in UTC with at most 6 fractional digits. The first one creates the job. */
  readonly transitions: readonly StateChange[];
  readonly deletedAt?: string;
}

const MICROS_PER_MS = 1000;

/** Epoch microseconds, the precision of the provider. */
export const microsOf = (date: string): number => {
  const [, digits = ''] = /\.\d{3}(\d{1,3})/.exec(date) ?? [];
  return Date.parse(date) * MICROS_PER_MS + Number(digits.padEnd(3, '0'));
};

/** The state changes up to an instant, epoch milliseconds. */
export const happenedBy = ({ transitions }: ScriptedJob, now: number): readonly StateChange[] =>
  transitions.filter(({ date }) => Date.parse(date) <= now);

export const isDeletedBy = ({ deletedAt }: ScriptedJob, now: number): boolean =>
  deletedAt !== undefined && Date.parse(deletedAt) <= now;

/** The job runs in these; the provider calls the last two not final. */
const IN_RUN: readonly JobState[] = ['RUNNING', 'INTERRUPTING', 'TIMEOUT'];
export const FINAL_STATES: readonly JobState[] = ['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'];

const EXIT_CODES: Readonly<Partial<Record<JobState, number>>> = { DONE: 0, FAILED: 1, INTERRUPTED: 137 };

const dateOfLast = (history: readonly StateChange[], states: readonly JobState[]): string | null =>
  history.findLast(({ state }) => states.includes(state))?.date ?? null;

interface Run {
  readonly startedAt: string;
  readonly stoppedAt: string | undefined;
}

const runsOf = (history: readonly StateChange[]): readonly Run[] => {
  const runs: Run[] = [];
  let startedAt: string | undefined;
  for (const { state, date } of history) {
    if (state === 'RUNNING') startedAt ??= date;
    else if (startedAt !== undefined && !IN_RUN.includes(state)) {
      runs.push({ startedAt, stoppedAt: date });
      startedAt = undefined;
    }
  }
  return startedAt === undefined ? runs : [...runs, { startedAt, stoppedAt: undefined }];
};

/** Seconds in all runs. Whether the provider sums over restarts is not documented. */
const durationOf = (runs: readonly Run[], now: number): number => {
  const ms = runs.reduce(
    (sum, { startedAt, stoppedAt }) =>
      sum + (stoppedAt === undefined ? now : Date.parse(stoppedAt)) - Date.parse(startedAt),
    0,
  );
  return Math.floor(ms / 1000);
};

const textOfMs = (ms: number) => new Date(ms).toISOString();

const statusAt = (job: ScriptedJob, history: readonly StateChange[], now: number): JobStatus => {
  const last = history.at(-1);
  const runs = runsOf(history);
  const run = runs.at(-1);
  const hasEnded = last !== undefined && FINAL_STATES.includes(last.state);
  const state = last?.state ?? 'QUEUED';
  const { timeoutSeconds } = job;
  return {
    state,
    history,
    info: { code: state === 'RESTARTING' ? 'JOB_QUEUED' : `JOB_${state}`, message: `Job is ${state}` },
    duration: run ? durationOf(runs, now) : null,
    exitCode: hasEnded ? (EXIT_CODES[state] ?? null) : null,
    queuedAt: dateOfLast(history, ['QUEUED']),
    initializingAt: dateOfLast(history, ['INITIALIZING']),
    startedAt: run?.startedAt ?? null,
    stoppedAt: run?.stoppedAt ?? null,
    finalizedAt: hasEnded ? last.date : null,
    timeoutAt:
      run && timeoutSeconds !== undefined
        ? textOfMs(Date.parse(run.startedAt) + timeoutSeconds * 1000)
        : null,
    lastTransitionDate: last?.date ?? null,
    dataSync: [],
    ...{ externalIp: null, ip: null, grpcAddress: null, infoUrl: null, monitoringUrl: null },
    ...{ sshUrl: null, url: null, volumes: null },
  };
};

const GIB = 2 ** 30;

const specOf = (job: ScriptedJob): JobSpec => ({
  name: job.name,
  image: 'ovhcom/ai-training-pytorch',
  region: job.region,
  labels: { ...job.labels, 'ovh/id': job.id, 'ovh/type': 'job' },
  resources: {
    ...job.resources,
    ...{ memory: 4 * GIB * job.resources.cpu, ephemeralStorage: 50 * GIB },
    ...{ publicNetwork: 1_500_000_000, privateNetwork: 0 },
    ...{ gpuModel: null, gpuBrand: job.resources.gpu > 0 ? 'NVIDIA' : null, gpuMemory: null },
  },
  timeout: job.timeoutSeconds ?? null,
  timeoutAutoRestart: job.timeoutAutoRestart ?? null,
  ...{ command: null, envVars: null, defaultHttpPort: null, grpcPort: null, partnerId: null },
  ...{ readUser: null, shutdown: null, sshPublicKeys: null, unsecureHttp: null, volumes: null },
});

/** The job as the API shows it at `now`: what has happened until then, and nothing of what will. */
export const jobAt = (job: ScriptedJob, now: number): Job | undefined => {
  const history = happenedBy(job, now);
  const [first] = history;
  if (!first || isDeletedBy(job, now)) return undefined;
  return {
    id: job.id,
    createdAt: first.date,
    updatedAt: history.at(-1)?.date ?? first.date,
    user: job.user,
    spec: specOf(job),
    status: statusAt(job, history, now),
  };
};
