import { expect, test } from 'vitest';
import { eventsOf, inShort, OPENB, openb, skippedInShort } from './data.ts';

test('a pod is queued when created, runs from its schedule and is stopped when deleted', () => {
  const run = {
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:openb',
    subject: 'openb-pod-9001',
  };
  expect(eventsOf(openb(), 'openb-pod-9001')).toEqual([
    {
      ...run,
      id: 'QUEUED@2026-01-01T00:01:30.000Z',
      time: '2026-01-01T00:01:30.000Z',
      data: {
        projectId: 'openb-be',
        status: 'QUEUED',
        resources: { flavor: 'gpu', gpu: 0.22, cpu: 4 },
        labels: { qos: 'BE', gpu_spec: 'V100M16|V100M32' },
      },
    },
    {
      ...run,
      id: 'RUNNING@2026-01-01T00:01:35.000Z',
      time: '2026-01-01T00:01:35.000Z',
      data: { projectId: 'openb-be', status: 'RUNNING' },
    },
    {
      ...run,
      id: 'INTERRUPTED@2026-01-01T01:02:30.000Z',
      time: '2026-01-01T01:02:30.000Z',
      data: { projectId: 'openb-be', status: 'INTERRUPTED' },
    },
  ]);
});

test.each([
  ['eight whole GPUs of one model', 'openb-pod-9002', 'G2 gpu 8 cpu 12'],
  ['CPUs alone', 'openb-pod-9003', 'cpu cpu 8'],
  ['a model written as nan, and times as decimals', 'openb-pod-9004', 'gpu gpu 1 cpu 3.152'],
  ['a twentieth of a GPU without CPUs', 'openb-pod-9009', 'T4 gpu 0.05'],
])('%s', (_, pod, resources) => {
  expect(inShort(openb(), pod)[0]).toContain(`QUEUED ${resources}`);
});

test('a pod that was never scheduled, or never left Pending, has not run', () => {
  const statuses = (pod: string) => eventsOf(openb(), pod).map(({ data }) => data.status);
  expect(statuses('openb-pod-9005')).toEqual(['QUEUED', 'INTERRUPTED']);
  expect(statuses('openb-pod-9006')).toEqual(['QUEUED', 'PENDING', 'INTERRUPTED']);
  expect(statuses('openb-pod-9008')).toEqual(['QUEUED', 'FAILED']);
});

test('a pod without a deletion has no end', () => {
  expect(inShort(openb(), 'openb-pod-9007').at(-1)).toBe('2026-01-01T02:13:23Z RUNNING');
});

test('what cannot be read is reported with its line', () => {
  expect(skippedInShort(openb())).toEqual([
    '12: scheduled_time of a pod in phase Succeeded is missing',
    '13: creation_time, scheduled_time and deletion_time are not in order',
    '14: pod_phase "Evicted" is unknown',
    '15: num_gpu 1 and gpu_milli 0 contradict each other',
    '16: the pod has neither GPUs nor CPUs',
    '17: creation_time is missing',
    '18: the line has 9 fields, the header 11',
    '19: name "openb pod 9017" is not an id',
    '20: num_gpu "one" is not a whole number',
    '21: creation_time "-5" is not a whole number',
  ]);
});

test('columns are found by name', () => {
  const reversed = OPENB.trim()
    .split('\n')
    .map((line) => line.split(',').reverse().join(','))
    .join('\n');
  expect(openb(reversed).events).toEqual(openb().events);
});

test('another table is refused by its header, and its lines are not guessed at', () => {
  const translated = openb('sn,cpu_milli,memory_mib,gpu,model');
  expect(translated.events).toEqual([]);
  expect(skippedInShort(translated)).toEqual(['1: the header is not one of an openb pod list']);
});
