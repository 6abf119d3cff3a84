import { expect, test } from 'vitest';
import { createSlurmTranslator } from '../../../lib/sources/slurm.ts';
import { eventsOf, inShort, SACCT, sacct, skippedInShort } from './data.ts';

const short = (raw: number) => inShort(sacct(), `c1:${raw}`);

test('an allocation is billed from Start to End, on what was allocated', () => {
  const [, running] = eventsOf(sacct(), 'c1:4711');
  expect(running).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:slurm:c1',
    id: 'RUNNING@2026-03-03T08:02:10.000Z',
    subject: 'c1:4711',
    time: '2026-03-03T08:02:10.000Z',
    data: {
      projectId: 'vision',
      status: 'RUNNING',
      resources: { flavor: 'a100', gpu: 2, cpu: 8, node: 1 },
      labels: { user: 'ana', partition: 'gpu', qos: 'normal', account: 'vision' },
      timeout: 'P7D',
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
    '22: AllocTRES has GPUs of several models (a100, v100), and a job has one flavor',
    '24: AllocTRES has gres/shard=4 and no count of GPUs: what a share of a GPU is worth is configured by the site',
    '27: the job ran, and AllocTRES is empty',
    '28: Submit, Start and End are not in order',
    '29: a job in state COMPLETED has no End',
    '30: State "RESIZING" is not translated',
    '32: Account, which names the project, is missing',
    '33: the line has 16 fields, the header 15',
  ]);
});

test('the output of --parsable, with a trailing separator, is the same', () => {
  const trailing = SACCT.trim().replaceAll('\n', '|\n');
  expect(sacct(`${trailing}|`).events).toEqual(sacct().events);
});

test('a running job that has ended when read again keeps its earlier events', () => {
  const [header = ''] = SACCT.split('\n');
  const row = (end: string, state: string) =>
    `9|9|2026-03-30T08:00:00|2026-03-30T08:01:00|${end}|${state}|0|60||cpu=2|vision|ana|c1|cpu|normal`;
  const before = sacct([header, row('Unknown', 'RUNNING')].join('\n')).events;
  const after = sacct([header, row('2026-03-30T09:00:00', 'COMPLETED')].join('\n')).events;
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after).toHaveLength(before.length + 1);
});

const COLUMNS =
  'JobIDRaw,JobID,Submit,Start,End,State,TimelimitRaw,AllocTRES,Account,User,Cluster,Partition,QOS';
const HEADER = COLUMNS.replaceAll(',', '|');

/** A row in which some columns are as given. */
const row = (columns: Readonly<Record<string, string>>): string => {
  const usual: Readonly<Record<string, string>> = {
    ...{ JobIDRaw: '9', JobID: '9', Submit: '2026-03-30T08:00:00', Start: '2026-03-30T08:01:00' },
    ...{ End: '2026-03-30T09:00:00', State: 'COMPLETED', TimelimitRaw: '', AllocTRES: 'cpu=2' },
    ...{ Account: 'vision', User: 'ana', Cluster: 'c1', Partition: 'cpu', QOS: 'normal' },
  };
  return COLUMNS.split(',')
    .map((name) => columns[name] ?? usual[name])
    .join('|');
};
const rows = (...lines: readonly Readonly<Record<string, string>>[]) =>
  [HEADER, ...lines.map(row)].join('\n');
const runningOf = (text: string, options = {}) =>
  sacct(text, options).events.find(({ data }) => data.status === 'RUNNING');

test.each([
  ['the whole file without a header', row({}), {}, 'Account', COLUMNS],
  ['a header without a column that is needed', `JobID|State\n${row({})}`, {}, 'Account', COLUMNS],
  ['output that is not parsable', 'JobID State Submit Start End AllocTRES Account', {}, 'Account', COLUMNS],
  ['a header without the project', rows({}), { project: { field: 'WCKey' } }, 'WCKey', `${COLUMNS},WCKey`],
])(
  '%s is one skipped entry, with the columns that are needed and the command',
  (_, text, options, project, columns) => {
    const { events, skipped } = sacct(text, options);
    expect(events).toEqual([]);
    expect(skipped).toEqual([
      {
        line: 1,
        reason:
          `a header with the columns JobID, State, Submit, Start, End, AllocTRES, ${project} must come first: ` +
          `TZ=UTC sacct -a -X -D -P -S 2026-10-01 -o ${columns}`,
      },
    ]);
  },
);

test('outputs that were joined are read by the header of each', () => {
  const [, first = ''] = rows({}).split('\n');
  const other =
    'Account|AllocTRES|JobID|State|Submit|Start|End\nspeech|cpu=1|10|PENDING|2026-03-30T08:00:00||';
  const { events, skipped } = sacct(['a warning', HEADER, first, other].join('\n'));
  expect(skipped.map(({ line }) => line)).toEqual([1]);
  expect(new Set(events.map(({ subject, source }) => `${source} ${subject}`))).toEqual(
    new Set(['urn:slurm:c1 c1:9', 'urn:slurm 10']),
  );
});

test.each([
  ['a tab', '\t'],
  ['a unit separator', '\x1f'],
  ['the bar, with the line ends of Windows', '|'],
])('columns separated by %s', (_, delimiter) => {
  const text = rows({ User: 'ana' }).replaceAll('|', delimiter).replaceAll('\n', '\r\n');
  expect(sacct(text)).toEqual(sacct(rows({ User: 'ana' })));
  expect(sacct(text).events).toHaveLength(3);
});

test.each([
  ['TimelimitRaw', '120', 'PT2H'],
  ['TimelimitRaw', '10080', 'P7D'],
  ['Timelimit', '1-12:00:00', 'P1DT12H'],
  ['Timelimit', '00:30', 'PT30S'],
  ['TimelimitRaw', 'UNLIMITED', undefined],
  ['TimelimitRaw', 'Partition_Limit', undefined],
  ['TimelimitRaw', '0', undefined],
  ['Timelimit', '366-00:00:01', undefined],
])('%s %s is the timeout %s', (column, limit, timeout) => {
  const text = rows({ TimelimitRaw: limit }).replace('TimelimitRaw', column);
  const stated = sacct(text).events.map(({ data }) => data.timeout);
  expect(stated).toEqual([undefined, timeout, undefined]);
});

test('the project is the account, another column, or one for all jobs', () => {
  const text = rows({}).replace('QOS', 'WCKey').replace('normal', 'p-17');
  const project = (options: Parameters<typeof runningOf>[1]) => runningOf(text, options)?.data.projectId;
  expect(project({})).toBe('vision');
  expect(project({ project: { field: 'WCKey' } })).toBe('p-17');
  expect(project({ project: { id: 'lab' } })).toBe('lab');
  expect(runningOf(rows({ Account: '' }), { project: { id: 'lab' } })?.data.projectId).toBe('lab');
});

test('labels that are given come with those of Slurm, and before them', () => {
  const labels = { site: 'north', user: 'someone' };
  expect(runningOf(rows({}), { labels })?.data.labels).toEqual({
    ...{ site: 'north', user: 'someone', partition: 'cpu', qos: 'normal', account: 'vision' },
  });
});

test.each([
  ['when it was cancelled', '2026-03-30T09:00:00'],
  ['when it was to start', '2026-03-31T00:00:00'],
])('a job that was cancelled while it waited has not run, also with a Start: %s', (_, Start) => {
  const { events, skipped } = sacct(rows({ State: 'CANCELLED by 1001', Start, AllocTRES: '' }));
  expect(skipped).toEqual([]);
  expect(events.map(({ data }) => data.status)).toEqual(['QUEUED', 'INTERRUPTED']);
});

test.each([
  ['gres/gpu=2,gres/gpu:a100_3g.20gb=2,cpu=8', 'a100_3g.20gb gpu 2 cpu 8'],
  ['gres/shard=2,gres/gpu:t4=1,cpu=8', 't4 gpu 1 cpu 8'],
  ['gres/gpu:a100=2,gres/gpu:v100=0,gres/gpu=2,cpu=8', 'a100 gpu 2 cpu 8'],
  ['gres/gpumem=40G,gres/gpuutil=5,gres/gpu=1,energy=18446744073709551614,billing=99', 'gpu gpu 1'],
])('AllocTRES %s is %s', (AllocTRES, resources) => {
  expect(inShort(sacct(rows({ AllocTRES })), 'c1:9')[1]).toBe(`2026-03-30T06:01:00Z RUNNING ${resources}`);
});

test.each([
  [{ AllocTRES: 'gres/mps:a100=50,cpu=8' }, /gres\/mps:a100=50 and no count of GPUs/],
  [{ AllocTRES: 'gres/gpu=2K' }, /gres\/gpu=2K, which is not a count/],
  [{ AllocTRES: 'mem=4G' }, /neither GPUs, CPUs nor nodes/],
  [{ TimelimitRaw: 'soon' }, /the time limit "soon" is not a duration/],
  [{ Cluster: 'c 1' }, /Cluster "c 1" is not an id/],
])('%j is skipped', (columns, reason) => {
  const { events, skipped } = sacct(rows(columns));
  expect(events).toEqual([]);
  expect(skipped).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
});

test('a record that is not text is skipped', () => {
  expect(createSlurmTranslator({ timeZone: 'UTC' }).next({ JobID: 1 }, 7).skipped).toEqual([
    { line: 7, reason: 'the record is not a line of text' },
  ]);
});

test('an array task has its own number as its id, or none, whichever columns were asked for', () => {
  const times = '2026-03-30T08:00:00|2026-03-30T08:01:00|2026-03-30T09:00:00|COMPLETED|cpu=2|vision';
  const rows = ['4712_3', '4720+1', '4713'].map((id) => `${id}|${times}`);
  const { events, skipped } = sacct(['JobID|Submit|Start|End|State|AllocTRES|Account', ...rows].join('\n'));
  expect([...new Set(events.map(({ subject }) => subject))]).toEqual(['4713']);
  expect(skipped.map(({ reason }) => reason)).toEqual([
    'JobID 4712_3 needs the column JobIDRaw, a number',
    'JobID 4720+1 needs the column JobIDRaw, a number',
  ]);
});
