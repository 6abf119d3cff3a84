import { expect, test } from 'vitest';
import { skippedInShort } from './data.ts';
import {
  container,
  type Json,
  job,
  kubernetes,
  node,
  pod,
  withResources,
  workload,
} from './kubernetes-objects.ts';

const statedOf = (records: readonly unknown[], options = {}) =>
  kubernetes(records, options).events.find(({ data }) => data.resources)?.data;
const resourcesOf = (...records: readonly unknown[]) => {
  const { flavor, ...counts } = statedOf(records)?.resources ?? { flavor: 'none' };
  return [flavor, ...Object.entries(counts).flat()].join(' ');
};
const A100 = 'NVIDIA-A100-SXM4-40GB';

test.each([
  [
    'GPUs of a node that is not in the input',
    withResources({ 'nvidia.com/gpu': '2' }),
    undefined,
    'gpu gpu 2',
  ],
  ['GPUs of a node without a product', withResources({ 'nvidia.com/gpu': 2 }), {}, 'gpu gpu 2'],
  [
    'GPUs of AMD',
    withResources({ 'amd.com/gpu': '8' }),
    { 'amd.com/gpu.product-name': 'MI300X', 'nvidia.com/gpu.product': A100 },
    'MI300X gpu 8',
  ],
  ['GPUs of Intel', withResources({ 'gpu.intel.com/i915': '1' }), {}, 'gpu gpu 1'],
  [
    'slices of MIG',
    withResources({ 'nvidia.com/mig-3g.20gb': '2', cpu: '500m' }),
    { 'nvidia.com/gpu.product': A100 },
    'mig-3g.20gb gpu 2 cpu 0.5',
  ],
  [
    'slices of MIG as GPUs',
    withResources({ 'nvidia.com/gpu': '1' }),
    { 'nvidia.com/gpu.product': `${A100}-MIG-1g.5gb` },
    `${A100}-MIG-1g.5gb gpu 1`,
  ],
  [
    'shares of a GPU',
    withResources({ 'nvidia.com/gpu': '1' }),
    { 'nvidia.com/gpu.product': `${A100}-SHARED`, 'nvidia.com/gpu.replicas': '4' },
    `${A100}-SHARED gpu 1`,
  ],
  [
    'shares under the product of a whole GPU',
    withResources({ 'nvidia.com/gpu': '1' }),
    { 'nvidia.com/gpu.product': A100, 'nvidia.com/gpu.replicas': '4' },
    `${A100}-SHARED gpu 1`,
  ],
  [
    'shares under a name of their own',
    withResources({ 'nvidia.com/gpu.shared': '1' }),
    { 'nvidia.com/gpu.product': A100 },
    `${A100}-SHARED gpu 1`,
  ],
  [
    'one whole GPU that is not shared',
    withResources({ 'nvidia.com/gpu': '1' }),
    { 'nvidia.com/gpu.product': A100, 'nvidia.com/gpu.replicas': '1' },
    `${A100} gpu 1`,
  ],
  ['CPUs alone', withResources({ cpu: '1500m' }), {}, 'cpu cpu 1.5'],
  ['CPUs finer than a thousandth', withResources({ cpu: '100u' }), {}, 'cpu cpu 0.001'],
  ['CPUs as a decimal', withResources({ cpu: '0.5' }), {}, 'cpu cpu 0.5'],
  ['a count of zero GPUs', withResources({ 'nvidia.com/gpu': '0', cpu: '2' }), {}, 'cpu cpu 2'],
  [
    'CPUs of the pod as a whole',
    withResources({ cpu: '1' }, { resources: { requests: { cpu: '3' } } }),
    {},
    'cpu cpu 3',
  ],
])('resources: %s', (_, record, labels, resources) => {
  expect(resourcesOf(...(labels ? [node(labels)] : []), record)).toBe(resources);
});

test.each([
  ['the sum of its containers', [{ cpu: '1' }, { cpu: '2' }], [{ cpu: '2' }], '3'],
  ['its largest init container', [{ cpu: '1' }, { cpu: '2' }], [{ cpu: '4' }, { cpu: '1' }], '4'],
])('a pod has %s', (_, containers, initContainers, cpu) => {
  const record = pod({
    spec: {
      containers: containers.map((each) => container(each)),
      initContainers: initContainers.map((each) => container(each)),
    },
  });
  expect(resourcesOf(record)).toBe(`cpu cpu ${cpu}`);
});

test('an init container that keeps running is added to those after it', () => {
  const sidecar = container({ cpu: '2' }, { restartPolicy: 'Always' });
  const resources = (containers: Json, ...initContainers: readonly Json[]) =>
    resourcesOf(pod({ spec: { containers: [container(containers)], initContainers } }));
  expect(resources({ cpu: '1' }, sidecar)).toBe('cpu cpu 3');
  expect(resources({ cpu: '1' }, sidecar, container({ cpu: '4' }))).toBe('cpu cpu 6');
  expect(resources({ cpu: '1' }, container({ cpu: '4' }), sidecar)).toBe('cpu cpu 4');
});

test('a limit without a request is the request', () => {
  const limited = {
    name: 'main',
    resources: { limits: { 'nvidia.com/gpu': '2', cpu: '16' }, requests: { cpu: '8' } },
  };
  expect(resourcesOf(pod({ spec: { containers: [limited] } }))).toBe('gpu gpu 2 cpu 8');
});

test('nodes, Jobs and Workloads may come after their pods', () => {
  const records = [pod(), job(), node(), workload({ queueName: 'q' })];
  expect(kubernetes(records.toReversed()).events).toEqual(kubernetes(records).events);
});

test('a Workload names the queue and the limit, and counts no GPUs again', () => {
  const own = job({ metadata: { labels: {} } });
  const data = statedOf([
    pod(),
    own,
    workload({ queueName: 'gpu-queue', maximumExecutionTimeSeconds: 7200, podSets: [{ count: 4 }] }),
  ]);
  expect(data?.labels).toEqual({ job: 'train-a', namespace: 'vision', queue: 'gpu-queue' });
  expect(data?.timeout).toBe('PT2H');
  expect(data?.resources?.gpu).toBe(2);
});

test('the shortest of the deadlines is the timeout', () => {
  const limited = pod({ spec: { activeDeadlineSeconds: 5400 } });
  expect(statedOf([limited])?.timeout).toBe('PT1H30M');
  expect(statedOf([limited, job({ spec: { activeDeadlineSeconds: 3600 } })])?.timeout).toBe('PT1H');
  expect(statedOf([pod({ spec: { activeDeadlineSeconds: 2147483647 } })])?.timeout).toBeUndefined();
});

test('the project is the namespace, a label of the pod or its Job, the queue, or one for all', () => {
  const projectId = (project: Json, ...records: readonly unknown[]) =>
    kubernetes(records, { project: project as { id: string } }).events[0]?.data.projectId;
  expect(projectId({ field: 'team' }, pod({ labels: { team: 'red' } }), job())).toBe('red');
  expect(projectId({ field: 'team' }, pod(), job())).toBe('blue');
  expect(projectId({ field: 'queue' }, pod(), job())).toBe('gpu-queue');
  expect(projectId({ id: 'lab' }, pod())).toBe('lab');
  expect(kubernetes([pod({ labels: { namespace: 'other' } })]).events[0]?.data.projectId).toBe('vision');
  expect(skippedInShort(kubernetes([pod()], { project: { field: 'team' } }))).toEqual([
    '1: team, which names the project, is missing',
  ]);
});

test('labels that are given come first, then those of the platform, then as many of the pod as fit', () => {
  const own = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`own-${index + 10}`, 'x']));
  const labels = statedOf([pod({ labels: { ...own, 'pod-template-hash': 'a1' } }), job()], {
    labels: { site: 'north' },
  })?.labels;
  expect(Object.keys(labels ?? {})).toEqual([
    ...['site', 'job', 'namespace', 'queue'],
    ...Array.from({ length: 12 }, (_, index) => `own-${index + 10}`),
  ]);
});
