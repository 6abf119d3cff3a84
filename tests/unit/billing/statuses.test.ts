import { describe, expect, test } from 'vitest';
import {
  beginsRun,
  isFinal,
  isForbiddenStep,
  rankOf,
  STATUSES,
  type Status,
} from '../../../lib/billing/statuses.ts';
import { ALLOWED, RANKS } from './lifecycle-model.ts';

test('there are the eleven statuses of the product page and the two the API adds', () => {
  expect([...STATUSES].sort()).toEqual(Object.keys(RANKS).sort());
});

test.each(Object.entries(RANKS))('%s has rank %i', (status, rank) => {
  expect(rankOf(status as Status)).toBe(rank);
});

test('a run begins with RESTARTING or QUEUED, and ends with five statuses', () => {
  expect(STATUSES.filter(beginsRun)).toEqual(['RESTARTING', 'QUEUED']);
  expect(STATUSES.filter(isFinal)).toEqual(['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED']);
});

describe('steps', () => {
  const forbiddenSteps = (...trace: readonly Status[]) =>
    trace.filter((status, index) => isForbiddenStep(trace[index - 1], status));

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
    [
      'a job that is started again by hand',
      ['RUNNING', 'DONE', 'QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING'],
    ],
    ['a job restarted while it was finalizing', ['RUNNING', 'FINALIZING', 'RESTARTING', 'INITIALIZING']],
    ['a job of which only two statuses are reported', ['RUNNING', 'DONE']],
    ['a restart of which only RUNNING is reported', ['RUNNING', 'FAILED', 'RESTARTING', 'RUNNING', 'DONE']],
  ])('%s goes through allowed steps only', (_, trace) => {
    expect(forbiddenSteps(...trace)).toEqual([]);
  });

  test.each(STATUSES.map((from) => [from]))('after %s only what the lifecycle shows may follow', (from) => {
    const allowed = STATUSES.filter((to) => !isForbiddenStep(from, to));
    expect(allowed.sort()).toEqual([...ALLOWED[from], from].sort());
  });

  test('before the first status nothing is forbidden', () => {
    expect(STATUSES.filter((status) => isForbiddenStep(undefined, status))).toEqual([]);
  });

  test.each(STATUSES.map((status) => [status]))('to report %s again is no step', (status) => {
    expect(isForbiddenStep(status, status)).toBe(false);
  });

  test.each(['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'] as const)(
    'after %s only RESTARTING or QUEUED begins another run',
    (ended) => {
      expect(STATUSES.filter((to) => !isForbiddenStep(ended, to))).toEqual(['RESTARTING', 'QUEUED', ended]);
    },
  );

  test('no run begins in the middle of another but by RESTARTING', () => {
    const inRun = ['INITIALIZING', 'PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING'] as const;
    expect(inRun.filter((from) => !isForbiddenStep(from, 'QUEUED'))).toEqual([]);
    expect(inRun.filter((from) => isForbiddenStep(from, 'RESTARTING'))).toEqual([]);
  });
});
