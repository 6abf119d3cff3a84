import { createKubernetesTranslator } from '../../../lib/sources/kubernetes.ts';
import type { Translated } from '../../../lib/sources/reported-event.ts';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import { translateAll } from './data.ts';

// Objects in the form of the API, with the members that are read and some that are not.

export type Json = Readonly<Record<string, unknown>>;

export const kubernetes = (records: readonly unknown[], options: Partial<SourceOptions> = {}): Translated =>
  translateAll(createKubernetesTranslator({ timeZone: 'UTC', ...options }), records);

/** A time on 3 November 2026. */
export const at = (time: string): string => `2026-11-03T${time}Z`;

export const condition = (type: string, time: string, reason?: string): Json => ({
  ...{ type, status: 'True', lastTransitionTime: at(time), lastProbeTime: null },
  ...(reason !== undefined && { reason }),
});

export const running = (startedAt: string): Json => ({
  ...{ name: 'main', restartCount: 0, ready: true, lastState: {} },
  state: { running: { startedAt: at(startedAt) } },
});
export const terminated = (startedAt: string | null, finishedAt: string | null, exitCode = 0): Json => ({
  ...{ name: 'main', restartCount: 0, ready: false, lastState: {} },
  state: {
    terminated: {
      exitCode,
      startedAt: startedAt && at(startedAt),
      finishedAt: finishedAt && (finishedAt.startsWith('0001') ? finishedAt : at(finishedAt)),
    },
  },
});

export const container = (resources: Json, more: Json = {}): Json => ({
  ...{ name: 'main', image: 'train', ...more },
  resources: { limits: resources, requests: resources },
});

interface PodParts {
  readonly metadata?: Json;
  readonly labels?: Json;
  readonly spec?: Json;
  readonly status?: Json;
}

/** A pod on two GPUs that ran from 09:01:30 to 10:01:30, except for what is given. */
export const pod = ({ metadata, labels, spec, status }: PodParts = {}): Json => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: {
    ...{ uid: 'pod-1', name: 'train-a-0', namespace: 'vision', resourceVersion: '100' },
    creationTimestamp: at('09:00:00'),
    labels: { 'batch.kubernetes.io/job-name': 'train-a', 'job-name': 'train-a', ...labels },
    ownerReferences: [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'train-a', uid: 'job-1', controller: true },
    ],
    ...metadata,
  },
  spec: {
    nodeName: 'n7',
    containers: [container({ 'nvidia.com/gpu': '2', cpu: '16', memory: '64Gi' })],
    ...spec,
  },
  status: {
    phase: 'Succeeded',
    conditions: [condition('PodScheduled', '09:00:04')],
    containerStatuses: [terminated('09:01:30', '10:01:30')],
    ...status,
  },
});

export const withResources = (resources: Json, spec: Json = {}) =>
  pod({ spec: { containers: [container(resources)], ...spec } });

export const job = ({ metadata, labels, spec, status }: PodParts = {}): Json => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job' },
  metadata: {
    ...{ uid: 'job-1', name: 'train-a', namespace: 'vision', resourceVersion: '90' },
    labels: { 'kueue.x-k8s.io/queue-name': 'gpu-queue', team: 'blue', ...labels },
    creationTimestamp: at('08:59:00'),
    ...metadata,
  },
  spec: { parallelism: 1, ...spec },
  status: { startTime: at('09:00:00'), ...status },
});

export const node = (
  labels: Json = { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB' },
  name = 'n7',
): Json => ({
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { uid: `node-${name}`, name, resourceVersion: '5', labels },
});

export const workload = (spec: Json): Json => ({
  ...{ apiVersion: 'kueue.x-k8s.io/v1beta2', kind: 'Workload' },
  metadata: {
    ...{ uid: 'workload-1', name: 'job-train-a', namespace: 'vision', resourceVersion: '95' },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'train-a', uid: 'job-1' }],
  },
  spec,
  status: { conditions: [condition('Finished', '10:01:40', 'Succeeded')] },
});

export const list = (...items: readonly Json[]): Json => ({ apiVersion: 'v1', kind: 'List', items });
export const watched = (type: string, object: unknown): Json => ({ type, object });
