import { SECOND_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';
import type { Job } from './kubernetes-job.ts';
import type { Pod } from './kubernetes-pod.ts';
import { eventOf, type ReportedEvent, type ReportedJob, type Stated, Unreadable } from './reported-event.ts';

/** A status of a pod and its time. */
type Step = readonly [Status, number];

const hasEnded = ({ phase }: Pod): boolean => phase === 'Succeeded' || phase === 'Failed';

/**
 * When a pod ended. Where containers that ran do not say it, their Job does: it ends after its
 * pods. One that never ran has its last change, and one that a watch has seen go its deletion at
 * the latest.
 */
const endOf = (pod: Pod, job: Job | undefined): number | undefined => {
  const { started, finished, lastChange, deletionRequested, deletion, isDeleted } = pod;
  const notBeforeStart = (time: number | undefined) =>
    time !== undefined && time >= (started ?? 0) ? time : undefined;
  if (hasEnded(pod)) return finished ?? (started === undefined ? lastChange : notBeforeStart(job?.ended));
  if (!isDeleted) return undefined;
  const hasStopped = finished !== undefined && finished >= (deletionRequested ?? Infinity);
  return hasStopped ? finished : notBeforeStart(deletion);
};

/** Deletion of a pod that has ended is its removal. One that no node has taken holds nothing. */
const interruptionOf = (pod: Pod, end: number | undefined): number | undefined => {
  const { scheduled, started, deletionRequested } = pod;
  const isHolding = scheduled !== undefined || started !== undefined;
  return isHolding && (deletionRequested ?? Infinity) < (end ?? Infinity) ? deletionRequested : undefined;
};

/** Whether a deadline stopped the pod: its own, or its Job's, which it had not failed before. */
const isTimedOut = (pod: Pod, job: Job | undefined, end: number | undefined): boolean => {
  if (pod.phase === 'Succeeded') return false;
  if (pod.hasExceededDeadline) return true;
  if (!job?.hasExceededDeadline) return false;
  const { started, deadlineSeconds } = job;
  if (started === undefined || deadlineSeconds === undefined) return true;
  return (end ?? Infinity) >= started + deadlineSeconds * SECOND_MS;
};

/** The statuses of a pod that is stopped, or has ended. */
const stopOf = (pod: Pod, job: Job | undefined): readonly Step[] => {
  const end = endOf(pod, job);
  const interruption = interruptionOf(pod, end);
  const ended = (status: Status): Step[] => (end === undefined ? [] : [[status, end]]);
  if (isTimedOut(pod, job, end)) {
    const timeout = interruption ?? end;
    return [...(timeout === undefined ? [] : [['TIMEOUT', timeout] as const]), ...ended('INTERRUPTED')];
  }
  const interrupting: Step[] = interruption === undefined ? [] : [['INTERRUPTING', interruption]];
  if (pod.phase === 'Succeeded') return [...interrupting, ...ended('DONE')];
  const isInterrupted = pod.isDisrupted || interruption !== undefined || !hasEnded(pod);
  return [...interrupting, ...ended(isInterrupted ? 'INTERRUPTED' : 'FAILED')];
};

/** Whether a pod has ended or is gone, and nothing says when. */
export const isWithoutEnd = (pod: Pod, job: Job | undefined): boolean =>
  (hasEnded(pod) || pod.isDeleted === true) && endOf(pod, job) === undefined;

/**
 * The events of a pod. What it runs on is stated once its node is known: when it is scheduled, or
 * else when it runs.
 */
export const podEvents = (
  pod: Pod,
  job: Job | undefined,
  reported: ReportedJob,
  stated: Stated,
): ReportedEvent[] => {
  const { created, scheduled, started } = pod;
  const steps: readonly Step[] = [
    ['QUEUED', created],
    ...(scheduled === undefined ? [] : [['PENDING', scheduled] as const]),
    ...(started === undefined ? [] : [['RUNNING', started] as const]),
    ...stopOf(pod, job),
  ];
  if (steps.some(([, time], index) => time < (steps[index - 1]?.[1] ?? time)))
    throw new Unreadable('its times are not in order: the clocks of its node and of the cluster differ');
  const stating = steps.findIndex(([status]) => status === 'PENDING' || status === 'RUNNING');
  return steps.map(([status, time], index) =>
    eventOf(reported, status, time, index === stating ? stated : undefined),
  );
};
