import { describe, expect, test } from 'vitest';
import { recordEach, recordEvents } from '../../../lib/operations/record-events.ts';
import { Refusal } from '../../../lib/refusal.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore, type Store } from '../../../lib/store/store.ts';
import { wrapTable } from './tables.ts';
import { at, jobRef, recordable, retraction, status, TWO_CPUS } from './world.ts';

const NOW = at('2026-10-01T12:00:00Z');

const queued = status('job-1', 'QUEUED', '2026-10-01T08:00:00Z', { id: 'e-1' });
const running = status('job-1', 'RUNNING', '2026-10-01T08:05:00Z', { id: 'e-2' });
const running6 = { ...running, time: at('2026-10-01T08:06:00Z') };

const createLog = () => {
  const store = createStore(createMemoryTable());
  return {
    store,
    record: (...facts: Parameters<typeof recordable>[0][]) => recordEvents(store, facts.map(recordable), NOW),
  };
};

const outcomesOf = (results: readonly { id: string; outcome: string }[]) =>
  results.map(({ id, outcome }) => `${id} ${outcome}`);

const refusalOf = async (answer: Promise<unknown>): Promise<Refusal> => {
  const error: unknown = await answer.catch((reason: unknown) => reason);
  if (error instanceof Refusal) return error;
  throw new Error('it was not refused');
};

describe('recording events', () => {
  test('stores a new event as it was sent', async () => {
    const { store, record } = createLog();
    expect(outcomesOf(await record(queued, running))).toEqual(['e-1 recorded', 'e-2 recorded']);
    const facts = await store.readFacts(jobRef('job-1'));
    expect(facts).toHaveLength(2);
    expect(facts).toEqual(expect.arrayContaining([queued, running]));
  });

  test('answers in the order of the events, whatever their jobs', async () => {
    const { record } = createLog();
    const ofOther = status('job-2', 'QUEUED', '2026-10-01T08:00:00Z', { id: 'e-1' });
    await record(running);
    expect(outcomesOf(await record(queued, running, ofOther, queued))).toEqual([
      'e-1 recorded',
      'e-2 duplicate',
      'e-1 recorded',
      'e-1 duplicate',
    ]);
  });

  test('accepts an empty batch', async () => {
    expect(await createLog().record()).toEqual([]);
  });

  test('reports the same event again as a duplicate and changes nothing', async () => {
    const { store, record } = createLog();
    await record(queued);
    expect(outcomesOf(await record(queued))).toEqual(['e-1 duplicate']);
    expect(await store.readFacts(jobRef('job-1'))).toEqual([queued]);
  });

  test('refuses other content under a known identity as a conflict, and keeps what was recorded', async () => {
    const { store, record } = createLog();
    await record(running);
    const refusal = await refusalOf(record(running6));
    expect(refusal.code).toBe('conflict');
    expect(await store.readFacts(jobRef('job-1'))).toEqual([running]);
  });

  test('answers a batch with a conflict by the conflict, and records the rest of the batch', async () => {
    const { store, record } = createLog();
    await record(running);
    const stop = status('job-1', 'DONE', '2026-10-01T09:00:00Z', { id: 'e-3' });
    const refusal = await refusalOf(record(stop, running6, running));
    expect(refusal.members).toEqual({
      results: [
        { id: 'e-3', outcome: 'recorded' },
        { id: 'e-2', outcome: 'conflict' },
        { id: 'e-2', outcome: 'duplicate' },
      ],
    });
    expect(await store.readFacts(jobRef('job-1'))).toHaveLength(2);
  });

  test('keeps the first of two events of one identity in a batch', async () => {
    const { record } = createLog();
    expect(outcomesOf(await record(running, running))).toEqual(['e-2 recorded', 'e-2 duplicate']);

    const { store, record: recordAnew } = createLog();
    const refusal = await refusalOf(recordAnew(running, running6, running6));
    expect(refusal.members.results).toEqual([
      { id: 'e-2', outcome: 'recorded' },
      { id: 'e-2', outcome: 'conflict' },
      { id: 'e-2', outcome: 'conflict' },
    ]);
    expect(await store.readFacts(jobRef('job-1'))).toEqual([running]);
  });

  test('takes the same id of another job or source as another event', async () => {
    const { record } = createLog();
    const elsewhere = { ...running6, source: 'https://sbg.training.example' };
    const ofOther = { ...running6, jobId: 'job-2' };
    expect(outcomesOf(await record(running, elsewhere, ofOther))).toEqual([
      'e-2 recorded',
      'e-2 recorded',
      'e-2 recorded',
    ]);
  });

  test('takes the same event of another project as another event, of another job', async () => {
    const { store, record } = createLog();
    const elsewhere = { ...running6, projectId: 'proj-2' };
    expect(outcomesOf(await record(running, elsewhere, running))).toEqual([
      'e-2 recorded',
      'e-2 recorded',
      'e-2 duplicate',
    ]);
    expect(await store.readFacts(jobRef('job-1'))).toEqual([running]);
    expect(await store.readFacts(jobRef('job-1', 'proj-2'))).toEqual([elsewhere]);
  });

  test('takes a retraction and a transition with one id as one identity', async () => {
    const { record } = createLog();
    await record(running);
    const asRetraction = { ...retraction(queued, '2026-10-01T09:00:00Z'), id: running.id };
    expect((await refusalOf(record(asRetraction))).members.results).toEqual([
      { id: 'e-2', outcome: 'conflict' },
    ]);
    expect(outcomesOf(await record({ ...asRetraction, id: 'e-4' }))).toEqual(['e-4 recorded']);
  });

  test('records one of two concurrent events of one identity, and reports the other', async () => {
    const { store, record } = createLog();
    const answers = await Promise.allSettled([record(running), record(running), record(running6)]);
    const outcomes = answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value[0]?.outcome : 'conflict',
    );
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
    expect(await store.readFacts(jobRef('job-1'))).toHaveLength(1);
  });

  test('completes a batch that failed half-way when it is sent again', async () => {
    const table = createMemoryTable();
    let calls = 0;
    const failing = wrapTable(table, async (_, run) => {
      calls += 1;
      if (calls === 3) throw new Error('throttled');
      return run();
    });
    const facts = Array.from({ length: 5 }, (_, i) =>
      status('job-1', 'RUNNING', `2026-10-01T08:0${i}:00Z`, { id: `e-${i}`, resources: TWO_CPUS }),
    );
    await expect(recordEvents(createStore(failing), facts.map(recordable), NOW)).rejects.toThrow('throttled');
    const store = createStore(table);
    const results = await recordEvents(store, facts.map(recordable), NOW);
    expect(results.map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
    expect(results.every(({ outcome }) => outcome !== 'conflict')).toBe(true);
    expect(await store.readFacts(jobRef('job-1'))).toHaveLength(5);
  });

  test('answers a hundred events one by one', async () => {
    const { record } = createLog();
    const facts = Array.from({ length: 100 }, (_, i) =>
      status(`job-${i % 7}`, 'RUNNING', '2026-10-01T08:00:00Z', { id: `e-${i}` }),
    );
    expect(outcomesOf(await record(...facts))).toEqual(facts.map(({ id }) => `${id} recorded`));
  });

  test('has sixteen events of a batch at once under way, and one of an identity', async () => {
    const facts = Array.from({ length: 100 }, (_, i) =>
      status('job-1', 'RUNNING', '2026-10-01T08:00:00Z', { id: `e-${i % 90}` }),
    );
    const underWay: string[] = [];
    let most = 0;
    const store = {
      recordFact: async ({ id }: { readonly id: string }) => {
        expect(underWay).not.toContain(id);
        most = Math.max(most, underWay.push(id));
        await Promise.resolve();
        underWay.splice(underWay.indexOf(id), 1);
        return 'recorded' as const;
      },
    };
    await recordEach(store as unknown as Store, facts.map(recordable), 0);
    expect(most).toBe(16);
  });
});
