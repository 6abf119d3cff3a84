import { expect, test } from 'vitest';
import {
  condition,
  type Json,
  kubernetes,
  list,
  node,
  pod,
  watched,
  withResources,
} from './kubernetes-objects.ts';

test('the items of a list as the API answers it have no kind', () => {
  const bare = ({ kind: _, apiVersion: __, ...object }: Json) => object;
  const pods = { kind: 'PodList', apiVersion: 'v1', items: [bare(pod())] };
  const nodes = { kind: 'NodeList', apiVersion: 'v1', items: [bare(node())] };
  expect(kubernetes([[pods, nodes]]).events).toEqual(kubernetes([pod(), node()]).events);
});

test('what is not read is reported with its position and its name', () => {
  const several = withResources({ 'nvidia.com/gpu': '1', 'nvidia.com/mig-1g.5gb': '1' });
  const records: readonly [unknown, string][] = [
    [7, 'the record is not an object'],
    [{}, 'the record has no kind: list objects with kubectl get … -o json'],
    [
      { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'web' } },
      'Deployment of apps/v1 is not read',
    ],
    [
      { kind: 'Job', apiVersion: 'batch.volcano.sh/v1alpha1' },
      'Job of batch.volcano.sh/v1alpha1 is not read',
    ],
    [
      list(pod({ status: { phase: 'Unknown' } })),
      'Pod vision/train-a-0: status.phase "Unknown" is not a known phase',
    ],
    [pod({ metadata: { uid: undefined } }), 'metadata.uid is missing'],
    [pod({ metadata: { uid: 'a b' } }), 'metadata.uid "a b" is not an id'],
    [pod({ metadata: { creationTimestamp: null } }), 'metadata.creationTimestamp is missing'],
    [
      pod({ metadata: { creationTimestamp: '3 Nov' } }),
      'metadata.creationTimestamp "3 Nov" is not a time with an offset',
    ],
    [pod({ status: { containerStatuses: [] } }), 'the phase is Succeeded, and no container has a start'],
    [
      several,
      'the pod requests several kinds of GPUs (nvidia.com/gpu, nvidia.com/mig-1g.5gb), and a job has one flavor',
    ],
    [
      withResources({ 'volcano.sh/vgpu-number': '1' }),
      'the pod requests volcano.sh/vgpu-number, which does not say how many GPUs it has',
    ],
    [
      withResources({ cpu: '1' }, { resourceClaims: [{ name: 'gpu' }] }),
      'the pod has resource claims, and what they allocate is not read',
    ],
    [
      pod({ metadata: { annotations: { 'gpu-fraction': '0.5' } } }),
      'annotation gpu-fraction gives the pod a share of a GPU, which is not read',
    ],
    [withResources({ memory: '1Gi' }), 'the pod requests neither GPUs nor CPUs'],
    [withResources({ cpu: '1Gi' }), 'cpu "1Gi" is not a quantity that is read'],
    [withResources({ 'nvidia.com/gpu': '500m' }), 'nvidia.com/gpu is not a whole number'],
    [
      pod({ status: { conditions: [condition('PodScheduled', '09:05:00')] } }),
      'its times are not in order: the clocks of its node and of the cluster differ',
    ],
    [
      watched('ERROR', { kind: 'Status', message: 'too old resource version' }),
      'the watch ended: too old resource version: list the objects again',
    ],
    [watched('RENAMED', pod()), 'the type "RENAMED" of a watch is unknown'],
    [list(7 as unknown as Json), 'items[0] is not an object'],
  ];
  for (const [record, reason] of records) {
    const { events, skipped } = kubernetes([watched('BOOKMARK', {}), record]);
    expect(events).toEqual([]);
    expect(skipped).toEqual([{ line: 2, reason }]);
  }
});
