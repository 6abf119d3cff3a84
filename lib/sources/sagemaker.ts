import * as v from 'valibot';
import type { Status } from '../billing/statuses.ts';
import {
  createEventTranslator,
  labelsOfJob,
  projectOfJob,
  readArn,
  Tags,
  Time,
  type TranslatedDetail,
} from './event-bridge.ts';
import { Count, list, object, readerOf, Seconds, Text } from './record-members.ts';
import { eventOf, type ReportedResources, readId, Unreadable } from './reported-event.ts';
import { timeoutOf } from './timeout.ts';
import type { SourceOptions, Translator } from './translator.ts';

/**
 * What a job enters with a secondary status; null where its last event says so. Pending waits for
 * capacity, and Updating changes settings of a job that goes on.
 */
const ENTERS = {
  ...{ Pending: 'QUEUED' },
  ...{ Starting: 'INITIALIZING', LaunchingMLInstances: 'INITIALIZING' },
  ...{ PreparingTrainingStack: 'INITIALIZING', DownloadingTrainingImage: 'INITIALIZING' },
  ...{ Downloading: 'RUNNING', Training: 'RUNNING', Uploading: 'RUNNING', Updating: 'RUNNING' },
  ...{ Interrupted: 'RESTARTING', Restarting: 'RESTARTING' },
  Stopping: 'INTERRUPTING',
  ...{ Completed: null, Failed: null, Stopped: null, MaxRuntimeExceeded: null, MaxWaitTimeExceeded: null },
} as const satisfies Record<string, Status | null>;

const END: Readonly<Record<string, Status>> = {
  Completed: 'DONE',
  Failed: 'FAILED',
  Stopped: 'INTERRUPTED',
};

const SecondaryStatus = v.picklist(
  Object.keys(ENTERS) as (keyof typeof ENTERS)[],
  ({ received }) => `${received} is not a known status`,
);

const Instances = { InstanceType: v.nullish(Text), InstanceCount: Count };

const TrainingJob = object({
  TrainingJobName: Text,
  TrainingJobArn: Text,
  TrainingJobStatus: v.picklist(
    ['InProgress', 'Stopping', ...Object.keys(END)],
    ({ received }) => `${received} is not a known status`,
  ),
  SecondaryStatus,
  ResourceConfig: object({
    ...Instances,
    InstanceGroups: list(object(Instances)),
  }),
  StoppingCondition: v.nullish(
    object({
      MaxRuntimeInSeconds: Seconds,
    }),
  ),
  CreationTime: Time,
  TrainingStartTime: v.nullish(Time),
  TrainingEndTime: v.nullish(Time),
  SecondaryStatusTransitions: list(object({ Status: SecondaryStatus, StartTime: Time })),
  Tags,
});
type TrainingJob = v.InferOutput<typeof TrainingJob>;
const readTrainingJob = readerOf<TrainingJob>('the detail', TrainingJob);

/** SageMaker reports no GPUs: a tariff prices the instances of a type, as AWS does. */
const resourcesOf = ({ ResourceConfig }: TrainingJob): ReportedResources => {
  const { InstanceGroups: groups } = ResourceConfig;
  const instances = groups.length > 0 ? groups : [ResourceConfig];
  const types = new Set(instances.map(({ InstanceType }) => InstanceType));
  if (types.size > 1) throw new Unreadable('ResourceConfig.InstanceGroups has several instance types');
  const [type] = types;
  const node = instances.reduce((sum, { InstanceCount }) => sum + InstanceCount, 0);
  if (!type || node === 0) throw new Unreadable('ResourceConfig has no instance type and count');
  return { flavor: readId('InstanceType', type), node };
};

/** A status that a job enters. */
interface Step {
  readonly status: Status;
  readonly time: number;
}

const byTime = (a: Step, b: Step): number => a.time - b.time;

/** The statuses by the secondary ones, by time; a status that goes on is no step. */
const reportedSteps = ({ SecondaryStatusTransitions: transitions, CreationTime }: TrainingJob): Step[] => {
  const steps: Step[] = [{ status: 'QUEUED', time: CreationTime }];
  for (const { Status, StartTime: time } of transitions.toSorted((a, b) => a.StartTime - b.StartTime)) {
    const status = ENTERS[Status];
    if (status && status !== steps.at(-1)?.status) steps.push({ status, time });
  }
  return steps;
};

/**
 * The steps of a job that has not ended. The first run begins at TrainingStartTime, from which AWS
 * bills; without it nothing has run. A run after an interruption begins as its transition says.
 */
const stepsByRuns = (job: TrainingJob): Step[] => {
  const { TrainingStartTime: start } = job;
  const steps = reportedSteps(job);
  if (start == null) return steps.filter(({ status }) => status !== 'RUNNING');
  const first = steps.findIndex(({ status }) => status === 'RUNNING');
  const run: Step = { status: 'RUNNING', time: start };
  if (first === -1) return [...steps.slice(0, 1), ...[...steps.slice(1), run].sort(byTime)];
  const isOfLaterRun = start >= (steps[first + 1]?.time ?? Infinity);
  return isOfLaterRun ? steps : steps.with(first, run);
};

/** The same, where INTERRUPTING, which a tariff may bill, only follows on a run. */
const stepsOf = (job: TrainingJob): Step[] =>
  stepsByRuns(job).filter(
    ({ status }, index, steps) => status !== 'INTERRUPTING' || steps[index - 1]?.status === 'RUNNING',
  );

/** When a job has ended: what ran is billed by AWS until TrainingEndTime. */
const endTimeOf = (job: TrainingJob): number | undefined => {
  if (job.TrainingStartTime != null) return job.TrainingEndTime ?? undefined;
  const last = job.SecondaryStatusTransitions.findLast(({ Status }) => ENTERS[Status] === null);
  return last?.StartTime ?? job.TrainingEndTime ?? undefined;
};

/** A job is over its time from when it is stopped for it. */
const endSteps = (job: TrainingJob, steps: readonly Step[], status: Status, time: number): Step[] => {
  if (job.SecondaryStatus !== 'MaxRuntimeExceeded') return [{ status, time }];
  const stopping = steps.find((step) => step.status === 'INTERRUPTING');
  return [
    { status: 'TIMEOUT', time: stopping?.time ?? time },
    { status, time },
  ];
};

const inOrder = (steps: readonly Step[]): boolean =>
  steps.every(({ time }, index) => time >= (steps[index - 1]?.time ?? time));

const translateJob = (detail: unknown, options: SourceOptions): TranslatedDetail => {
  const job = readTrainingJob(detail);
  const place = readArn('TrainingJobArn', job.TrainingJobArn, 'training-job');
  const reported = {
    source: `urn:aws:sagemaker:${place.region}:${place.account}`,
    projectId: projectOfJob(place, job.Tags, options),
    jobId: readId('TrainingJobName', `${place.region}:${job.TrainingJobName}`),
  };
  const stated = {
    resources: resourcesOf(job),
    labels: labelsOfJob(job.Tags, { name: job.TrainingJobName }, options),
    timeout: timeoutOf(job.StoppingCondition?.MaxRuntimeInSeconds),
  };
  const steps = stepsOf(job);
  const end = END[job.TrainingJobStatus];
  const endTime = end && endTimeOf(job);
  const ending = end && endTime !== undefined ? endSteps(job, steps, end, endTime) : [];
  if (!inOrder(steps) || !inOrder([...steps.slice(-1), ...ending.slice(-1)]))
    throw new Unreadable(
      'CreationTime, the transitions, TrainingStartTime and TrainingEndTime are not in order',
    );
  return {
    events: [...steps, ...ending].map(({ status, time }, index) =>
      eventOf(reported, status, time, index === 0 ? stated : undefined),
    ),
    problems: end && endTime === undefined ? [`the job is ${job.TrainingJobStatus} without an end`] : [],
  };
};

/** Translates "SageMaker Training Job State Change" and the answers of DescribeTrainingJob. */
export const createSagemakerTranslator = (options: SourceOptions): Translator =>
  createEventTranslator({
    detailType: 'SageMaker Training Job State Change',
    translate: (detail) => translateJob(detail, options),
  });
