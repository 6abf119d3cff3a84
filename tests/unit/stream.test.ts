import { describe, expect, test } from 'vitest';
import type { Transition } from '../../lib/billing/facts.ts';
import { toAttributes } from '../../lib/store/dynamodb-expressions.ts';
import { cutoffKey, eventKey, jobPartition, outgoingEventKey } from '../../lib/store/keys.ts';
import type { Key } from '../../lib/store/table.ts';
import { factsOf, failuresOf, failuresOfTopics, jobsOf, topicsOf } from '../../lib/stream.ts';
import { createWorld, cutoff, jobRef, retraction, status, TWO_GPUS } from './operations/world.ts';

const [ours, theirs] = [jobRef('job-1'), jobRef('job-1', 'proj-2')];

const eventOf = (...keys: readonly Key[]) => ({
  Records: keys.map(({ pk, sk }, index) => ({
    dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber: String(index) },
  })),
});

const batch = eventOf(
  eventKey(ours, { source: 'gra', id: 'e-1' }),
  eventKey(theirs, { source: 'gra', id: 'e-1' }),
  eventKey(ours, { source: 'gra', id: 'e-2' }),
  cutoffKey(ours, '2026-11'),
  { pk: 'PROJECT#proj-1#2026-10', sk: 'CHARGE#job-1#2026-10-05T08:00:00.000Z' },
  { pk: 'PARKED', sk: 'proj-1#job-1' },
);

describe('the records of a stream', () => {
  test('are of jobs, each once, however many of its facts arrived: equal ids of two projects are two', () => {
    expect(jobsOf(batch)).toEqual([ours, theirs]);
    expect(jobsOf(eventOf())).toEqual([]);
    expect(jobsOf({ Records: [{}] })).toEqual([]);
  });

  test('have the facts of each job as a read of its log gives them', async () => {
    const world = await createWorld();
    const facts = [
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', { resources: TWO_GPUS, timeoutMs: 60_000 }),
      status('job-1', 'DONE', '2026-10-05T09:00:00Z', { labels: { team: 'a' } }),
    ];
    await world.record(...facts, retraction(facts[0] as Transition, '2026-10-05T09:30:00Z'));
    await world.write(cutoff('job-1', '2026-11'));
    const items = await world.items('');
    const Records = items
      .filter(({ pk }) => pk.startsWith('JOB#'))
      .map((item) => ({
        dynamodb: {
          Keys: { pk: { S: item.pk } },
          NewImage: toAttributes(item) as Record<string, { S: string }>,
        },
      }));
    expect(factsOf({ Records }).get(jobPartition(ours))).toEqual(await world.store.readFacts(ours));
    expect(factsOf(batch).get(jobPartition(ours))).toEqual([]);
  });

  test('are reported as failed for the job of their own project only', () => {
    expect(failuresOf(batch, [ours])).toEqual({
      batchItemFailures: [{ itemIdentifier: '0' }, { itemIdentifier: '2' }, { itemIdentifier: '3' }],
    });
    expect(failuresOf(batch, [theirs])).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(failuresOf(batch, [])).toEqual({ batchItemFailures: [] });
  });

  test('are of topics where they are events out, and are reported as failed for their topic', () => {
    const job = { kind: 'job', ...ours } as const;
    const months = { kind: 'months' } as const;
    const out = eventOf(
      outgoingEventKey(job, 'a'),
      outgoingEventKey(months, 'b'),
      outgoingEventKey(job, 'c'),
    );
    expect(topicsOf(out)).toEqual([job, months]);
    expect(topicsOf(batch)).toEqual([]);
    expect(failuresOfTopics(out, [job])).toEqual({
      batchItemFailures: [{ itemIdentifier: '0' }, { itemIdentifier: '2' }],
    });
  });
});
