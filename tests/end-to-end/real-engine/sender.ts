import { isDeepStrictEqual } from 'node:util';
import type { ReportedFact } from '../../../lib/billing/facts.ts';
import { RETRACTION_TYPE, STATUS_TYPE } from '../../../lib/shapes/event.ts';
import { type Differences, identityOf } from '../../../simulation/compare.ts';
import { postEvents } from '../stack.ts';

/** The event that reports a fact. */
export const toEvent = (fact: ReportedFact) => {
  const { source, id, jobId, projectId } = fact;
  const attributes = {
    ...{ specversion: '1.0', source, id },
    subject: jobId,
    time: new Date(fact.time).toISOString(),
  };
  if (fact.kind === 'retraction') {
    const { retracts, reason } = fact;
    return { ...attributes, type: RETRACTION_TYPE, data: { projectId, ...retracts, reason } };
  }
  const { status, resources } = fact;
  return { ...attributes, type: STATUS_TYPE, data: { projectId, status, ...(resources && { resources }) } };
};

/**
 * Sends facts to the API at `url` as signed events, one request after the other, and has the
 * expected answer of each.
 */
export const createSender = (url: string) => {
  const accepted = new Map<string, ReportedFact>();
  const counts = { requests: 0, events: 0, recorded: 0, duplicate: 0, conflict: 0 };

  const record = (fact: ReportedFact): 'recorded' | 'duplicate' | 'conflict' => {
    const before = accepted.get(identityOf(fact));
    if (before) return isDeepStrictEqual(before, fact) ? 'duplicate' : 'conflict';
    accepted.set(identityOf(fact), fact);
    return 'recorded';
  };

  return {
    /** Each event as it was first sent: the only content its identity may have in the log. */
    accepted: accepted as ReadonlyMap<string, ReportedFact>,
    counts: counts as Readonly<typeof counts>,
    /** One fact goes as a single event, several as a batch. */
    async send(facts: readonly ReportedFact[]): Promise<Differences> {
      const [first, ...others] = facts.map(toEvent);
      if (!first) return [];
      const results = facts.map((fact) => ({ id: fact.id, outcome: record(fact) }));
      for (const { outcome } of results) counts[outcome] += 1;
      counts.events += results.length;
      counts.requests += 1;
      const expected = {
        status: results.some(({ outcome }) => outcome === 'conflict') ? 409 : 202,
        results,
      };
      const answer = await postEvents(url, others.length === 0 ? first : [first, ...others]);
      const found = { status: answer.status, results: (answer.body as typeof expected).results };
      return isDeepStrictEqual(found, expected)
        ? []
        : [`events answered ${answer.text}, not ${JSON.stringify(expected)}`];
    },
  };
};
