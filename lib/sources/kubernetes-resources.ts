import type { Container, PodObject } from './kubernetes-objects.ts';
import { type ReportedResources, readId, Unreadable } from './reported-event.ts';

// What a pod has, by its requests: they are what the scheduler takes from a node.

/** Powers of ten of a quantity's suffix, in thousandths. */
const SUFFIX: Readonly<Record<string, number>> = { n: -6, u: -3, m: 0, '': 3, k: 6 };
const MOST_MILLI = 100_000_000;

/** `500m`, `2`, `1.5`: thousandths. Like Kubernetes, what is finer is rounded up. */
const readMilli = (name: string, quantity: string | number): number => {
  const [, whole, fraction = '', suffix = ''] =
    /^(\d{1,12})(?:\.(\d{1,9}))?([numk]?)$/.exec(String(quantity)) ?? [];
  if (whole === undefined)
    throw new Unreadable(`${name} ${JSON.stringify(quantity)} is not a quantity that is read`);
  const digits = BigInt(`${whole}${fraction}`);
  const power = (SUFFIX[suffix] ?? 3) - fraction.length;
  const unit = 10n ** BigInt(Math.abs(power));
  const milli = power >= 0 ? digits * unit : (digits + unit - 1n) / unit;
  return Number(milli);
};

type Requirements = Container['resources'];

/** A request that is not given is the limit. */
const requested = (resources: Requirements, name: string): number => {
  const quantity = [resources?.requests, resources?.limits].find(
    (values) => values && Object.hasOwn(values, name),
  )?.[name];
  return quantity === undefined ? 0 : readMilli(name, quantity);
};

/**
 * What a pod is allocated, in thousandths. Init containers run one after the other before the
 * others, except those that keep running (`restartPolicy: Always`), which are added.
 */
const allocated = ({ containers, initContainers, resources }: PodObject['spec'], name: string): number => {
  let sidecars = 0;
  let most = 0;
  for (const container of initContainers) {
    const own = requested(container.resources, name);
    if (container.restartPolicy === 'Always') sidecars += own;
    most = Math.max(most, container.restartPolicy === 'Always' ? sidecars : sidecars + own);
  }
  const running = containers.reduce((sum, container) => sum + requested(container.resources, name), sidecars);
  const milli = requested(resources, name) || Math.max(running, most);
  if (milli > MOST_MILLI) throw new Unreadable(`${name} is more than 100000`);
  return milli;
};

const PRODUCT_LABEL: Readonly<Record<string, string | undefined>> = {
  'nvidia.com/gpu': 'nvidia.com/gpu.product',
  'nvidia.com/gpu.shared': 'nvidia.com/gpu.product',
  'amd.com/gpu': 'amd.com/gpu.product-name',
  'gpu.intel.com/i915': undefined,
  'gpu.intel.com/xe': undefined,
};
const MIG = /^nvidia\.com\/(mig-.+)$/;
const SHARED = '-SHARED';

/** Resources that count GPUs, or parts of them that no table here knows. */
const isOfGpus = (name: string): boolean => name.includes('/') && /gpu|mig-/i.test(name);

/** The GPUs of a pod: how many of one resource. */
interface Gpus {
  readonly resource: string;
  readonly count: number;
}

/** Shares of a GPU by Run:ai, whose worth the pod does not say. */
const SHARE_ANNOTATIONS = ['gpu-fraction', 'gpu-memory'];

const gpusOf = ({ metadata, spec }: PodObject): Gpus | undefined => {
  const share = SHARE_ANNOTATIONS.find((name) => Object.hasOwn(metadata.annotations, name));
  if (share) throw new Unreadable(`annotation ${share} gives the pod a share of a GPU, which is not read`);
  const names = [...spec.containers, ...spec.initContainers, { resources: spec.resources }].flatMap(
    ({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }),
  );
  const present = [...new Set(names)].filter((name) => isOfGpus(name) && allocated(spec, name) > 0).sort();
  const [resource] = present;
  if (resource === undefined) {
    if (spec.resourceClaims.length > 0)
      throw new Unreadable('the pod has resource claims, and what they allocate is not read');
    return undefined;
  }
  const unknown = present.find((name) => !Object.hasOwn(PRODUCT_LABEL, name) && !MIG.test(name));
  if (unknown !== undefined)
    throw new Unreadable(`the pod requests ${unknown}, which does not say how many GPUs it has`);
  if (present.length > 1)
    throw new Unreadable(
      `the pod requests several kinds of GPUs (${present.join(', ')}), and a job has one flavor`,
    );
  const milli = allocated(spec, resource);
  if (milli % 1000 !== 0) throw new Unreadable(`${resource} is not a whole number`);
  return { resource, count: milli / 1000 };
};

export interface PodResources {
  readonly gpus?: Gpus | undefined;
  /** CPUs. */
  readonly cpu: number;
}

export const podResourcesOf = (pod: PodObject): PodResources => {
  const gpus = gpusOf(pod);
  const cpu = allocated(pod.spec, 'cpu') / 1000;
  if (!gpus && cpu === 0) throw new Unreadable('the pod requests neither GPUs nor CPUs');
  return { gpus, cpu };
};

type NodeLabels = Readonly<Record<string, string>> | undefined;

/**
 * No field of a pod names the model of its GPUs: a label of the node does. A part of a GPU that is
 * shared gets a flavor of its own, so that it never has the price of a whole one.
 */
const flavorOf = ({ resource }: Gpus, labels: NodeLabels = {}): string => {
  const [, mig] = MIG.exec(resource) ?? [];
  if (mig !== undefined) return readId('flavor', mig);
  const product = readId('flavor', labels[PRODUCT_LABEL[resource] ?? ''] || 'gpu');
  const isShared =
    resource === 'nvidia.com/gpu.shared' ||
    (resource === 'nvidia.com/gpu' && Number(labels['nvidia.com/gpu.replicas'] ?? 1) > 1);
  return isShared && !product.endsWith(SHARED) ? `${product}${SHARED}` : product;
};

/** Flavor and counts, by the labels of the pod's node if they are known. */
export const resourcesOn = ({ gpus, cpu }: PodResources, labels: NodeLabels): ReportedResources => ({
  flavor: gpus ? flavorOf(gpus, labels) : 'cpu',
  ...(gpus && { gpu: gpus.count }),
  ...(cpu > 0 && { cpu }),
});
