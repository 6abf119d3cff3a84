import { expect, test } from 'vitest';
import { inShort, skippedInShort } from './data.ts';
import {
  at,
  condition,
  type Json,
  job,
  kubernetes,
  list,
  node,
  pod,
  running,
  terminated,
  watched,
  workload,
} from './kubernetes-objects.ts';

const short = (...records: readonly unknown[]) =>
  inShort(kubernetes(records), 'pod-1').map((text) => text.replace('2026-11-03T', ''));
const statuses = (...records: readonly unknown[]) =>
  short(...records).map((text) => text.split(' ').slice(0, 2).join(' '));
test('a pod is queued when created, pending once it has a node, and runs with its containers', () => {
  const event = {
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:kubernetes',
    subject: 'pod-1',
  };
  const projectId = 'vision';
  expect(kubernetes([list(pod({ labels: { team: 'red' } }), job(), node())]).events).toEqual([
    {
      ...event,
      id: 'QUEUED@2026-11-03T09:00:00.000Z',
      time: '2026-11-03T09:00:00.000Z',
      data: { projectId, status: 'QUEUED' },
    },
    {
      ...event,
      id: 'PENDING@2026-11-03T09:00:04.000Z',
      time: '2026-11-03T09:00:04.000Z',
      data: {
        ...{ projectId, status: 'PENDING' },
        resources: { flavor: 'NVIDIA-A100-SXM4-40GB', gpu: 2, cpu: 16 },
        labels: { job: 'train-a', namespace: 'vision', queue: 'gpu-queue', team: 'red' },
      },
    },
    {
      ...event,
      id: 'RUNNING@2026-11-03T09:01:30.000Z',
      time: '2026-11-03T09:01:30.000Z',
      data: { projectId, status: 'RUNNING' },
    },
    {
      ...event,
      id: 'DONE@2026-11-03T10:01:30.000Z',
      time: '2026-11-03T10:01:30.000Z',
      data: { projectId, status: 'DONE' },
    },
  ]);
});

test('a pod that waits, one that starts and one that runs have no end', () => {
  const waiting = pod({
    spec: { nodeName: undefined },
    status: { phase: 'Pending', conditions: [], containerStatuses: undefined },
  });
  const starting = pod({ status: { phase: 'Pending', containerStatuses: [{ state: { waiting: {} } }] } });
  const runs = pod({ status: { phase: 'Running', containerStatuses: [running('09:01:30')] } });
  expect(statuses(waiting)).toEqual(['09:00:00Z QUEUED']);
  expect(statuses(starting)).toEqual(['09:00:00Z QUEUED', '09:00:04Z PENDING']);
  expect(short(runs)).toEqual([
    '09:00:00Z QUEUED',
    '09:00:04Z PENDING gpu gpu 2 cpu 16',
    '09:01:30Z RUNNING',
  ]);
});

test('without a time of its schedule, a pod states what it has when it runs', () => {
  expect(short(pod({ status: { conditions: [] } }))[1]).toBe('09:01:30Z RUNNING gpu gpu 2 cpu 16');
});

test('a pod runs from its first container to the end of its last one; init containers do not count', () => {
  const containerStatuses = [terminated('09:02:00', '09:30:00'), terminated('09:01:40', '10:00:00')];
  const initContainerStatuses = [terminated('09:00:10', '09:01:00'), terminated('09:01:10', '10:00:05')];
  expect(statuses(pod({ status: { containerStatuses, initContainerStatuses } })).slice(2)).toEqual([
    '09:01:40Z RUNNING',
    '10:00:05Z DONE',
  ]);
});

test('a restart of a container is no stop', () => {
  const restarted = (startedAt: string, version: string, lastStart: string) =>
    pod({
      metadata: { resourceVersion: version },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            restartCount: 1,
            state: running(startedAt).state,
            lastState: terminated(lastStart, startedAt, 1).state,
          },
        ],
      },
    });
  expect(statuses(restarted('09:20:00', '101', '09:01:30')).slice(2)).toEqual(['09:01:30Z RUNNING']);
  // A version that was read before keeps the start that a second restart has overwritten.
  expect(
    statuses(restarted('09:40:00', '102', '09:20:01'), restarted('09:20:00', '101', '09:01:30')).slice(2),
  ).toEqual(['09:01:30Z RUNNING']);
});

const failed = (status: Json = {}, metadata: Json = {}) =>
  pod({
    metadata,
    status: { phase: 'Failed', containerStatuses: [terminated('09:01:30', '10:01:30', 1)], ...status },
  });
const deletedAt = (time: string, deletionGracePeriodSeconds = 30) => ({
  deletionTimestamp: at(time),
  deletionGracePeriodSeconds,
});
const overdue = (startTime = '09:00:00', type = 'Failed') =>
  job({
    spec: { activeDeadlineSeconds: 3600 },
    status: { startTime: at(startTime), conditions: [condition(type, '10:01:40', 'DeadlineExceeded')] },
  });

test.each([
  ['failed', [failed()], ['10:01:30Z FAILED']],
  [
    'was evicted',
    [
      failed({
        conditions: [
          condition('PodScheduled', '09:00:04'),
          condition('DisruptionTarget', '10:01:00', 'TerminationByKubelet'),
        ],
      }),
    ],
    ['10:01:30Z INTERRUPTED'],
  ],
  ['was evicted by an old kubelet', [failed({ reason: 'Evicted' })], ['10:01:30Z INTERRUPTED']],
  [
    'was deleted while it ran',
    [failed({}, deletedAt('10:01:50'))],
    ['10:01:20Z INTERRUPTING', '10:01:30Z INTERRUPTED'],
  ],
  [
    'was deleted while it ran, and succeeded',
    [pod({ metadata: deletedAt('10:01:50') })],
    ['10:01:20Z INTERRUPTING', '10:01:30Z DONE'],
  ],
  [
    'is being deleted',
    [
      pod({
        metadata: deletedAt('10:01:50'),
        status: { phase: 'Running', containerStatuses: [running('09:01:30')] },
      }),
    ],
    ['10:01:20Z INTERRUPTING'],
  ],
  ['was removed after it failed', [failed({}, deletedAt('11:00:30'))], ['10:01:30Z FAILED']],
  ['was removed after it succeeded', [pod({ metadata: deletedAt('11:00:30') })], ['10:01:30Z DONE']],
  [
    'ended at the very deadline of its Job',
    [failed({ containerStatuses: [terminated('09:01:30', '10:00:00', 1)] }), overdue()],
    ['10:00:00Z TIMEOUT', '10:00:00Z INTERRUPTED'],
  ],
  [
    'exceeded its own deadline',
    [failed({ reason: 'DeadlineExceeded' })],
    ['10:01:30Z TIMEOUT', '10:01:30Z INTERRUPTED'],
  ],
  [
    'was stopped by the deadline of its Job',
    [failed(), overdue()],
    ['10:01:30Z TIMEOUT', '10:01:30Z INTERRUPTED'],
  ],
  [
    'was deleted at the deadline of its Job',
    [failed({}, deletedAt('10:00:30')), overdue('09:00:00', 'FailureTarget')],
    ['10:00:00Z TIMEOUT', '10:01:30Z INTERRUPTED'],
  ],
  ['had failed before the deadline of its Job', [failed(), overdue('09:30:00')], ['10:01:30Z FAILED']],
  ['had succeeded before the deadline of its Job', [pod(), overdue()], ['10:01:30Z DONE']],
])('a pod that %s', (_, records, ends) => {
  expect(statuses(...records).slice(3)).toEqual(ends);
});

const lost = { containerStatuses: [terminated('09:01:30', null)] };

test.each([
  ['null', lost],
  ['the year 1', { containerStatuses: [terminated('09:01:30', '0001-01-01T00:00:00Z')] }],
  [
    'missing for one of two containers',
    { containerStatuses: [terminated('09:01:30', '10:00:00'), terminated('09:01:30', null)] },
  ],
  [
    'that of a container which still runs',
    { containerStatuses: [running('09:01:30'), terminated('09:01:30', '10:00:00')] },
  ],
])('an end that is %s is not made up, and reported', (_, status) => {
  const translated = kubernetes([failed(status)]);
  expect(inShort(translated, 'pod-1').at(-1)).toContain('RUNNING');
  expect(skippedInShort(translated)).toEqual([
    '1: the pod has ended, and neither its containers nor its Job say when: its run stays open',
  ]);
});

test.each([
  [
    'completed',
    { completionTime: at('10:02:00'), conditions: [condition('Complete', '10:02:00')] },
    pod({ status: lost }),
    'DONE',
  ],
  [
    'failed',
    { conditions: [condition('Failed', '10:02:00', 'BackoffLimitExceeded')] },
    failed(lost),
    'FAILED',
  ],
])(
  'an end that is missing is that of its Job which %s, for it ends after its pods',
  (_, status, ended, end) => {
    const translated = kubernetes([ended, job({ status })]);
    expect(inShort(translated, 'pod-1').at(-1)).toBe(`2026-11-03T10:02:00Z ${end}`);
    expect(translated.skipped).toEqual([]);
  },
);

test('a Job that ended, and a Workload, stop no pod that still runs', () => {
  const runs = pod({ status: { phase: 'Running', containerStatuses: [running('09:01:30')] } });
  const ended = job({ status: { completionTime: at('10:02:00') } });
  expect(statuses(runs, ended, workload({ queueName: 'q' })).at(-1)).toBe('09:01:30Z RUNNING');
});

test('a Job that ended before the pod began does not end it', () => {
  const ended = job({ status: { completionTime: at('09:01:00') } });
  expect(statuses(pod({ status: lost }), ended).at(-1)).toBe('09:01:30Z RUNNING');
});

test('a pod that never ran has no RUNNING, and ends with its last change', () => {
  const rejected = failed({
    containerStatuses: [],
    conditions: [condition('PodScheduled', '09:00:04'), condition('DisruptionTarget', '09:05:00')],
  });
  expect(statuses(rejected)).toEqual(['09:00:00Z QUEUED', '09:00:04Z PENDING', '09:05:00Z INTERRUPTED']);
  const init = failed({
    containerStatuses: [{ state: { waiting: {} } }],
    initContainerStatuses: [terminated('09:00:10', '09:03:00', 1)],
  });
  expect(statuses(init)).toEqual(['09:00:00Z QUEUED', '09:00:04Z PENDING', '09:03:00Z FAILED']);
});

test('a pod that no node has taken is never INTERRUPTING or over its time, which a tariff may bill', () => {
  const waiting = { phase: 'Pending', conditions: [], containerStatuses: [] };
  const last = pod({ metadata: deletedAt('10:01:50'), spec: { nodeName: null }, status: waiting });
  const gone = [watched('MODIFIED', last), watched('DELETED', last)];
  expect(statuses(...gone)).toEqual(['09:00:00Z QUEUED', '10:01:50Z INTERRUPTED']);
  expect(statuses(...gone, overdue())).toEqual([
    '09:00:00Z QUEUED',
    '10:01:50Z TIMEOUT',
    '10:01:50Z INTERRUPTED',
  ]);
});

test('a pod that a watch has seen go is over when it was to be gone', () => {
  const last = pod({
    metadata: deletedAt('10:01:50'),
    status: { phase: 'Running', containerStatuses: [running('09:01:30')] },
  });
  expect(statuses(watched('MODIFIED', last), watched('DELETED', last)).slice(2)).toEqual([
    '09:01:30Z RUNNING',
    '10:01:20Z INTERRUPTING',
    '10:01:50Z INTERRUPTED',
  ]);
  const unknown = pod({ status: { phase: 'Running', containerStatuses: [running('09:01:30')] } });
  expect(skippedInShort(kubernetes([watched('DELETED', unknown)]))).toEqual([
    '1: the pod has ended, and neither its containers nor its Job say when: its run stays open',
  ]);
});

test('a pod that stopped within the grace period of its deletion is over when its containers were', () => {
  const lastOf = (containerStatuses: readonly unknown[]) =>
    watched(
      'DELETED',
      pod({ metadata: deletedAt('10:01:50'), status: { phase: 'Running', containerStatuses } }),
    );
  expect(statuses(lastOf([terminated('09:01:30', '10:01:25')])).slice(3)).toEqual([
    '10:01:20Z INTERRUPTING',
    '10:01:25Z INTERRUPTED',
  ]);
  // Before the request, it is a container that was to be started again.
  expect(statuses(lastOf([terminated('09:01:30', '10:01:10')])).slice(3)).toEqual([
    '10:01:20Z INTERRUPTING',
    '10:01:50Z INTERRUPTED',
  ]);
});
