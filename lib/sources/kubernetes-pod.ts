import { SECOND_MS } from '../billing/minutes.ts';
import {
  type ContainerStatus,
  type PodObject,
  timeOf,
  timeOfCondition,
  trueCondition,
} from './kubernetes-objects.ts';
import { type PodResources, podResourcesOf } from './kubernetes-resources.ts';
import { readId, Unreadable } from './reported-event.ts';

/** What an object says of a pod. Times are epoch milliseconds, absent where they are not known. */
export interface Pod {
  readonly uid: string;
  readonly name: string;
  readonly version: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeName?: string | undefined;
  /** Uid of the Job that it is of. */
  readonly jobUid?: string | undefined;
  readonly resources: PodResources;
  readonly deadlineSeconds?: number | undefined;
  readonly phase: PodObject['status']['phase'];
  readonly created: number;
  readonly scheduled?: number | undefined;
  /** The earliest known start of a container. */
  readonly started?: number | undefined;
  /** When its deletion was requested, and when it was to be gone. */
  readonly deletionRequested?: number | undefined;
  readonly deletion?: number | undefined;
  /** When the last container ended, if each says so. */
  readonly finished?: number | undefined;
  /** When a condition changed last. */
  readonly lastChange?: number | undefined;
  readonly isDisrupted: boolean;
  readonly hasExceededDeadline: boolean;
  /** A watch has seen it go. */
  readonly isDeleted?: boolean;
}

type Numbers = readonly (number | undefined)[];

/** The least of the numbers that are known; undefined if none is. */
export const least = (...numbers: Numbers): number | undefined =>
  numbers.reduce((a, b) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)), undefined);
const greatest = (...numbers: Numbers): number | undefined =>
  numbers.reduce((a, b) => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)), undefined);

/** A container that was restarted has its earlier start in `lastState`. */
const startOf = ({ state, lastState }: ContainerStatus): number | undefined =>
  least(
    ...[state?.running, state?.terminated, lastState?.running, lastState?.terminated].map((part) =>
      timeOf('startedAt of a container', part?.startedAt),
    ),
  );

/** The end of the last container; unknown if one of them has ended, or runs, without a time. */
const finishOf = (statuses: readonly ContainerStatus[]): number | undefined => {
  const begun = statuses.filter(({ state }) => state?.running || state?.terminated);
  const ends = begun.map(({ state }) => timeOf('finishedAt of a container', state?.terminated?.finishedAt));
  return ends.includes(undefined) ? undefined : greatest(...ends);
};

const ownerOf = ({ ownerReferences, labels }: PodObject['metadata']): string | undefined =>
  ownerReferences.find(({ kind }) => kind === 'Job')?.uid ??
  labels['batch.kubernetes.io/controller-uid'] ??
  labels['controller-uid'];

/**
 * `deletionTimestamp` is when a pod is to be gone: when the deletion was requested plus the grace
 * period. The request is when containers are told to stop.
 */
const deletionOf = ({ deletionTimestamp, deletionGracePeriodSeconds }: PodObject['metadata']) => {
  const deletion = timeOf('metadata.deletionTimestamp', deletionTimestamp);
  const grace = (deletionGracePeriodSeconds ?? 0) * SECOND_MS;
  return { deletion, deletionRequested: deletion === undefined ? undefined : deletion - grace };
};

export const readPod = (pod: PodObject): Pod => {
  const { metadata, spec, status } = pod;
  const { conditions, containerStatuses, initContainerStatuses } = status;
  const created = timeOf('metadata.creationTimestamp', metadata.creationTimestamp);
  if (created === undefined) throw new Unreadable('metadata.creationTimestamp is missing');
  const started = least(...containerStatuses.map(startOf));
  if (status.phase === 'Succeeded' && started === undefined)
    throw new Unreadable('the phase is Succeeded, and no container has a start');
  return {
    uid: readId('metadata.uid', metadata.uid),
    name: metadata.name,
    version: metadata.resourceVersion,
    namespace: metadata.namespace ?? '',
    labels: metadata.labels,
    nodeName: spec.nodeName ?? undefined,
    jobUid: ownerOf(metadata),
    resources: podResourcesOf(pod),
    deadlineSeconds: spec.activeDeadlineSeconds ?? undefined,
    phase: status.phase,
    created,
    scheduled: timeOfCondition(conditions, 'PodScheduled'),
    started,
    ...deletionOf(metadata),
    finished: finishOf([...containerStatuses, ...initContainerStatuses]),
    lastChange: greatest(
      ...conditions.map(({ lastTransitionTime }) => timeOf('the time of a condition', lastTransitionTime)),
    ),
    isDisrupted: status.reason === 'Evicted' || trueCondition(conditions, 'DisruptionTarget') !== undefined,
    hasExceededDeadline: status.reason === 'DeadlineExceeded',
  };
};
