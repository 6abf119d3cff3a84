import { expect, test } from 'vitest';
import { readJobStatuses } from '../../../../lib/operations/reads/job-statuses.ts';
import { createWorld, retraction, status } from '../world.ts';

test('of each job the latest status is read, and none of a job without one', async () => {
  const world = await createWorld({ now: '2026-11-02T00:00:00Z' });
  const mistaken = status('taken-back', 'RUNNING', '2026-11-01T00:00:00Z');
  await world.tell(
    status('failed', 'RUNNING', '2026-11-01T00:00:00Z'),
    status('failed', 'FAILED', '2026-11-01T01:00:00Z'),
    status('runs-on', 'RUNNING', '2026-11-01T00:00:00Z'),
    mistaken,
    retraction(mistaken, '2026-11-01T02:00:00Z'),
  );
  const charges = ['failed', 'runs-on', 'taken-back', 'unknown'].map((jobId) => ({ jobId }));
  expect(await readJobStatuses(await world.open(), 'proj-1', charges)).toEqual(
    new Map([
      ['failed', 'FAILED'],
      ['runs-on', 'RUNNING'],
    ]),
  );
});

test('the log of each job is read once, and only some logs at a time', async () => {
  const { store } = await (await createWorld({ now: '2026-11-02T00:00:00Z' })).open();
  const jobIds = Array.from({ length: 100 }, (_, index) => `job-${index}`);
  const charges = jobIds.map((jobId) => ({ jobId }));
  const read: string[] = [];
  let reading = 0;
  let most = 0;
  const readFacts: typeof store.readFacts = async (job) => {
    read.push(job.jobId);
    reading += 1;
    most = Math.max(most, reading);
    const facts = await store.readFacts(job);
    reading -= 1;
    return facts;
  };
  await readJobStatuses({ store: { ...store, readFacts } }, 'proj-1', [...charges, ...charges]);
  expect(read).toEqual(jobIds);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(16);
});
