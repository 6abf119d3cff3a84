import type { ReportedFact } from '../billing/facts.ts';
import { Refusal } from '../refusal.ts';
import type { ConflictResults } from '../shapes/events.ts';
import type { Store } from '../store/store.ts';

/** Concurrent writes of one batch. */
const CONCURRENCY = 16;

/** A validated event and the fingerprint of its content, which a duplicate shares. */
export interface RecordableFact {
  readonly fact: ReportedFact;
  readonly fingerprint: string;
}

/** The outcome of one event. */
export type RecordResult = ConflictResults[number];

const identityOf = ({ fact: { projectId, jobId, source, id } }: RecordableFact) =>
  JSON.stringify([projectId, jobId, source, id]);

/**
 * Records each event once in its job's log, with the outcomes in the order given. Facts are only
 * added, so a batch that fails half-way can be recorded again.
 */
export const recordEach = async (
  store: Store,
  events: readonly RecordableFact[],
  now: number,
): Promise<RecordResult[]> => {
  const sameIdentity = Map.groupBy(
    events.map((event, index) => ({ ...event, index })),
    identityOf,
  );
  const results: RecordResult[] = [];
  /** What is left for all of them. */
  const groups = sameIdentity.values();
  const recordGroups = async () => {
    for (const group of groups)
      for (const { fact, fingerprint, index } of group)
        results[index] = { id: fact.id, outcome: await store.recordFact(fact, fingerprint, now) };
  };
  const atOnce = Math.min(CONCURRENCY, sameIdentity.size);
  await Promise.all(Array.from({ length: atOnce }, recordGroups));
  return results;
};

/** Records events as they are sent: a conflict is refused, with the outcomes of all events. */
export const recordEvents = async (
  store: Store,
  events: readonly RecordableFact[],
  now: number,
): Promise<RecordResult[]> => {
  const results = await recordEach(store, events, now);
  const conflicts = results.filter(({ outcome }) => outcome === 'conflict');
  if (conflicts.length > 0)
    throw new Refusal(
      'conflict',
      `${conflicts.length} of ${results.length} events were recorded before with other content and were not changed: ` +
        'send a correction as a new event with an id of its own, or a retraction',
      { members: { results } },
    );
  return results;
};
