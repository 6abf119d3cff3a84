import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../lib/operations/read-event.ts';
import { createOvhTranslator, signOfLife } from '../../../lib/sources/ovh.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import { historyOf, OPTIONS, ovhJob, placesOf } from './ovh-jobs.ts';

const translate = (record: unknown, options: SourceOptions = OPTIONS, position = 1) =>
  createOvhTranslator(options).next(record, position);
const idsOf = ({ events }: { readonly events: readonly ReportedEvent[] }) => events.map(({ id }) => id);
const reasonsOf = (record: unknown, options?: SourceOptions) =>
  translate(record, options).skipped.map(({ reason }) => reason);

test('the history of a job is one event each, and the first states what the job is', () => {
  const { events, skipped } = translate(ovhJob());
  expect(skipped).toEqual([]);
  expect(events[0]).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:ovh:ai-training',
    id: 'QUEUED@2026-11-03T09:30:02.708117Z',
    subject: '3f1c2a52-0d0b-4a5e-9a55-6b1f4f0f7c11',
    time: '2026-11-03T09:30:02.708117Z',
    data: {
      projectId: 'proj-1',
      status: 'QUEUED',
      resources: { flavor: 'h100-1-gpu', gpu: 2, cpu: 56 },
      labels: { team: 'vision', 'ovh/region': 'GRA', 'ovh/user': 'user-AbC123', 'ovh/name': 'train-a' },
      timeout: 'P7D',
    },
  });
  expect(idsOf({ events })).toEqual([
    'QUEUED@2026-11-03T09:30:02.708117Z',
    'INITIALIZING@2026-11-03T09:30:02.802995Z',
    'PENDING@2026-11-03T09:30:02.824278Z',
    'RUNNING@2026-11-03T09:31:09.327003Z',
    'FINALIZING@2026-11-03T10:12:39.000Z',
    'DONE@2026-11-03T10:12:41.000Z',
  ]);
  expect(events.slice(1).map(({ data }) => Object.keys(data))).toEqual(
    Array.from({ length: 5 }, () => ['projectId', 'status']),
  );
});

test('one job, a list and the items of a page give the same events', () => {
  const jobs = [ovhJob(), ovhJob({ id: 'job-2' })];
  const events = jobs.flatMap((job) => translate(job).events);
  expect(translate(jobs).events).toEqual(events);
  expect(translate({ items: jobs, metadata: { currentPage: 1 } }).events).toEqual(events);
});

test('a job that cannot be read is skipped with its position, and the others are not', () => {
  const { events, skipped } = translate([ovhJob(), { id: 'job-2' }, ovhJob({ id: 'job-3' })]);
  expect(new Set(events.map(({ subject }) => subject)).size).toBe(2);
  expect(skipped).toEqual([{ line: 2, reason: 'spec is missing' }]);
});

describe('what a job states', () => {
  const statedBy = (record: unknown, options: SourceOptions = OPTIONS) =>
    translate(record, options).events[0]?.data;

  test.each([
    ['GPUs, and the CPUs that come with them', {}, { flavor: 'h100-1-gpu', gpu: 2, cpu: 56 }],
    ['CPUs', { flavor: 'ai1-1-cpu', gpu: 0, cpu: 4, gpuModel: null }, { flavor: 'ai1-1-cpu', cpu: 4 }],
    ['GPUs alone', { cpu: null }, { flavor: 'h100-1-gpu', gpu: 2 }],
    [
      'the model of the GPUs',
      { flavor: null, gpu: 1, cpu: 13, gpuModel: 'Tesla-V100S' },
      { flavor: 'Tesla-V100S', gpu: 1, cpu: 13 },
    ],
  ])('are %s', (_, resources, stated) => {
    expect(statedBy(ovhJob({ resources }))?.resources).toEqual(stated);
  });

  test.each([
    [604800, 'P7D'],
    [90, 'PT1M30S'],
    [0, undefined],
    [null, undefined],
    [40_000_000, undefined],
  ])('is a timeout of %j seconds as %j, whether it restarts itself or not', (timeout, stated) => {
    for (const timeoutAutoRestart of [true, false, null])
      expect(statedBy(ovhJob({ spec: { timeout, timeoutAutoRestart } }))?.timeout).toBe(stated);
  });

  test('are its own labels before those of the platform, and those of the import before both', () => {
    const labels = {
      team: 'vision',
      'ovh/region': 'mine',
      'ovh/id': 'x',
      owner: 'ana',
      empty: '',
      'a b': 'c',
    };
    expect(statedBy(ovhJob({ spec: { labels } }), { ...OPTIONS, labels: { team: 'all' } })?.labels).toEqual({
      team: 'all',
      owner: 'ana',
      'ovh/region': 'GRA',
      'ovh/user': 'user-AbC123',
      'ovh/name': 'train-a',
    });
  });

  test('are as many labels as an event may have, those of the platform left out first', () => {
    const own = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`key-${index}`, 'value']));
    const labels = statedBy(ovhJob({ spec: { labels: own } }))?.labels ?? {};
    expect(Object.keys(labels)).toHaveLength(16);
    expect(labels).toMatchObject({ ...own, 'ovh/region': 'GRA' });
  });

  test.each([
    [{ spec: { labels: null, name: null, region: null }, user: null }, undefined],
    [{ spec: { labels: {}, name: undefined } }, { 'ovh/region': 'GRA', 'ovh/user': 'user-AbC123' }],
  ])('are no labels where there are none: %j', (differing, labels) => {
    expect(statedBy(ovhJob(differing))?.labels).toEqual(labels);
  });
});

describe('the history', () => {
  const at = (second: number) => `2026-11-03T09:30:0${second}Z`;
  const history = [
    { state: 'QUEUED', date: at(0) },
    { state: 'RUNNING', date: at(1) },
    { state: 'RESTARTING', date: at(2) },
    { state: 'QUEUED', date: at(2) },
    { state: 'RUNNING', date: at(3) },
  ];

  test('keeps the order of the API within one instant, and has a repeated entry once', () => {
    const repeated = [...history, ...history.slice(1, 3)];
    expect(idsOf(translate(ovhJob({ history: repeated, state: 'RUNNING' })))).toEqual([
      'QUEUED@2026-11-03T09:30:00.000Z',
      'RUNNING@2026-11-03T09:30:01.000Z',
      'RESTARTING@2026-11-03T09:30:02.000Z',
      'QUEUED@2026-11-03T09:30:02.000Z',
      'RUNNING@2026-11-03T09:30:03.000Z',
    ]);
  });

  test.each([
    ['2026-11-03T09:30:02Z', '2026-11-03T09:30:02.000Z'],
    ['2026-11-03T09:30:02.7Z', '2026-11-03T09:30:02.700Z'],
    ['2026-11-03T09:30:02.708117Z', '2026-11-03T09:30:02.708117Z'],
    ['2026-11-03T10:30:02.708+01:00', '2026-11-03T09:30:02.708Z'],
  ])('has %s at its full precision and in UTC', (date, time) => {
    const { events } = translate(ovhJob({ history: [{ state: 'QUEUED', date }] }));
    expect(events).toMatchObject([{ id: `QUEUED@${time}`, time }]);
  });

  test('of a job without a stop has no stop', () => {
    const { events } = translate(ovhJob({ history: historyOf('RUNNING'), state: 'RUNNING' }));
    expect(events.map(({ data }) => data.status)).toEqual(['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING']);
  });

  test('that lags behind the state gets the state at its date', () => {
    const lagging = (lastTransitionDate: unknown, state = 'INTERRUPTED') =>
      idsOf(
        translate(ovhJob({ history: historyOf('RUNNING'), state, status: { lastTransitionDate } })),
      ).slice(4);
    expect(lagging('2026-11-03T12:00:00.5Z')).toEqual(['INTERRUPTED@2026-11-03T12:00:00.500Z']);
    // The date may still be that of the last entry.
    expect(lagging('2026-11-03T09:31:09.327003Z')).toEqual([]);
    expect(lagging('2026-11-03T09:31:10Z', 'RUNNING')).toEqual([]);
    expect(lagging(null)).toEqual([]);
  });

  test('that is empty is replaced by the state and its date, and by nothing else', () => {
    const dates = {
      queuedAt: at(0),
      startedAt: at(1),
      stoppedAt: at(2),
      finalizedAt: at(3),
    };
    const lastTransitionDate = '2026-11-03T09:30:02Z';
    for (const history of [[], null]) {
      expect(idsOf(translate(ovhJob({ status: { history, state: 'QUEUED', lastTransitionDate } })))).toEqual([
        'QUEUED@2026-11-03T09:30:02.000Z',
      ]);
      expect(reasonsOf(ovhJob({ status: { history, ...dates } }))).toEqual([
        'status.history is empty, and no date of status.state is given',
      ]);
    }
  });
});

describe('a job is skipped, with the place of what is wrong', () => {
  test.each([
    [{ id: 'a job' }, 'id must be 1 to 128 characters of A-Z a-z 0-9 . _ : -'],
    [{ id: null }, 'id must be 1 to 128 characters of A-Z a-z 0-9 . _ : -'],
    [{ state: 'PAUSED' }, 'status.state "PAUSED" is not a known state'],
    [
      { history: [...historyOf('PENDING'), { state: 'PAUSED', date: '2026-11-03T10:00:00Z' }] },
      'status.history[3].state "PAUSED" is not a known state',
    ],
    [{ history: [{ state: 'QUEUED' }] }, 'status.history[0].date is missing'],
    [
      { history: [{ state: 'QUEUED', date: '03-11-26 09:30' }] },
      'status.history[0].date "03-11-26 09:30" is not a time with an offset',
    ],
    [{ history: 'QUEUED' }, 'status.history is not a list'],
    [
      { status: { lastTransitionDate: 'now' } },
      'status.lastTransitionDate "now" is not a time with an offset',
    ],
    [{ resources: { gpu: 0, cpu: 0 } }, 'spec.resources has neither GPUs nor CPUs'],
    [{ resources: { gpu: 0.5 } }, 'spec.resources.gpu is not a whole number from 0 to 100000'],
    [{ resources: { flavor: null, gpu: 0 } }, 'spec.resources.flavor is missing'],
    [{ resources: { flavor: 'a flavor' } }, 'spec.resources.flavor "a flavor" is not an id'],
    [{ spec: { timeout: '7d' } }, 'spec.timeout is not a whole number of seconds'],
    [{ spec: { labels: { team: 7 } } }, 'spec.labels.team is not a text'],
  ])('%j', (differing, reason) => {
    expect(translate(ovhJob(differing))).toEqual({ events: [], skipped: [{ line: 1, reason }] });
  });

  test.each([
    [null, 'the job is not an object'],
    ['job-1', 'the job is not an object'],
    [{ id: 'job-1' }, 'spec is missing'],
    [{ id: 'job-1', status: { state: 'RUNNING' } }, 'spec is missing'],
  ])('that is %j', (record, reason) => {
    expect(reasonsOf(record)).toEqual([reason]);
  });

  test('that has a state and no history: nothing is made up', () => {
    const answers = [
      { id: 'job-123', status: { state: 'PENDING' } },
      { id: 'job-123', status: { state: 'DONE' } },
      ovhJob({ status: { history: undefined } }),
    ];
    for (const record of [...answers, answers, { items: [{ id: 'job-1' }, { id: 'job-2' }] }]) {
      const { events, skipped } = translate(record);
      expect(events).toEqual([]);
      expect(skipped.length).toBeGreaterThan(0);
    }
  });

  test('whatever is put in place of a member', () => {
    const places = [...placesOf(ovhJob())];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 1 }), (place, value) => {
        const record = structuredClone(ovhJob());
        place(record, value);
        const { events, skipped } = translate(record);
        expect(events.length > 0 || skipped.length > 0).toBe(true);
        for (const event of events) expect(readEvent(event).errors).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the project', () => {
  const projectOf = (options: SourceOptions) => [
    ...new Set(translate(ovhJob(), options).events.map(({ data }) => data.projectId)),
  ];

  test('is the one given, or the one that a label names', () => {
    expect(projectOf(OPTIONS)).toEqual(['proj-1']);
    expect(projectOf({ project: { field: 'team' }, timeZone: 'UTC' })).toEqual(['vision']);
  });

  test('is not made up: without one a job is skipped, with what to do', () => {
    expect(reasonsOf(ovhJob(), { timeZone: 'UTC' })).toEqual([
      'a job does not name its project: give it with --project, or the label that names it',
    ]);
    expect(reasonsOf(ovhJob(), { project: { field: 'toString' }, timeZone: 'UTC' })).toEqual([
      'toString, which names the project, is missing',
    ]);
  });
});

describe('a sign of life', () => {
  const DAY = Date.parse('2026-11-05T00:00:00Z');
  const running = (status = {}) => ovhJob({ history: historyOf('RUNNING'), state: 'RUNNING', status });

  test('says that a job still runs at the start of a step, and nothing else', () => {
    expect(signOfLife(running(), OPTIONS, DAY)).toEqual({
      specversion: '1.0',
      type: 'training.job.status',
      source: 'urn:ovh:ai-training',
      id: 'RUNNING@2026-11-05T00:00:00.000Z',
      subject: '3f1c2a52-0d0b-4a5e-9a55-6b1f4f0f7c11',
      time: '2026-11-05T00:00:00.000Z',
      data: { projectId: 'proj-1', status: 'RUNNING' },
    });
  });

  test.each([
    ['began in the step', running(), Date.parse('2026-11-03T09:31:09.327Z')],
    ['has ended', ovhJob(), DAY],
    ['waits', ovhJob({ history: historyOf('PENDING'), state: 'PENDING' }), DAY],
    [
      'is said to run, and nobody knows since when',
      ovhJob({ history: historyOf('PENDING'), state: 'RUNNING' }),
      DAY,
    ],
    ['cannot be read', { id: 'job-1', status: { state: 'RUNNING' } }, DAY],
  ])('is not given of a job that %s', (_, job, step) => {
    expect(signOfLife(job, OPTIONS, step)).toBeUndefined();
  });

  test('is not given without a project', () => {
    expect(signOfLife(running(), { timeZone: 'UTC' }, DAY)).toBeUndefined();
  });

  test('needs no order of the history', () => {
    const history = historyOf('RUNNING').toReversed();
    expect(signOfLife(running({ history }), OPTIONS, DAY)).toBeDefined();
  });
});
