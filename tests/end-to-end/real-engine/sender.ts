import { isDeepStrictEqual } from 'node:util';
import type { ReportedFact, Resources } from '../../../lib/billing/facts.ts';
import { fromMilli } from '../../../lib/billing/money.ts';
import { RETRACTION_TYPE, STATUS_TYPE } from '../../../lib/shapes/event.ts';
import { type Differences, identityOf } from '../../../simulation/compare.ts';
import { postEvents } from '../stack.ts';

const sentResources = ({ flavor, milliUnits }: Resources) => ({
  flavor,
  ...Object.fromEntries(Object.entries(milliUnits).map(([unit, count]) => [unit, fromMilli(count)])),
});

/** RFC 3339 with nanoseconds. */
const sentTime = (time: number, nanos: number): string =>
  new Date(time).toISOString().replace('Z', `${String(nanos).padStart(6, '0')}Z`);

/** Whether the API takes it: resources have a count. */
export const canBeSent = (fact: ReportedFact): boolean =>
  fact.kind === 'retraction' || !fact.resources || Object.keys(fact.resources.milliUnits).length > 0;

/** The event that reports a fact. */
export const toEvent = (fact: ReportedFact) => {
  const { source, id, jobId, projectId } = fact;
  const attributes = {
    ...{ specversion: '1.0', source, id },
    subject: jobId,
    time: sentTime(fact.time, fact.kind === 'transition' ? (fact.nanos ?? 0) : 0),
  };
  if (fact.kind === 'retraction') {
    const { retracts, reason } = fact;
    return { ...attributes, type: RETRACTION_TYPE, data: { projectId, ...retracts, reason } };
  }
  const { status, resources, labels, timeoutMs } = fact;
  const data = {
    projectId,
    status,
    ...(resources && { resources: sentResources(resources) }),
    ...(labels && { labels }),
    ...(timeoutMs !== undefined && { timeout: `PT${timeoutMs / 1_000}S` }),
  };
  return { ...attributes, type: STATUS_TYPE, data };
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
