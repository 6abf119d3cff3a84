import { describe, expect, test } from 'vitest';
import { isExpectedStep, rankOf, STATUSES, type Status } from '../../../lib/billing/statuses.ts';

const RANKS: Record<Status, number> = {
  RESTARTING: 0,
  QUEUED: 1,
  INITIALIZING: 2,
  PENDING: 3,
  RUNNING: 4,
  INTERRUPTING: 5,
  TIMEOUT: 5,
  FINALIZING: 6,
  DONE: 7,
  INTERRUPTED: 7,
  FAILED: 7,
  ERROR: 7,
  SYNC_FAILED: 7,
};

test('there are the eleven statuses of the product page and the two the API adds', () => {
  expect([...STATUSES].sort()).toEqual(Object.keys(RANKS).sort());
});

test.each(Object.entries(RANKS))('%s has rank %i', (status, rank) => {
  expect(rankOf(status as Status)).toBe(rank);
});

describe('steps', () => {
  const unexpectedSteps = (...trace: readonly Status[]) =>
    trace.filter((status, index) => !isExpectedStep(trace[index - 1] ?? 'start', status));

  test.each<[string, Status[]]>([
    ['a job that ends', ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE']],
    [
      'a job that is stopped',
      ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'INTERRUPTING', 'FINALIZING', 'INTERRUPTED'],
    ],
    [
      'a job that reaches its timeout',
      ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'TIMEOUT', 'FINALIZING', 'INTERRUPTED'],
    ],
    ['a job that fails', ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'FAILED']],
    ['a job whose image cannot be pulled', ['QUEUED', 'INITIALIZING', 'PENDING', 'FAILED']],
    ['a job the backend loses', ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'ERROR']],
    ['a job whose data cannot be synchronized', ['QUEUED', 'INITIALIZING', 'SYNC_FAILED']],
    ['a job stopped in the queue', ['QUEUED', 'INTERRUPTED']],
    [
      'an automatic restart',
      [
        'QUEUED',
        'INITIALIZING',
        'PENDING',
        'RUNNING',
        'FAILED',
        'RESTARTING',
        'QUEUED',
        'INITIALIZING',
        'PENDING',
        'RUNNING',
      ],
    ],
  ])('%s goes through expected steps only', (_, trace) => {
    expect(unexpectedSteps(...trace)).toEqual([]);
  });

  const ANY_TIME = [
    'QUEUED',
    'INITIALIZING',
    'PENDING',
    'RUNNING',
    'INTERRUPTING',
    'TIMEOUT',
    'FINALIZING',
  ] as const;

  test.each<[Status, readonly (Status | 'start')[]]>([
    ['QUEUED', ['start', 'RESTARTING']],
    ['INITIALIZING', ['RESTARTING', 'QUEUED']],
    ['PENDING', ['INITIALIZING']],
    ['RUNNING', ['PENDING']],
    ['TIMEOUT', ['RUNNING']],
    ['INTERRUPTING', ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'TIMEOUT']],
    ['FINALIZING', ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT']],
    ['DONE', ['RUNNING', 'TIMEOUT', 'FINALIZING']],
    ['INTERRUPTED', ANY_TIME],
    ['FAILED', ANY_TIME],
    ['ERROR', ANY_TIME],
    ['SYNC_FAILED', ['INITIALIZING', 'FINALIZING']],
    [
      'RESTARTING',
      ['RUNNING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'],
    ],
  ])('%s is expected after %j, and after nothing else', (to, expected) => {
    expect((['start', ...STATUSES] as const).filter((from) => isExpectedStep(from, to))).toEqual(expected);
  });
});
