import { describe, expect, test } from 'vitest';
import { createOvhTranslator, signOfLife } from '../../../lib/sources/ovh.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import { historyOf, OPTIONS, ovhJob } from './ovh-jobs.ts';

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

test('without a project a job is skipped, with what to do', () => {
  expect(reasonsOf(ovhJob(), { timeZone: 'UTC' })).toEqual([
    'a job does not name its project: give it with --project, or the label that names it',
  ]);
});

describe('a sign of life', () => {
  const running = ovhJob({ history: historyOf('RUNNING'), state: 'RUNNING' });
  const day = Date.parse('2026-11-05T00:00:00Z');

  test('says that a job still runs at the start of a step', () => {
    expect(signOfLife(running, OPTIONS, day)).toMatchObject({
      id: 'RUNNING@2026-11-05T00:00:00.000Z',
      data: { projectId: 'proj-1', status: 'RUNNING' },
    });
  });
});
