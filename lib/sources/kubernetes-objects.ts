import * as v from 'valibot';
import { readInstant } from './read-instant.ts';
import { list, MaybeText, object, readerOf, Seconds, Text } from './record-members.ts';

// What is read of the objects of Kubernetes (core/v1, batch/v1) and Kueue, as their API gives them.

const Texts = v.nullish(v.record(Text, Text, 'is not an object'), {});

const Metadata = object({
  uid: Text,
  name: Text,
  namespace: MaybeText,
  resourceVersion: v.nullish(Text, ''),
  creationTimestamp: MaybeText,
  deletionTimestamp: MaybeText,
  deletionGracePeriodSeconds: Seconds,
  labels: Texts,
  annotations: Texts,
  ownerReferences: list(object({ kind: Text, uid: Text })),
});

const Quantities = v.nullish(
  v.record(Text, v.union([Text, v.number()], 'is not a quantity'), 'is not an object'),
  {},
);
const Requirements = v.nullish(object({ requests: Quantities, limits: Quantities }));
const Container = object({ restartPolicy: MaybeText, resources: Requirements });
export type Container = v.InferOutput<typeof Container>;

const Conditions = list(
  object({ type: Text, status: Text, reason: MaybeText, lastTransitionTime: MaybeText }),
);

const ContainerState = v.nullish(
  object({
    running: v.nullish(object({ startedAt: MaybeText })),
    terminated: v.nullish(object({ startedAt: MaybeText, finishedAt: MaybeText })),
  }),
);
const ContainerStatus = object({ state: ContainerState, lastState: ContainerState });
export type ContainerStatus = v.InferOutput<typeof ContainerStatus>;

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

const PodObject = object({
  metadata: Metadata,
  spec: object({
    nodeName: MaybeText,
    activeDeadlineSeconds: Seconds,
    containers: v.array(Container, 'is not a list'),
    initContainers: list(Container),
    resources: Requirements,
    resourceClaims: list(v.unknown()),
  }),
  status: object({
    phase: v.picklist(PHASES, ({ received }) => `${received} is not a known phase`),
    reason: MaybeText,
    conditions: Conditions,
    containerStatuses: list(ContainerStatus),
    initContainerStatuses: list(ContainerStatus),
  }),
});
export type PodObject = v.InferOutput<typeof PodObject>;

const JobObject = object({
  metadata: Metadata,
  spec: object({ activeDeadlineSeconds: Seconds }),
  status: v.nullish(object({ startTime: MaybeText, completionTime: MaybeText, conditions: Conditions })),
});
export type JobObject = v.InferOutput<typeof JobObject>;

const NodeObject = object({ metadata: Metadata });
export type NodeObject = v.InferOutput<typeof NodeObject>;

const WorkloadObject = object({
  metadata: Metadata,
  spec: object({ queueName: MaybeText, maximumExecutionTimeSeconds: Seconds }),
});
export type WorkloadObject = v.InferOutput<typeof WorkloadObject>;

const WHAT = 'the object';
export const readPodObject = readerOf<PodObject>(WHAT, PodObject);
export const readJobObject = readerOf<JobObject>(WHAT, JobObject);
export const readNodeObject = readerOf<NodeObject>(WHAT, NodeObject);
export const readWorkloadObject = readerOf<WorkloadObject>(WHAT, WorkloadObject);

/** Epoch milliseconds; none where a time is null or the zero time of Go, of the year 1. */
export const timeOf = (name: string, text: string | null | undefined): number | undefined =>
  text === null || text === undefined || text.startsWith('0001-')
    ? undefined
    : Date.parse(readInstant(name, text));

type Condition = PodObject['status']['conditions'][number];

/** The condition of a type, if it is true. */
export const trueCondition = (conditions: readonly Condition[], type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type && condition.status === 'True');

/** When conditions of some types became true, the first type first. */
export const timeOfCondition = (
  conditions: readonly Condition[],
  ...types: readonly string[]
): number | undefined => {
  for (const type of types) {
    const time = timeOf(`the time of ${type}`, trueCondition(conditions, type)?.lastTransitionTime);
    if (time !== undefined) return time;
  }
  return undefined;
};
