import { type JobObject, timeOf, timeOfCondition, trueCondition } from './kubernetes-objects.ts';

/** What a Job says of its pods. Times are epoch milliseconds. */
export interface Job {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly deadlineSeconds?: number | undefined;
  readonly started?: number | undefined;
  /** When it had completed or failed. */
  readonly ended?: number | undefined;
  readonly hasExceededDeadline: boolean;
}

export const readJob = ({ metadata, spec, status }: JobObject): Job => {
  const conditions = status?.conditions ?? [];
  return {
    name: metadata.name,
    version: metadata.resourceVersion,
    labels: metadata.labels,
    deadlineSeconds: spec.activeDeadlineSeconds ?? undefined,
    started: timeOf('status.startTime', status?.startTime),
    ended:
      timeOf('status.completionTime', status?.completionTime) ??
      timeOfCondition(conditions, 'Failed', 'Complete'),
    // FailureTarget comes first: the Job waits for its pods to end before it is Failed.
    hasExceededDeadline: ['FailureTarget', 'Failed'].some(
      (type) => trueCondition(conditions, type)?.reason === 'DeadlineExceeded',
    ),
  };
};
