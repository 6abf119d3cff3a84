import { expect, test } from 'vitest';
import { eventsOf, inShort, SACCT, sacct, skippedInShort } from './data.ts';

const short = (raw: number) => inShort(sacct(), `c1:${raw}`);

test('an allocation is billed from Start to End, on what was allocated', () => {
  const [, running] = eventsOf(sacct(), 'c1:4711');
  expect(running).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:sacct',
    id: 'RUNNING@2026-03-03T08:02:10.000Z',
    subject: 'c1:4711',
    time: '2026-03-03T08:02:10.000Z',
    data: {
      projectId: 'vision',
      status: 'RUNNING',
      resources: { flavor: 'a100', gpu: 2, cpu: 8, node: 1 },
      labels: { user: 'ana', partition: 'gpu', qos: 'normal' },
    },
  });
});

test('steps add nothing, and a row that is listed twice gives equal events', () => {
  const ids = eventsOf(sacct(), 'c1:4711').map(({ id }) => id);
  expect(sacct().events.filter(({ subject }) => subject.includes('4711.'))).toEqual([]);
  expect(ids).toHaveLength(6);
  expect(new Set(ids)).toHaveLength(3);
});

test('a requeue is a further run under the same id, on resources of its own', () => {
  expect(short(4730)).toEqual([
    '2026-03-05T07:00:00Z QUEUED',
    '2026-03-05T07:10:00Z RUNNING a100 gpu 2 cpu 8 node 1',
    '2026-03-05T08:00:00Z RESTARTING',
    '2026-03-05T08:00:00Z QUEUED',
    '2026-03-05T08:05:00Z RUNNING a100 gpu 1 cpu 4 node 1',
    '2026-03-05T09:00:01Z INTERRUPTED',
    '2026-03-05T09:00:01Z QUEUED',
    '2026-03-05T10:00:00Z RUNNING a100 gpu 2 cpu 8 node 1',
    '2026-03-05T11:00:00Z ERROR',
    '2026-03-05T11:00:00Z QUEUED',
    '2026-03-05T11:30:00Z RUNNING a100 gpu 2 cpu 8 node 1',
    '2026-03-05T12:00:00Z DONE',
  ]);
});

test.each([
  ['an array task that was cancelled before it started', 4713, ['QUEUED', 'INTERRUPTED']],
  ['a cancelled job that ran', 4714, ['QUEUED', 'RUNNING', 'INTERRUPTED']],
  ['a timeout', 4720, ['QUEUED', 'RUNNING', 'TIMEOUT', 'INTERRUPTED']],
  ['a part of a heterogeneous job', 4721, ['QUEUED', 'RUNNING', 'FAILED']],
  ['a pending job', 4750, ['QUEUED']],
  ['a pending job with an expected start', 4751, ['QUEUED']],
  ['a running job', 4752, ['QUEUED', 'RUNNING']],
  ['a suspended job', 4753, ['QUEUED', 'RUNNING']],
  ['a job that ran on another cluster', 4770, []],
  ['a node that did not boot', 4774, ['QUEUED', 'RUNNING', 'ERROR']],
  ['a deadline', 4775, ['QUEUED', 'RUNNING', 'TIMEOUT', 'INTERRUPTED']],
])('%s', (_, raw, statuses) => {
  expect(eventsOf(sacct(), `c1:${raw}`).map(({ data }) => data.status)).toEqual(statuses);
});

test.each([
  ['typed and untyped counts are the same GPUs', 4711, 'a100 gpu 2 cpu 8 node 1'],
  ['no type', 4721, 'gpu gpu 4 cpu 2 node 1'],
  ['a type for some of the GPUs', 4762, 'gpu gpu 2 cpu 8 node 2'],
  ['a slice of a GPU', 4764, 'a100_3g.20gb gpu 1 cpu 8 node 1'],
  ['no GPUs', 4765, 'cpu cpu 8 node 1'],
])('resources: %s', (_, raw, resources) => {
  expect(short(raw)[1]).toContain(`RUNNING ${resources}`);
});

test('times are local, with daylight saving, or seconds of the epoch', () => {
  expect(short(4740).slice(1)).toEqual([
    '2026-03-29T00:59:59Z RUNNING a100 gpu 2 cpu 8 node 1',
    '2026-03-29T01:00:00Z DONE',
  ]);
  expect(short(4773)).toEqual([
    '2026-03-30T08:00:00Z QUEUED',
    '2026-03-30T08:01:00Z RUNNING a100 gpu 2 cpu 8 node 1',
    '2026-03-30T09:01:00Z DONE',
  ]);
});

test('what cannot be read is reported with its line', () => {
  expect(skippedInShort(sacct())).toEqual([
    '15: End 2026-03-29T02:30:00 is not one instant in Europe/Paris',
    '16: End 2025-10-26T02:30:00 is not one instant in Europe/Paris',
    '21: array tasks that have not started share one row',
    '22: AllocTRES has GPUs of several models',
    '24: AllocTRES has a share of a GPU and no count of GPUs',
    '27: the job ran, and AllocTRES is empty',
    '28: Submit, Start and End are not in order',
    '29: a job in state COMPLETED has no End',
    '30: State "RESIZING" is not translated',
    '32: Account "" is not an id',
    '33: the line has 15 fields, the header 14',
  ]);
});

test('the output of --parsable, with a trailing separator, is the same', () => {
  const trailing = SACCT.trim().replaceAll('\n', '|\n');
  expect(sacct(`${trailing}|`).events).toEqual(sacct().events);
});

test('a running job that has ended when read again keeps its earlier events', () => {
  const [header = ''] = SACCT.split('\n');
  const row = (end: string, state: string) =>
    `9|9|2026-03-30T08:00:00|2026-03-30T08:01:00|${end}|${state}|0||cpu=2|vision|ana|c1|cpu|normal`;
  const before = sacct([header, row('Unknown', 'RUNNING')].join('\n')).events;
  const after = sacct([header, row('2026-03-30T09:00:00', 'COMPLETED')].join('\n')).events;
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after).toHaveLength(before.length + 1);
});

test('columns that are needed and missing are named', () => {
  expect(skippedInShort(sacct('JobID|State\n1|COMPLETED'))[0]).toBe(
    '1: the header does not have the columns JobID, State, Submit, Start, End, AllocTRES, Account',
  );
});
