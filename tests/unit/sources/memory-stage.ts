import type { JobRef } from '../../../lib/billing/facts.ts';
import { MAX_BATCH_EVENTS } from '../../../lib/http/cloud-events.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import { agreeOnSettings, createMemory, openContext } from '../../../lib/operations/billing-context.ts';
import { closeMonths } from '../../../lib/operations/close/close-months.ts';
import { readStatement, readStatements } from '../../../lib/operations/reads/read-statements.ts';
import { recordEvents } from '../../../lib/operations/record-events.ts';
import { settle } from '../../../lib/operations/settle/settle.ts';
import { publishTariff } from '../../../lib/operations/tariffs/publish.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import type { TraceStage } from '../../../simulation/traces/play-trace.ts';

/** A batch as the receiver of events parses and validates it. */
export const parseBatch = (events: readonly ReportedEvent[], now: number) =>
  parseEvents(
    {
      ...{ method: 'POST', route: 'POST /v1/events', path: '/v1/events', pathParameters: {}, query: {} },
      headers: new Map([['content-type', 'application/cloudevents-batch+json']]),
      body: Buffer.from(JSON.stringify(events)),
    },
    now,
  );

/** The real operations over a table in memory, without HTTP and stream. */
export const createMemoryStage = async (now: number): Promise<TraceStage> => {
  const store = createStore(createMemoryTable());
  const settings = await agreeOnSettings(store, { timeZone: 'UTC', currency: 'EUR' }, now);
  const memory = createMemory();
  let ids = 0;
  const clock = { now };
  const context = openContext(store, settings, {
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms;
    },
    newId: () => `statement-${++ids}`,
    memory,
  });
  const unsettled = new Map<string, JobRef>();

  return {
    async publish(tariff) {
      await publishTariff(context, tariff, { backdate: true });
    },
    async send(events) {
      const counts = { recorded: 0, duplicates: 0 };
      for (let start = 0; start < events.length; start += MAX_BATCH_EVENTS) {
        const batch = parseBatch(events.slice(start, start + MAX_BATCH_EVENTS), clock.now);
        for (const { outcome } of await recordEvents(store, batch, clock.now)) {
          if (outcome === 'recorded') counts.recorded += 1;
          else counts.duplicates += 1;
        }
        for (const { fact } of batch) unsettled.set(`${fact.projectId} ${fact.jobId}`, fact);
      }
      return counts;
    },
    async settled() {
      for (const { projectId, jobId } of unsettled.values()) await settle(context, { projectId, jobId });
      unsettled.clear();
    },
    async close(month) {
      await closeMonths(context, { month });
    },
    async statements(projectId) {
      const { statements } = await readStatements(context, projectId);
      return Promise.all(statements.map(({ month }) => readStatement(context, projectId, month)));
    },
  };
};
