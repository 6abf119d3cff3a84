import { expect, test } from 'vitest';
import { arrivalOf, createJobs, type Job } from '../../../bench/workload.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { createRandom } from '../../../simulation/random.ts';

const MONTH = '2026-02';
const jobs = createJobs({ jobs: 300, projects: 7, month: MONTH, seed: 1 });
const [job] = jobs as [Job];
const statuses = (disorder: Parameters<typeof arrivalOf>[1]) =>
  arrivalOf(job, disorder, createRandom(1)).map(({ status }) => status);
const IN_ORDER = ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'];

test('every job goes through six statuses in their order, within the month', () => {
  const { start, end } = createCalendar('UTC').month(MONTH);
  for (const { transitions } of jobs) {
    expect(transitions.map(({ status }) => status)).toEqual(IN_ORDER);
    const times = transitions.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((time) => time >= start && time < end)).toBe(true);
  }
});

test('jobs and events have ids of their own, as long as real ones; another seed gives others', () => {
  const ids = jobs.flatMap(({ jobId, transitions }) => [jobId, ...transitions.map(({ id }) => id)]);
  expect(new Set(ids).size).toBe(300 * 7);
  expect(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  expect(createJobs({ jobs: 1, projects: 1, month: MONTH, seed: 2 })[0]?.jobId).not.toBe(job.jobId);
});

test('events arrive in order, or late by one place, or again at the end', () => {
  expect(statuses({ duplicated: 0, reordered: 0 })).toEqual(IN_ORDER);
  expect(statuses({ duplicated: 1, reordered: 0 })).toEqual([...IN_ORDER, ...IN_ORDER]);
  expect(statuses({ duplicated: 0, reordered: 1 })).toEqual([
    ...['INITIALIZING', 'QUEUED', 'RUNNING', 'PENDING', 'DONE', 'FINALIZING'],
  ]);
});

test('about as many events are duplicated and reordered as requested', () => {
  const random = createRandom(1);
  const arrivals = jobs.map((each) => arrivalOf(each, { duplicated: 0.05, reordered: 0 }, random));
  const extra = arrivals.flat().length - 300 * 6;
  expect(extra).toBeGreaterThan(60);
  expect(extra).toBeLessThan(120);
});
