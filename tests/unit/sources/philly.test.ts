import { expect, test } from 'vitest';
import { eventsOf, inShort, philly, skippedInShort } from './data.ts';

const jobId = (number: number) => `application_1500000000000_${String(number).padStart(4, '0')}`;
const short = (number: number) => inShort(philly(), jobId(number));

test('a job with one attempt, in the zone of the cluster', () => {
  const [queued, running] = eventsOf(philly(), jobId(1));
  expect(queued).toEqual({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'urn:philly',
    id: 'QUEUED@2017-10-03T15:00:00.000Z',
    subject: jobId(1),
    time: '2017-10-03T15:00:00.000Z',
    data: { projectId: 'a1b2c3', status: 'QUEUED', labels: { user: 'u1f00d' } },
  });
  expect(running?.id).toBe('RUNNING@2017-10-03T15:00:30.000Z#1');
  expect(short(1).slice(1)).toEqual([
    '2017-10-03T15:00:30Z RUNNING gpu gpu 8 node 1',
    '2017-10-03T16:00:31Z DONE',
  ]);
});

test('each attempt after the first is a restart on GPUs of its own', () => {
  expect(short(2)).toEqual([
    '2017-10-03T15:00:00Z QUEUED',
    '2017-10-03T15:10:00Z RUNNING gpu gpu 16 node 2',
    '2017-10-03T15:20:00Z RESTARTING',
    '2017-10-03T15:20:07Z RUNNING gpu gpu 4 node 1',
    '2017-10-03T15:50:00Z RESTARTING',
    '2017-10-03T15:50:00Z RUNNING gpu gpu 4 node 1',
    '2017-10-03T15:50:00Z FAILED',
  ]);
});

test('a job without attempts was queued, and one without an end still ran', () => {
  expect(short(4)).toEqual(['2017-10-04T07:00:00Z QUEUED']);
  expect(short(5).at(-1)).toBe('2017-12-14T19:00:00Z RUNNING gpu gpu 2 node 1');
});

test('an attempt without a start, or without GPUs, has not run; the end of the job stays', () => {
  expect(short(6)).toEqual(['2017-10-05T17:00:00Z QUEUED', '2017-10-05T18:00:00Z FAILED']);
  expect(short(9)).toEqual(['2017-10-06T17:00:00Z QUEUED', '2017-10-06T18:00:00Z DONE']);
});

test('an attempt without an end is not extended to the next one', () => {
  expect(short(7)).toEqual([
    '2017-10-05T17:00:00Z QUEUED',
    '2017-10-05T19:00:00Z RUNNING gpu gpu 2 node 1',
    '2017-10-05T20:00:00Z FAILED',
  ]);
});

test('what cannot be read is reported with its position', () => {
  expect(skippedInShort(philly())).toEqual([
    '6: attempt 1 has no start_time',
    '7: attempt 1 has no end_time, and another follows',
    '8: submitted_time and the times of the attempts are not in order',
    '9: attempt 1 has no GPUs',
    '10: submitted_time and the times of the attempts are not in order',
    '11: status "Running" is unknown',
    '12: end_time of attempt 1 2017-11-05 01:30:00 is not one instant in America/Los_Angeles',
    '13: end_time of attempt 1 2017-10-06 11:70:00 is not one instant in America/Los_Angeles',
    '14: vc "a vc" is not an id',
    '16: submitted_time "None" is not a local time',
    '17: the record is not an object',
    '18: jobid is not a text',
  ]);
});

test('in a zone without offset changes every real time is one instant', () => {
  expect(inShort(philly(undefined, 'UTC'), jobId(12))).toHaveLength(3);
});

test.each([
  ['not JSON', '[{'],
  ['not a JSON array', '{}'],
])('a file that is %s', (what, text) => {
  expect(philly(text)).toEqual({ events: [], skipped: [{ line: 1, reason: `the file is ${what}` }] });
});
