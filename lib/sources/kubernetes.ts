import { compareText } from '../billing/compare-text.ts';
import { fitLabels } from './fit-labels.ts';
import { type Cluster, createCluster, type ListedPod } from './kubernetes-cluster.ts';
import { isWithoutEnd, podEvents } from './kubernetes-events.ts';
import { least, type Pod } from './kubernetes-pod.ts';
import { objectsOf } from './kubernetes-records.ts';
import { resourcesOn } from './kubernetes-resources.ts';
import {
  joinTranslated,
  type Stated,
  type Translated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';
import { timeoutOf } from './timeout.ts';
import { projectOf, type SourceOptions, type Translator } from './translator.ts';

const SOURCE = 'urn:kubernetes';
const QUEUE = 'kueue.x-k8s.io/queue-name';

/** Labels by which controllers find their pods; what they say is in `job` and `queue`. */
const OF_CONTROLLERS =
  /^(batch\.kubernetes\.io\/|kueue\.x-k8s\.io\/|(job-name|controller-uid|pod-template-hash|controller-revision-hash)$)/;

/** A pod with what other objects say of it. */
const describe = (pod: Pod, cluster: Cluster, options: SourceOptions) => {
  const { job, workload, node } = cluster.of(pod);
  const own = Object.entries(pod.labels)
    .filter(([name]) => !OF_CONTROLLERS.test(name))
    .sort(([a], [b]) => compareText(a, b));
  const platform: Readonly<Record<string, string | undefined>> = {
    job: pod.labels['batch.kubernetes.io/job-name'] ?? pod.labels['job-name'] ?? job?.name,
    namespace: pod.namespace,
    queue: pod.labels[QUEUE] ?? job?.labels[QUEUE] ?? workload?.queue,
  };
  const fields: Readonly<Record<string, string | undefined>> = {
    ...platform,
    ...job?.labels,
    ...pod.labels,
    namespace: pod.namespace,
  };
  const projectId = projectOf(options, 'namespace', (name) =>
    Object.hasOwn(fields, name) ? fields[name] : undefined,
  );
  const stated: Stated = {
    resources: resourcesOn(pod.resources, node?.labels),
    labels: fitLabels(options.labels ?? {}, platform, Object.fromEntries(own)),
    timeout: timeoutOf(least(pod.deadlineSeconds, job?.deadlineSeconds, workload?.limitSeconds)),
  };
  return { job, reported: { source: SOURCE, projectId, jobId: pod.uid }, stated };
};

/** A list has many objects at one position: a reason names its own. */
const reasonOf = (name: string, reason: string): string => (name === '' ? reason : `${name}: ${reason}`);

const named = <Result>(name: string, read: () => Result): Result => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw new Unreadable(reasonOf(name, error.message));
  }
};

const NO_END = 'the pod has ended, and neither its containers nor its Job say when: its run stays open';

const translatePod = (
  { pod, position, name }: ListedPod,
  cluster: Cluster,
  options: SourceOptions,
): Translated => {
  const translated = translateRecord(position, () =>
    named(name, () => {
      const { job, reported, stated } = describe(pod, cluster, options);
      return podEvents(pod, job, reported, stated);
    }),
  );
  if (translated.events.length === 0 || !isWithoutEnd(pod, cluster.of(pod).job)) return translated;
  return { ...translated, skipped: [{ line: position, reason: reasonOf(name, NO_END) }] };
};

/**
 * Translates pods, one job each, with what Jobs, nodes and Workloads say of them: as objects, lists
 * of them, or events of a watch. Objects may come in any order, so `end` gives the events.
 */
export const createKubernetesTranslator = (options: SourceOptions): Translator => {
  const cluster = createCluster();
  return {
    next: (record, position) =>
      joinTranslated(
        objectsOf(record).map((read) =>
          translateRecord(position, () => {
            const object = read();
            named(object.name, () => cluster.keep(object, position));
            return [];
          }),
        ),
      ),
    end: () => joinTranslated(cluster.pods().map((listed) => translatePod(listed, cluster, options))),
  };
};
