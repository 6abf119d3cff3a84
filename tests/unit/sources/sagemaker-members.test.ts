import { describe, expect, test } from 'vitest';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import { stepsOf } from './aws-records.ts';
import { changed, eventsOfJob, OPTIONS, reasonsOf, translate } from './sagemaker-jobs.ts';

test.each(['08:04:09.900', '08:04:10.900'])('the first run begins at TrainingStartTime, like %s', (time) => {
  const TrainingStartTime = Date.parse(`2026-10-05T${time}Z`);
  expect(stepsOf(translate([changed({ TrainingStartTime })]))).toContain(`RUNNING ${time}`);
});

test('without TrainingStartTime nothing has run, and the job ends as its transition says', () => {
  const TrainingEndTime = Date.parse('2026-10-05T23:00:00Z');
  const steps = stepsOf(translate([changed({ TrainingStartTime: null })]));
  expect(steps.map((step) => step.split(' ')[0])).toEqual(['QUEUED', 'INITIALIZING', 'DONE']);
  expect(stepsOf(translate([changed({ TrainingStartTime: null, TrainingEndTime })]))).toEqual(steps);
});

test.each([
  ['before it has run', null, ['Starting', 'Stopping'], ['INITIALIZING', 'INTERRUPTED']],
  [
    'while it waits to run again',
    '08:00:01',
    ['Training', 'Interrupted', 'Stopping'],
    ['RUNNING', 'RESTARTING', 'INTERRUPTED'],
  ],
  ['while it runs', '08:00:01', ['Training', 'Stopping'], ['RUNNING', 'INTERRUPTING', 'INTERRUPTED']],
])('a job that is stopped %s may be billed while it stops only if it ran', (_, start, passed, entered) => {
  const time = (text: string) => Date.parse(`2026-10-05T${text}Z`);
  const stopped = changed({
    ...{ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' },
    TrainingStartTime: start && time(start),
    SecondaryStatusTransitions: [...passed, 'Stopped'].map((Status, minute) => ({
      ...{ Status, StartTime: time(`08:0${minute}:01`) },
    })),
  });
  expect(translate([stopped]).events.map(({ data }) => data.status)).toEqual(['QUEUED', ...entered]);
});

test.each([
  [86_400, 'P1D'],
  [0, undefined],
  [null, undefined],
  // Longer than an event may state: it limits nothing that a tariff does not.
  [366 * 86_400, 'P366D'],
  [366 * 86_400 + 1, undefined],
])('MaxRuntimeInSeconds %j is the timeout %j', (MaxRuntimeInSeconds, timeout) => {
  const [event] = translate([changed({ StoppingCondition: { MaxRuntimeInSeconds } })]).events;
  expect(event?.data.timeout).toBe(timeout);
});

test('a run that TrainingStartTime no longer tells begins as its transition says', () => {
  const spot = eventsOfJob('train-vision-spot').at(-1);
  const restarted = Date.parse('2026-10-06T22:44:00Z');
  const moved = { ...spot, detail: { ...spot.detail, TrainingStartTime: restarted } };
  expect(stepsOf(translate([moved]))).toEqual(stepsOf(translate([spot])));
});

test.each([
  ['Pending', 'QUEUED 08:00:01.000'],
  ['Restarting', 'RESTARTING 08:00:01.000'],
])('a job whose latest status is %s enters %s', (Status, step) => {
  const waiting = changed({
    ...{ TrainingJobStatus: 'InProgress', SecondaryStatus: Status, TrainingStartTime: null },
    SecondaryStatusTransitions: [
      { Status: 'Starting', StartTime: Date.parse('2026-10-05T08:00:00.500Z') },
      { Status, StartTime: Date.parse('2026-10-05T08:00:01Z') },
    ],
  });
  expect(stepsOf(translate([waiting])).at(-1)).toBe(step);
});

test('a job without transitions runs from TrainingStartTime to TrainingEndTime', () => {
  const steps = [
    'QUEUED 08:00:00.120',
    'RUNNING 08:04:10.250',
    'TIMEOUT 14:02:40.640',
    'INTERRUPTED 14:02:40.640',
  ];
  const job = { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' };
  expect(stepsOf(translate([changed({ ...job, SecondaryStatusTransitions: [] })]))).toEqual(
    expect.arrayContaining(steps),
  );
});

test('an end without its time is left out with the reason, and the rest is kept', () => {
  const { events, skipped } = translate([changed({ TrainingEndTime: null })]);
  expect(stepsOf({ events }).at(-1)).toBe('RUNNING 08:04:10.250');
  expect(skipped).toEqual([{ line: 1, reason: 'the job is Completed without an end' }]);
});

describe('instances', () => {
  const groupsOf = (...types: string[]) => ({
    InstanceGroups: types.map((InstanceType, index) => ({
      ...{ InstanceGroupName: `group-${index}`, InstanceType, InstanceCount: index + 1 },
    })),
  });

  test('of several groups of one type are counted together', () => {
    const [event] = translate([
      changed({ ResourceConfig: groupsOf('ml.p3.2xlarge', 'ml.p3.2xlarge') }),
    ]).events;
    expect(event?.data.resources).toEqual({ flavor: 'ml.p3.2xlarge', node: 3 });
  });

  test('of several types have no price in common', () => {
    expect(reasonsOf(changed({ ResourceConfig: groupsOf('ml.p3.2xlarge', 'ml.c5.xlarge') }))).toEqual([
      'ResourceConfig.InstanceGroups has several instance types',
    ]);
  });

  test.each([{}, { InstanceType: 'ml.p3.2xlarge' }, { InstanceType: null, InstanceCount: 2 }])(
    'are not made up: %j',
    (ResourceConfig) => {
      expect(reasonsOf(changed({ ResourceConfig }))).toEqual([
        'ResourceConfig has no instance type and count',
      ]);
    },
  );
});

const COUNT_RULE = 'ResourceConfig.InstanceCount is not a whole number from 0 to 100000';
const SECONDS_RULE = 'StoppingCondition.MaxRuntimeInSeconds is not a whole number of seconds';

test.each([-1, 0.5, Infinity])('a count or a number of seconds is never %j', (number) => {
  expect(reasonsOf(changed({ ResourceConfig: { InstanceCount: number } }))).toEqual([COUNT_RULE]);
  const limited = changed({ StoppingCondition: { MaxRuntimeInSeconds: number } });
  expect(reasonsOf(limited)).toEqual([SECONDS_RULE]);
});

test('a count is at most 100000', () => {
  expect(reasonsOf(changed({ ResourceConfig: { InstanceCount: 100_001 } }))).toEqual([COUNT_RULE]);
});

test.each([
  [{ TrainingJobStatus: 'Paused' }, 'TrainingJobStatus "Paused" is not a known status'],
  [{ SecondaryStatus: 'Resting' }, 'SecondaryStatus "Resting" is not a known status'],
  [
    { SecondaryStatusTransitions: [{ Status: 'Resting', StartTime: 1 }] },
    'SecondaryStatusTransitions[0].Status "Resting" is not a known status',
  ],
  [
    { CreationTime: 'yesterday' },
    'CreationTime is not a time: epoch milliseconds, epoch seconds or ISO 8601 with an offset',
  ],
  [
    { CreationTime: null },
    'CreationTime is not a time: epoch milliseconds, epoch seconds or ISO 8601 with an offset',
  ],
  [{ TrainingJobArn: 'train-a' }, 'TrainingJobArn "train-a" is not the ARN of a training-job'],
  [{ TrainingJobName: 'a name' }, 'TrainingJobName "eu-west-1:a name" is not an id'],
  [
    { TrainingEndTime: Date.parse('2026-10-05T08:04:00Z') },
    'CreationTime, the transitions, TrainingStartTime and TrainingEndTime are not in order',
  ],
  [
    { TrainingStartTime: Date.parse('2026-10-05T07:00:00Z') },
    'CreationTime, the transitions, TrainingStartTime and TrainingEndTime are not in order',
  ],
])('a job with %j is skipped with the reason', (members, reason) => {
  expect(translate([changed(members)])).toEqual({ events: [], skipped: [{ line: 1, reason }] });
});

test.each([
  [
    { 'detail-type': 'SageMaker Transform Job State Change', detail: {} },
    'detail-type "SageMaker Transform Job State Change" is not translated',
  ],
  ['2026-11-03', 'the record is not an object'],
  [{ message: 'START RequestId' }, 'message is not JSON'],
  [{ 'detail-type': 'SageMaker Training Job State Change' }, 'the detail is missing'],
])('the record %j is skipped with the reason', (record, reason) => {
  expect(reasonsOf(record)).toEqual([reason]);
});

test('the project is the account, the one given, or a tag', () => {
  const projectOf = (project: SourceOptions['project']) =>
    translate([changed({ Tags: { account: 'mine', team: 'language' } })], { ...OPTIONS, project }).events[0]
      ?.data.projectId;
  expect(projectOf(undefined)).toBe('111122223333');
  expect(projectOf({ id: 'proj-1' })).toBe('proj-1');
  expect(projectOf({ field: 'team' })).toBe('language');
  expect(projectOf({ field: 'account' })).toBe('mine');
  expect(reasonsOf(changed({}), { ...OPTIONS, project: { field: 'owner' } })).toEqual([
    'owner, which names the project, is missing',
  ]);
});

test('the labels are those given, then the tags, then the name, as far as they fit', () => {
  const tags = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`tag-${index + 10}`, 'value']));
  const labelsOf = (Tags: unknown) =>
    translate([changed({ Tags })], { ...OPTIONS, labels: { owner: 'ana' } }).events[0]?.data.labels ?? {};
  expect(labelsOf({ owner: 'ben', 'aws:system': 'x', 'a b': 'c', empty: '', name: 'mine' })).toEqual({
    ...{ owner: 'ana', name: 'mine' },
  });
  expect(Object.keys(labelsOf(tags))).toHaveLength(16);
  expect(labelsOf(Object.fromEntries(Object.entries(tags).toReversed()))).toEqual(labelsOf(tags));
  expect(labelsOf(tags)).not.toHaveProperty('name');
});
