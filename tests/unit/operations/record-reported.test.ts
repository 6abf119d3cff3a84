import { expect, test } from 'vitest';
import { recordReported } from '../../../lib/operations/record-reported.ts';
import { eventOf, type Moment, type Stated } from '../../../lib/sources/reported-event.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { at, jobRef } from './world.ts';

const NOW = at('2026-10-01T12:00:00Z');

const JOB = { source: 'urn:platform', projectId: 'proj-1', jobId: 'job-1' };
const running = (moment: Moment, stated?: Stated) => eventOf(JOB, 'RUNNING', moment, stated);
const START = running('2026-10-01T08:00:00.123Z', { resources: { flavor: 'ai1-1-gpu', gpu: 2 } });

const createLog = () => {
  const store = createStore(createMemoryTable());
  return { store, record: (...events: (typeof START)[]) => recordReported(store, events, NOW) };
};

test('an event that is reported again, in one report or the next, is recorded once', async () => {
  const { store, record } = createLog();
  const done = eventOf(JOB, 'DONE', '2026-10-01T09:00:00.000Z');
  expect(await record(START, done, START)).toEqual({
    ...{ recorded: 2, duplicates: 1, conflicts: 0, refused: [] },
  });
  expect(await record(done, START)).toEqual({ recorded: 0, duplicates: 2, conflicts: 0, refused: [] });
  expect(await store.readFacts(jobRef('job-1'))).toHaveLength(2);
});

test('labels that a platform changed later keep no event back: what was recorded first stays', async () => {
  const { store, record } = createLog();
  const labelled = running(START.time, { labels: { team: 'vision' } });
  const again = running(START.time, { labels: { team: 'speech' } });
  const done = eventOf(JOB, 'DONE', '2026-10-01T09:00:00.000Z');
  await record(labelled);
  expect(await record(again, done)).toEqual({ recorded: 1, duplicates: 0, conflicts: 1, refused: [] });
  expect(await store.readFacts(jobRef('job-1'))).toContainEqual(
    expect.objectContaining({ status: 'RUNNING', labels: { team: 'vision' } }),
  );
});

test('an event that breaks a rule is refused with the rule, and keeps no other back', async () => {
  const { record } = createLog();
  const nowhere = eventOf({ ...JOB, jobId: 'job#1' }, 'QUEUED', '2026-10-01T08:00:00.000Z');
  const ahead = eventOf(JOB, 'DONE', '2026-10-01T12:05:00.001Z');
  expect(await record(nowhere, START, ahead)).toEqual({
    ...{ recorded: 1, duplicates: 0, conflicts: 0 },
    refused: [
      { event: nowhere, reason: 'subject must be 1 to 128 characters of A-Z a-z 0-9 . _ : -' },
      { event: ahead, reason: 'time must not be more than 5 minutes ahead' },
    ],
  });
});

test('a job of years ago is recorded, since only what is sent may be too old', async () => {
  const { record } = createLog();
  expect(await record(running('2017-10-07T01:12:09.000Z'))).toMatchObject({ recorded: 1, refused: [] });
});
