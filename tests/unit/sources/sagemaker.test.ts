import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSagemakerTranslator } from '../../../lib/sources/sagemaker.ts';
import {
  chargesOf,
  distinct,
  exampleRecords,
  expectNeverThrown,
  expectSameInAnyOrder,
  type Json,
  stepsOf,
} from './aws-records.ts';
import { changed, eventsOfJob, translate } from './sagemaker-jobs.ts';

const RECORDS = exampleRecords('sagemaker');
const node = { unit: 'node', pricePerHour: '1' } as const;
const PLATFORM = {
  records: RECORDS,
  create: createSagemakerTranslator,
  prices: { 'ml.p4d.24xlarge': node, 'ml.g5.12xlarge': node, 'ml.p5.48xlarge': node },
};

test('a job is one event for each status, and the first says what it is', () => {
  const { events, skipped } = translate(eventsOfJob('train-llm-1').slice(-1));
  expect(skipped).toEqual([]);
  expect(events[0]).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:aws:sagemaker:eu-west-1:111122223333',
    id: 'QUEUED@2026-10-05T08:00:00.120Z',
    subject: 'eu-west-1:train-llm-1',
    time: '2026-10-05T08:00:00.120Z',
    data: {
      projectId: '111122223333',
      status: 'QUEUED',
      resources: { flavor: 'ml.p4d.24xlarge', node: 2 },
      labels: { 'cost-center': '4711', team: 'language', name: 'train-llm-1' },
      timeout: 'P1D',
    },
  });
  expect(stepsOf({ events })).toEqual([
    'QUEUED 08:00:00.120',
    'INITIALIZING 08:00:00.512',
    'RUNNING 08:04:10.250',
    'DONE 14:02:40.640',
  ]);
  for (const { data } of events.slice(1)) expect(Object.keys(data)).toEqual(['projectId', 'status']);
});

test.each([
  [
    'interrupted and started again: the time between is not RUNNING',
    'train-vision-spot',
    [
      'QUEUED 20:00:00.000',
      'INITIALIZING 20:00:00.300',
      'RUNNING 20:03:00.000',
      'RESTARTING 22:03:00.000',
      'INITIALIZING 22:40:00.000',
      'RUNNING 22:44:00.000',
      'DONE 00:14:00.000',
    ],
  ],
  [
    'stopped',
    'train-vision-stopped',
    [
      'QUEUED 09:00:00.000',
      'INITIALIZING 09:00:00.400',
      'RUNNING 09:02:00.000',
      'INTERRUPTING 10:30:00.000',
      'INTERRUPTED 10:31:30.000',
    ],
  ],
  [
    'stopped for its time: TIMEOUT from when it is stopped',
    'train-llm-too-long',
    [
      'QUEUED 12:00:00.000',
      'INITIALIZING 12:00:00.400',
      'RUNNING 12:05:00.000',
      'INTERRUPTING 14:05:00.000',
      'TIMEOUT 14:05:00.000',
      'INTERRUPTED 14:07:00.000',
    ],
  ],
  [
    'failed before it ran',
    'train-no-capacity',
    ['QUEUED 07:00:00.000', 'INITIALIZING 07:00:00.400', 'FAILED 07:45:00.000'],
  ],
])('a job %s', (_, name, steps) => {
  const events = eventsOfJob(name);
  expect(stepsOf(translate(events.slice(-1)))).toEqual(steps);
  expect(stepsOf(translate(events))).toEqual(steps);
});

test('the charges are the minutes from TrainingStartTime on, times the instances', () => {
  expect(chargesOf(distinct(translate(RECORDS).events), PLATFORM.prices)).toEqual({
    'eu-west-1:train-llm-1': ['10-05T08:04 359 x 2'],
    'eu-west-1:train-llm-too-long': ['10-09T12:05 120 x 1'],
    'eu-west-1:train-no-capacity': [],
    'eu-west-1:train-vision-spot': ['10-06T20:03 120 x 1', '10-06T22:44 90 x 1'],
    'eu-west-1:train-vision-stopped': ['10-08T09:02 88 x 4'],
  });
});

test('a history in any order, repeated and split, gives the same events and charges', () => {
  expectSameInAnyOrder(PLATFORM);
});

/** The records of a job that passes through statuses, each so many milliseconds after the one before. */
const historyOf = (passed: readonly (readonly [string, number])[], end: string): Json[] => {
  let time = Date.parse('2026-10-05T08:00:00.120Z');
  const transitions = [...passed, [end, 1] as const].map(([Status, ms]) => {
    time += ms;
    return { Status, StartTime: time };
  });
  const start = transitions.find(({ Status }) => /Downloading|Training|Uploading/.test(Status))?.StartTime;
  return transitions.map(({ Status, StartTime }, index) => {
    const isLast = index === passed.length;
    const status = end === 'Completed' || end === 'Failed' ? end : 'Stopped';
    return changed({
      ...{ TrainingJobStatus: isLast ? status : 'InProgress', SecondaryStatus: Status },
      TrainingStartTime: start !== undefined && start <= StartTime ? start : null,
      TrainingEndTime: isLast && start !== undefined ? StartTime : null,
      SecondaryStatusTransitions: transitions.slice(0, index + 1),
    });
  });
};

test('what an early record tells is what the last one tells, whatever a job passes through', () => {
  const status = fc.constantFrom(
    ...[
      'Starting',
      'Pending',
      'Downloading',
      'Training',
      'Uploading',
      'Interrupted',
      'Restarting',
      'Stopping',
    ],
  );
  const passed = fc.array(fc.tuple(status, fc.nat(100_000)), { maxLength: 10 });
  const end = fc.constantFrom('Completed', 'Failed', 'Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded');
  fc.assert(
    fc.property(passed, end, (...history) => {
      const records = historyOf(...history);
      const { events, skipped } = translate(records);
      expect(skipped).toEqual([]);
      expect(distinct(events)).toEqual(distinct(translate(records.slice(-1)).events));
    }),
    { numRuns: 300 },
  );
});

test('any damage to a record is reported, never thrown, and never an invalid event', () => {
  expectNeverThrown(PLATFORM);
});

/** The same job as DescribeTrainingJob answers, with its times as `show` writes them. */
const described = (name: string, show: (ms: number) => unknown): Json => {
  const { detail } = eventsOfJob(name).at(-1);
  const time = (value: unknown) => (value === null ? undefined : show(Number(value)));
  const Tags = Object.entries(detail.Tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ...{ ...detail, Tags, CreationTime: time(detail.CreationTime) },
    ...{ TrainingStartTime: time(detail.TrainingStartTime), TrainingEndTime: time(detail.TrainingEndTime) },
    SecondaryStatusTransitions: detail.SecondaryStatusTransitions.map((transition: Json) => ({
      ...transition,
      StartTime: time(transition.StartTime),
    })),
    ...{ EnableManagedSpotTraining: true, BillableTimeInSeconds: 21510 },
  };
};

test.each([
  ['seconds with a fraction', (ms: number) => ms / 1000],
  [
    'ISO 8601 with an offset',
    (ms: number) => new Date(ms + 3_600_000).toISOString().replace('Z', '000+01:00'),
  ],
  ['texts of milliseconds', (ms: number) => String(ms)],
  // The API knows microseconds that the events do not have.
  ['microseconds', (ms: number) => new Date(ms).toISOString().replace('Z', '789Z')],
])('the answer of DescribeTrainingJob gives the same events, with times as %s', (_, show) => {
  for (const name of new Set(RECORDS.map(({ detail }) => detail.TrainingJobName)))
    expect(distinct(translate([described(name, show)]).events)).toEqual(
      distinct(translate(eventsOfJob(name)).events),
    );
});

test.each([
  ['an array', (events: Json[]) => events],
  [
    'lines of CloudWatch',
    (events: Json[]) => ({
      events: events.map((event) => ({ timestamp: 1, message: JSON.stringify(event) })),
    }),
  ],
  [
    'an export of CloudWatch',
    (events: Json[]) => ({
      messageType: 'DATA_MESSAGE',
      logEvents: events.map((event) => ({ id: '1', message: JSON.stringify(event) })),
    }),
  ],
])('events in %s are the same', (_, within) => {
  expect(distinct(translate([within(RECORDS)]).events)).toEqual(distinct(translate(RECORDS).events));
});
