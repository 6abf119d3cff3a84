import { expect, test } from 'vitest';
import { importEvents } from '../../../../lib/operations/import/import-events.ts';
import { recordReported } from '../../../../lib/operations/record-reported.ts';
import type { ReportedEvent } from '../../../../lib/sources/reported-event.ts';
import { createWorld, jobRef, type World } from '../world.ts';
import { event, streamed } from './events.ts';

const MONTHS = Array.from({ length: 24 }, (_, index) => {
  const month = new Date(Date.UTC(2024, 10 + index)).toISOString().slice(0, 7);
  return { month, jobId: `job-${month}` };
});

const resources = { flavor: 'ai1-1-gpu', gpu: 2 };

/** A job of an hour in each of the 24 months up to 2026-10. */
const HISTORY = MONTHS.flatMap(({ month, jobId }) => [
  event('RUNNING', `${month}-03T08:00:00.000Z`, { jobId, resources }),
  event('DONE', `${month}-03T09:00:00.000Z`, { jobId }),
]);

const importInto = async ({ store, clock, settle }: World, events: readonly ReportedEvent[]) => {
  const imported = await importEvents(streamed(events), (batch) => recordReported(store, batch, clock.now));
  for (const jobId of new Set(events.map(({ subject }) => subject))) await settle(jobRef(jobId));
  return imported;
};

const statementsOf = async ({ store }: World) =>
  Promise.all(MONTHS.map(async ({ month }) => (await store.readStatement('proj-1', month))?.total));

test('two years of history are billed by one statement a month, whatever their age', async () => {
  const world = await createWorld({ now: '2026-11-28T12:00:00Z' });
  expect(await importInto(world, HISTORY)).toEqual({
    ...{ events: 48, recorded: 48, known: 0, conflicts: 0, refused: [], projects: ['proj-1'] },
    ...{ from: '2024-11-03T08:00:00.000Z', to: '2026-10-03T09:00:00.000Z' },
  });
  expect((await world.close()).map(({ month }) => month)).toEqual(MONTHS.map(({ month }) => month));
  expect(await statementsOf(world)).toEqual(MONTHS.map(() => '3.86'));
});

test('an import that is repeated, before and after a close, changes nothing', async () => {
  const world = await createWorld({ now: '2026-11-28T12:00:00Z' });
  const half = HISTORY.slice(0, 25);
  await importInto(world, half);
  expect(await importInto(world, HISTORY)).toMatchObject({ recorded: 23, known: 25 });
  await world.close();
  expect(await importInto(world, HISTORY)).toMatchObject({
    events: 48,
    recorded: 0,
    known: 48,
    conflicts: 0,
  });
  await world.closeAt('2026-12-05T00:00:00Z');
  expect(await world.store.readStatement('proj-1', '2026-11')).toBeUndefined();
});

test('what is imported after a close is a correction on the next statement', async () => {
  const world = await createWorld({ now: '2026-11-28T12:00:00Z' });
  await importInto(world, HISTORY);
  await world.close();
  await importInto(world, [
    event('RUNNING', '2025-01-09T00:00:00.000Z', { jobId: 'late', resources }),
    event('DONE', '2025-01-09T02:00:00.000Z', { jobId: 'late' }),
  ]);
  await world.closeAt('2026-12-05T00:00:00Z');
  const { lines, total } = await world.statement('proj-1', '2026-11');
  expect({ lines: lines.map(({ kind, usageMonth, amount }) => [kind, usageMonth, amount]), total }).toEqual({
    lines: [['correction', '2025-01', '7.72']],
    total: '7.72',
  });
});

test('what is refused is counted by its reason with the first places; a conflict changes nothing', async () => {
  const world = await createWorld({ now: '2026-11-28T12:00:00Z' });
  const [first, ...others] = HISTORY;
  if (!first) throw new Error('there is no history');
  await importInto(world, HISTORY);
  const changed = { ...first, data: { ...first.data, labels: { team: 'other' } } };
  const ahead = ['1', '2', '3', '4'].map((jobId) => event('RUNNING', '2026-11-28T12:06:00.000Z', { jobId }));
  expect(await importInto(world, [changed, ...others, ...ahead])).toMatchObject({
    ...{ recorded: 0, known: 47, conflicts: 1 },
    refused: [
      {
        reason: expect.stringContaining('ahead'),
        count: 4,
        first: ['1', '2', '3'].map((job) => `RUNNING@2026-11-28T12:06:00.000Z of ${job}`),
      },
    ],
  });
});

test('a history of any length needs the memory of one batch', async () => {
  let read = 0;
  let recorded = 0;
  let most = 0;
  const events = async function* () {
    for (let job = 0; job < 5_000; job += 1)
      for (const status of ['RUNNING', 'DONE'] as const) {
        read += 1;
        most = Math.max(most, read - recorded);
        yield event(status, '2026-10-01T00:00:00.000Z', { jobId: `job-${job}` });
      }
  };
  const sum = await importEvents(events(), async (batch) => {
    recorded += batch.length;
    return { recorded: batch.length, duplicates: 0, conflicts: 0, refused: [] };
  });
  expect(sum).toMatchObject({ events: 10_000, recorded: 10_000 });
  expect(most).toBe(1_000);
});
