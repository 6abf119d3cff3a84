import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchTranslator } from '../../../lib/sources/batch.ts';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import {
  chargesOf,
  distinct,
  exampleRecords,
  expectNeverThrown,
  expectSameInAnyOrder,
  type Json,
  stepsOf,
  translateAll,
} from './aws-records.ts';

const OPTIONS: SourceOptions = { timeZone: 'UTC' };
const RECORDS = exampleRecords('batch');
const gpu = { unit: 'gpu', pricePerHour: '1' } as const;
const PLATFORM = { records: RECORDS, create: createBatchTranslator, prices: { gpu, 'gpu-spot': gpu } };

const translate = (records: readonly unknown[], options = OPTIONS) =>
  translateAll(createBatchTranslator(options), records);
const eventsOfJob = (name: string): Json[] =>
  exampleRecords('batch').filter(({ detail }) => detail.jobName === name);

const at = (time: string): number => Date.parse(`2026-10-12T${time}Z`);
/** A job of the time given, created at 10:00, with members of its detail. */
const job = (members: object): Json => {
  const [event] = eventsOfJob('train-a');
  return { ...event, detail: { ...event.detail, createdAt: at('10:00:00'), ...members } };
};
const attempt = (startedAt: string | undefined, stoppedAt: string | undefined) => ({
  ...(startedAt !== undefined && { startedAt: at(startedAt) }),
  ...(stoppedAt !== undefined && { stoppedAt: at(stoppedAt) }),
});
const reasonsOf = (record: unknown) => translate([record]).skipped.map(({ reason }) => reason);

test('a job is one event for each status, and the first says what it is', () => {
  const { events, skipped } = translate(eventsOfJob('too-long').slice(-1));
  expect(skipped).toEqual([]);
  expect(events[0]).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:aws:batch:eu-west-1:111122223333',
    id: 'QUEUED@2026-10-14T15:00:00.000Z',
    subject: '0e6a2b7c-51d8-4a7f-9f0b-b54d0f5a7c22',
    time: '2026-10-14T15:00:00.000Z',
    data: {
      projectId: '111122223333',
      status: 'QUEUED',
      resources: { flavor: 'gpu', gpu: 2, cpu: 16 },
      labels: { team: 'vision', name: 'too-long', queue: 'gpu' },
      timeout: 'PT1H',
    },
  });
  expect(stepsOf({ events })).toEqual(['QUEUED 15:00:00.000', 'RUNNING 15:03:00.000', 'FAILED 16:03:00.000']);
  for (const { data } of events.slice(1)) expect(Object.keys(data)).toEqual(['projectId', 'status']);
});

test('each attempt is a run, and the time between is RESTARTING', () => {
  const events = eventsOfJob('train-a');
  const steps = [
    'QUEUED 10:00:00.058',
    'RUNNING 10:05:00.000',
    'RESTARTING 11:35:20.000',
    'RUNNING 11:50:00.000',
    'DONE 13:10:00.000',
  ];
  expect(stepsOf(translate(events.slice(-1)))).toEqual(steps);
  expect(stepsOf(translate(events))).toEqual(steps);
  // Waiting for its first attempt, in it, after it, in the second one (once sent twice), at its end.
  expect(events.map((event) => stepsOf(translate([event])).length)).toEqual([1, 1, 2, 3, 3, 3, 4, 5]);
});

test('the charges are the minutes of the attempts, times the GPUs', () => {
  expect(chargesOf(distinct(translate(RECORDS).events), PLATFORM.prices)).toEqual({
    '0e6a2b7c-51d8-4a7f-9f0b-b54d0f5a7c22': ['10-14T15:03 60 x 2'],
    '4c7599ae-0a82-49aa-ba5a-4727fcce14a8': ['10-12T10:05 91 x 2', '10-12T11:50 80 x 2'],
    '77d3c1aa-9e0e-4f3b-8a54-3d2d5f6e7a33': [],
    '9b0f1f3e-6f2c-4a0e-8d53-0c9d1c8a2b11:0': ['10-13T06:10 91 x 1'],
    '9b0f1f3e-6f2c-4a0e-8d53-0c9d1c8a2b11:1': ['10-13T06:12 168 x 1'],
  });
});

test('a history in any order, repeated and split, gives the same events and charges', () => {
  expectSameInAnyOrder(PLATFORM);
});

interface Planned {
  readonly waits: number;
  /** Absent for an attempt that never starts. */
  readonly runs: number | undefined;
}

/** The records of a job with these attempts: before each one, in it, and at its end. */
const historyOf = (planned: readonly Planned[], end: string): Json[] => {
  const records: Json[] = [];
  const attempts: object[] = [];
  let time = at('10:00:00');
  for (const { waits, runs } of planned) {
    const last = attempts.at(-1) ?? {};
    for (const status of ['RUNNABLE', 'STARTING'])
      records.push(job({ status, attempts: [...attempts], ...last }));
    time += waits;
    const startedAt = runs === undefined ? undefined : time;
    if (startedAt !== undefined) records.push(job({ status: 'RUNNING', attempts: [...attempts], startedAt }));
    time += runs ?? 1;
    attempts.push({ ...(startedAt !== undefined && { startedAt }), stoppedAt: time });
  }
  return [...records, job({ status: end, attempts, ...attempts.at(-1) })];
};

test('what an early record tells is what the last one tells, whatever attempts a job has', () => {
  const planned = fc.record({
    waits: fc.integer({ min: 1, max: 100_000 }),
    runs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
  });
  const end = fc.constantFrom('SUCCEEDED', 'FAILED');
  fc.assert(
    fc.property(fc.array(planned, { minLength: 1, maxLength: 6 }), end, (...history) => {
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

test.each([7, null, [], { toString: 0 }])('a detail-type that is no text, %j, is named', (type) => {
  expect(reasonsOf({ ...RECORDS[0], 'detail-type': type })).toEqual([
    `detail-type ${JSON.stringify(type)} is not translated`,
  ]);
});

test('the answer of DescribeJobs gives the same events', () => {
  const jobs = RECORDS.filter((record) => record['detail-type'] === 'Batch Job State Change').map(
    ({ detail }) => detail,
  );
  expect(distinct(translate([{ jobs }]).events)).toEqual(distinct(translate(RECORDS).events));
});

test('the parent of an array and a service job give nothing: their parts are jobs of their own', () => {
  const parent = eventsOfJob('sweep').filter(({ detail }) => !detail.jobId.includes(':'));
  const service = RECORDS.filter((record) => record['detail-type'] === 'Batch Service Job State Change');
  expect(parent.length + service.length).toBe(3);
  expect(translate([...parent, ...service])).toEqual({ events: [], skipped: [] });
});

test('the nodes of a multi-node job are jobs of their own, and the job is skipped with the reason', () => {
  const jobId = '4c7599ae-0a82-49aa-ba5a-4727fcce14a8';
  const [event] = translate([job({ jobId: `${jobId}#1`, nodeDetails: { nodeIndex: 1 } })]).events;
  expect(event?.subject).toBe(`${jobId}.1`);
  expect(reasonsOf(job({ nodeProperties: { numNodes: 2 } }))).toEqual([
    'a multi-node parallel job is counted by its nodes, whose ids have a #',
  ]);
});

test('an attempt that never started is no run, and the job ends with it', () => {
  const attempts = [attempt('10:05:00', '10:30:00'), attempt(undefined, '10:40:00')];
  const failed = job({
    ...{ status: 'FAILED', attempts },
    ...{ startedAt: at('10:05:00'), stoppedAt: at('10:40:00') },
  });
  expect(stepsOf(translate([failed]))).toEqual([
    'QUEUED 10:00:00.000',
    'RUNNING 10:05:00.000',
    'RESTARTING 10:30:00.000',
    'FAILED 10:40:00.000',
  ]);
});

test('an attempt may begin when the one before stops, and the last one says when the job ends', () => {
  const attempts = [attempt('10:00:00', '10:30:00'), attempt('10:30:00', '10:40:00')];
  const { events, skipped } = translate([job({ status: 'FAILED', attempts, stoppedAt: at('10:41:00') })]);
  expect(skipped).toEqual([]);
  expect(stepsOf({ events })).toEqual([
    'QUEUED 10:00:00.000',
    'RUNNING 10:00:00.000',
    'RESTARTING 10:30:00.000',
    'RUNNING 10:30:00.000',
    'FAILED 10:40:00.000',
  ]);
});

test('the stop of an earlier attempt stops no later one that runs', () => {
  const times = { startedAt: at('10:45:00'), stoppedAt: at('10:30:00') };
  const retried = job({ status: 'RUNNING', attempts: [attempt('10:05:00', '10:30:00')], ...times });
  expect(stepsOf(translate([retried]))).toEqual([
    'QUEUED 10:00:00.000',
    'RUNNING 10:05:00.000',
    'RESTARTING 10:30:00.000',
    'RUNNING 10:45:00.000',
  ]);
});

test.each([
  ['in no attempt', { attempts: [] }],
  ['in an attempt without a stop', { attempts: [attempt('10:05:00', undefined)] }],
])('a run that is %s is the one of startedAt and stoppedAt', (_, members) => {
  const times = { startedAt: at('10:05:00'), stoppedAt: at('10:30:00') };
  expect(stepsOf(translate([job({ status: 'SUCCEEDED', ...times, ...members })]))).toEqual([
    'QUEUED 10:00:00.000',
    'RUNNING 10:05:00.000',
    'DONE 10:30:00.000',
  ]);
});

test.each([
  ['stops before it starts', attempt('10:20:00', '10:19:59'), 'attempt 2 stops before it starts'],
  ['has no stop', attempt('10:20:00', undefined), 'attempt 2 has no stoppedAt'],
  [
    'starts during an earlier one',
    attempt('10:09:59', '10:20:00'),
    'attempt 2 starts before the job was created, or an earlier attempt stopped',
  ],
])('an attempt that %s is left out with the reason, and the rest is kept', (_, wrong, reason) => {
  const attempts = [attempt('10:05:00', '10:10:00'), wrong, attempt('10:30:00', '10:40:00')];
  const { events, skipped } = translate([job({ status: 'SUCCEEDED', attempts })]);
  expect(skipped).toEqual([{ line: 1, reason }]);
  expect(stepsOf({ events })).toEqual([
    'QUEUED 10:00:00.000',
    'RUNNING 10:05:00.000',
    'RESTARTING 10:10:00.000',
    'RUNNING 10:30:00.000',
    'DONE 10:40:00.000',
  ]);
});

test('an end without its time is left out with the reason, and the rest is kept', () => {
  const { events, skipped } = translate([job({ status: 'FAILED', attempts: [] })]);
  expect(stepsOf({ events })).toEqual(['QUEUED 10:00:00.000']);
  expect(skipped).toEqual([{ line: 1, reason: 'the job has FAILED without a stoppedAt' }]);
});

test('a job that was ended before its first attempt ends when it was', () => {
  expect(stepsOf(translate([job({ status: 'FAILED', attempts: [], stoppedAt: at('10:02:00') })]))).toEqual([
    'QUEUED 10:00:00.000',
    'FAILED 10:02:00.000',
  ]);
});

const needing = (requirements: Readonly<Record<string, string>>) =>
  job({
    container: {
      resourceRequirements: Object.entries(requirements).map(([type, value]) => ({ type, value })),
    },
  });

test.each([
  [
    { GPU: '8', VCPU: '96', MEMORY: '1048576' },
    { gpu: 8, cpu: 96 },
  ],
  [{ VCPU: '0.25', MEMORY: '512' }, { cpu: 0.25 }],
  [{ GPU: '1' }, { gpu: 1 }],
])('a job that needs %j has the flavor of its queue and these counts', (requirements, counts) => {
  const [event] = translate([needing(requirements)]).events;
  expect(event?.data.resources).toEqual({ flavor: 'gpu-spot', ...counts });
});

test.each([
  [needing({ MEMORY: '512' }), 'container.resourceRequirements has neither GPU nor VCPU'],
  [needing({ VCPU: '1e9' }), 'container.resourceRequirements has VCPU "1e9"'],
  [needing({ GPU: '1000000' }), 'container.resourceRequirements has GPU "1000000"'],
  [job({ container: null }), 'container.resourceRequirements has neither GPU nor VCPU'],
  [job({ status: 'SLEEPING' }), 'status "SLEEPING" is not a known status'],
  [job({ jobQueue: 'gpu' }), 'jobQueue "gpu" is not the ARN of a job-queue'],
  [job({ jobId: 'a job' }), 'jobId "a job" is not an id'],
  [job({ createdAt: undefined }), 'createdAt is missing'],
  [job({ attempts: {} }), 'attempts is not a list'],
  [job({ tags: ['team'] }), 'tags is neither a map of tags nor a list of Key and Value'],
])('a job that cannot be read is skipped with the reason: %#', (record, reason) => {
  expect(translate([record])).toEqual({ events: [], skipped: [{ line: 1, reason }] });
});

test('the project is the account, the one given, or a tag', () => {
  const projectOf = (project: SourceOptions['project']) =>
    translate([job({})], { ...OPTIONS, project }).events[0]?.data.projectId;
  expect([undefined, { id: 'proj-1' }, { field: 'team' }].map(projectOf)).toEqual([
    '111122223333',
    'proj-1',
    'vision',
  ]);
});
