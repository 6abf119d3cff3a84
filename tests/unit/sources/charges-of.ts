import { expect } from 'vitest';
import type { ReportedFact } from '../../../lib/billing/facts.ts';
import { readEvent } from '../../../lib/operations/read-event.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import { derive, tariffFrom } from '../billing/builders.ts';

const RULES = [
  tariffFrom('2010-01-01T00:00:00Z'),
  tariffFrom('2010-01-01T00:00:00Z', {
    billableStatuses: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
  }),
];

/** The facts of events, which must be valid. */
export const factsOf = (events: readonly ReportedEvent[]): ReportedFact[] =>
  events.map((event) => {
    const { errors, recordable } = readEvent(event);
    expect(errors).toEqual([]);
    if (!recordable) throw new Error('a fact is missing');
    return recordable.fact;
  });

/** What each job is charged under each rule, from the facts in the order of their events. */
export const chargesOf = (events: readonly ReportedEvent[]): Readonly<Record<string, unknown>> => {
  const jobs = [...Map.groupBy(factsOf(events), ({ projectId, jobId }) => `${projectId} ${jobId}`)];
  return Object.fromEntries(jobs.map(([job, log]) => [job, RULES.map((rule) => derive(log, [rule]))]));
};
