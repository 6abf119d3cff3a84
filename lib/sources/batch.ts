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
import { list, object, readerOf, Seconds, Text } from './record-members.ts';
import { eventOf, type ReportedEvent, type ReportedResources, readId, Unreadable } from './reported-event.ts';
import { timeoutOf } from './timeout.ts';
import type { SourceOptions, Translator } from './translator.ts';

/** What a job enters when it ends. Until then its attempts say all there is. */
const END: Readonly<Record<string, Status>> = { SUCCEEDED: 'DONE', FAILED: 'FAILED' };

const STATUSES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', ...Object.keys(END)];

const Attempt = object({ startedAt: v.nullish(Time), stoppedAt: v.nullish(Time) });
type Attempt = v.InferOutput<typeof Attempt>;

const BatchJob = object({
  jobId: Text,
  jobName: Text,
  jobQueue: Text,
  status: v.picklist(STATUSES, ({ received }) => `${received} is not a known status`),
  createdAt: Time,
  startedAt: v.nullish(Time),
  stoppedAt: v.nullish(Time),
  attempts: list(Attempt),
  container: v.nullish(
    object({
      resourceRequirements: list(object({ type: Text, value: Text })),
    }),
  ),
  arrayProperties: v.nullish(object({ size: v.nullish(v.number()), index: v.nullish(v.number()) })),
  nodeProperties: v.nullish(object({})),
  timeout: v.nullish(
    object({
      attemptDurationSeconds: Seconds,
    }),
  ),
  tags: Tags,
});
type BatchJob = v.InferOutput<typeof BatchJob>;
const readBatchJob = readerOf<BatchJob>('the detail', BatchJob);

/** Fargate takes parts of a CPU. */
const COUNT = /^\d{1,5}(\.\d{1,3})?$/;

/** The queue is all that a job says of the machines it runs on, so a price hangs on it. */
const resourcesOf = ({ container }: BatchJob, queue: string): ReportedResources => {
  const countOf = (wanted: string) => {
    const { value = '0' } = container?.resourceRequirements.find(({ type }) => type === wanted) ?? {};
    if (COUNT.test(value)) return Number(value);
    throw new Unreadable(`container.resourceRequirements has ${wanted} ${JSON.stringify(value)}`);
  };
  const [gpu, cpu] = [countOf('GPU'), countOf('VCPU')];
  if (gpu + cpu === 0) throw new Unreadable('container.resourceRequirements has neither GPU nor VCPU');
  return { flavor: readId('jobQueue', queue), ...(gpu > 0 && { gpu }), ...(cpu > 0 && { cpu }) };
};

/** The parts of a job are jobs of their own: their parent uses nothing. */
const isArrayParent = ({ arrayProperties }: BatchJob): boolean =>
  arrayProperties?.size != null && arrayProperties.index == null;

const isNode = ({ jobId }: BatchJob): boolean => jobId.includes('#');

/** All attempts: the current one is listed once it has ended. */
const attemptsOf = ({ attempts, status, startedAt, stoppedAt }: BatchJob): readonly Attempt[] => {
  const isEnded = status in END;
  const last = attempts.at(-1);
  if (startedAt == null || attempts.some((attempt) => attempt.startedAt === startedAt))
    return isEnded && last
      ? attempts.with(-1, { ...last, stoppedAt: last.stoppedAt ?? stoppedAt })
      : attempts;
  return isEnded || status === 'RUNNING'
    ? [...attempts, { startedAt, stoppedAt: isEnded ? stoppedAt : undefined }]
    : attempts;
};

/** The reason why an attempt is not believed to have run as it says. */
const problemWith = ({ startedAt, stoppedAt }: Attempt, before: number, mayRun: boolean) => {
  if (startedAt == null) return undefined;
  if (startedAt < before) return 'starts before the job was created, or an earlier attempt stopped';
  if (stoppedAt == null) return mayRun ? undefined : 'has no stoppedAt';
  return stoppedAt < startedAt ? 'stops before it starts' : undefined;
};

const translateJob = (detail: unknown, options: SourceOptions): TranslatedDetail => {
  const job = readBatchJob(detail);
  if (isArrayParent(job)) return { events: [], problems: [] };
  if (job.nodeProperties && !isNode(job))
    throw new Unreadable('a multi-node parallel job is counted by its nodes, whose ids have a #');
  const { name: queue, ...place } = readArn('jobQueue', job.jobQueue, 'job-queue');
  const reported = {
    source: `urn:aws:batch:${place.region}:${place.account}`,
    projectId: projectOfJob(place, job.tags, options),
    jobId: readId('jobId', job.jobId.replace('#', '.')),
  };
  const stated = {
    resources: resourcesOf(job, queue),
    labels: labelsOfJob(job.tags, { name: job.jobName, queue }, options),
    timeout: timeoutOf(job.timeout?.attemptDurationSeconds),
  };

  const attempts = attemptsOf(job);
  const end = END[job.status];
  const events: ReportedEvent[] = [eventOf(reported, 'QUEUED', job.createdAt, stated)];
  const problems: string[] = [];
  let before = job.createdAt;
  attempts.forEach((attempt, index) => {
    const { startedAt, stoppedAt } = attempt;
    const isLast = index === attempts.length - 1;
    const problem = problemWith(attempt, before, isLast && job.status === 'RUNNING');
    if (problem) problems.push(`attempt ${index + 1} ${problem}`);
    if (problem || startedAt == null) return;
    events.push(eventOf(reported, 'RUNNING', startedAt));
    if (stoppedAt != null && !(end && isLast)) events.push(eventOf(reported, 'RESTARTING', stoppedAt));
    before = stoppedAt ?? startedAt;
  });
  const endTime = attempts.at(-1)?.stoppedAt ?? job.stoppedAt;
  if (end && endTime == null) problems.push(`the job has ${job.status} without a stoppedAt`);
  if (end && endTime != null) events.push(eventOf(reported, end, endTime));
  return { events, problems };
};

/**
 * Translates "Batch Job State Change" and the answers of DescribeJobs. A service job is a training
 * job of SageMaker, which reports it itself.
 */
export const createBatchTranslator = (options: SourceOptions): Translator =>
  createEventTranslator({
    detailType: 'Batch Job State Change',
    ignored: ['Batch Service Job State Change'],
    translate: (detail) => translateJob(detail, options),
  });
