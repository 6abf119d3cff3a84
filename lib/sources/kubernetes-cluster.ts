import { compareText } from '../billing/compare-text.ts';
import { type Job, readJob } from './kubernetes-job.ts';
import {
  readJobObject,
  readNodeObject,
  readPodObject,
  readWorkloadObject,
  type WorkloadObject,
} from './kubernetes-objects.ts';
import { least, type Pod, readPod } from './kubernetes-pod.ts';
import type { Listed } from './kubernetes-records.ts';

/** What a Workload of Kueue says that its pods and its Job may not. It counts no GPUs again. */
export interface Workload {
  readonly version: string;
  readonly queue?: string | undefined;
  readonly limitSeconds?: number | undefined;
}

interface Node {
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Place {
  readonly position: number;
  /** Tells it from others at its position, or empty. */
  readonly name: string;
}

/** A pod, and where it was read last. */
export interface ListedPod extends Place {
  readonly pod: Pod;
}

/** Versions are whole numbers that grow. Where they are equal, any order must give the same. */
const isLater = <Item extends { readonly version: string }>(a: Item, b: Item): boolean =>
  (a.version.length - b.version.length ||
    compareText(a.version, b.version) ||
    compareText(JSON.stringify(a), JSON.stringify(b))) > 0;

const keepLatest = <Item extends { readonly version: string }>(
  items: Map<string, Item>,
  key: string,
  item: Item,
): void => {
  const before = items.get(key);
  if (!before || isLater(item, before)) items.set(key, item);
};

const readWorkload = ({ metadata, spec }: WorkloadObject): Workload => ({
  version: metadata.resourceVersion,
  queue: spec.queueName ?? undefined,
  limitSeconds: spec.maximumExecutionTimeSeconds ?? undefined,
});

/** The objects that were read, each in its latest version, whatever order they came in. */
export const createCluster = () => {
  const pods = new Map<string, Pod>();
  const places = new Map<string, Place>();
  /** Restarts of a container overwrite its earlier starts. */
  const starts = new Map<string, number | undefined>();
  const deleted = new Set<string>();
  const jobs = new Map<string, Job>();
  const nodes = new Map<string, Node>();
  const workloads = new Map<string, Workload>();

  const keepPod = (pod: Pod, isDeleted: boolean, place: Place): void => {
    keepLatest(pods, pod.uid, pod);
    places.set(pod.uid, place);
    starts.set(pod.uid, least(starts.get(pod.uid), pod.started));
    if (isDeleted) deleted.add(pod.uid);
  };

  return {
    keep({ kind, value, name, isDeleted }: Listed, position: number): void {
      if (kind === 'Pod') {
        keepPod(readPod(readPodObject(value)), isDeleted, { position, name });
      } else if (kind === 'Job') {
        const job = readJobObject(value);
        keepLatest(jobs, job.metadata.uid, readJob(job));
      } else if (kind === 'Node') {
        const { labels, resourceVersion, ...node } = readNodeObject(value).metadata;
        keepLatest(nodes, node.name, { labels, version: resourceVersion });
      } else {
        const workload = readWorkloadObject(value);
        for (const { uid } of workload.metadata.ownerReferences)
          keepLatest(workloads, uid, readWorkload(workload));
      }
    },
    pods: (): ListedPod[] =>
      [...pods.values()].map((pod) => ({
        pod: { ...pod, started: starts.get(pod.uid), isDeleted: deleted.has(pod.uid) },
        ...(places.get(pod.uid) ?? { position: 1, name: '' }),
      })),
    /** The Job of a pod, its Workload and its node, if they were read. */
    of: ({ uid, jobUid = '', nodeName = '' }: Pod) => ({
      job: jobs.get(jobUid),
      workload: workloads.get(jobUid) ?? workloads.get(uid),
      node: nodes.get(nodeName),
    }),
  };
};
export type Cluster = ReturnType<typeof createCluster>;
