import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Transition } from '../../lib/billing/facts.ts';
import { commencedMinutes, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { putEvent, readPartition } from './events.ts';
import { addTo, type MeteredStage, monthOf, type Peer, START, STOP, unitsOf } from './peer.ts';

const BATCH_ITEMS = 25;

/**
 * One item per minute of each running job, written by a timer and counted at month end. Here all
 * are written when the job stops.
 */
export const createMinuteItems = (stage: MeteredStage, projects: readonly string[]): Peer => {
  const starts = new Map<string, Transition>();
  const partitionOf = (projectId: string, month: string) => `MINUTES#${projectId}#${month}`;

  const tick = async (start: Transition, stop: Transition) => {
    const items = Array.from({ length: commencedMinutes(start.time, stop.time) }, (_, minute) =>
      marshall({
        pk: partitionOf(start.projectId, monthOf(start)),
        sk: `${start.jobId}#${new Date(start.time + minute * MINUTE_MS).toISOString()}`,
        units: unitsOf(start),
        flavor: start.resources?.flavor,
      }),
    );
    for (let first = 0; first < items.length; first += BATCH_ITEMS) {
      const requests = items.slice(first, first + BATCH_ITEMS).map((Item) => ({ PutRequest: { Item } }));
      const RequestItems = { [stage.tableName]: requests };
      await stage.client.send(new BatchWriteItemCommand({ RequestItems }));
    }
  };

  return {
    name: 'one item per minute',
    meter: stage.meter,
    async take(event) {
      await putEvent(stage, event);
      if (event.status === START) starts.set(event.jobId, event);
      const start = starts.get(event.jobId);
      if (event.status === STOP && start) await tick(start, event);
    },
    async endMonth(month) {
      const sums = new Map<string, number>();
      for (const projectId of projects)
        for await (const { units } of readPartition<{ units: number }>(stage, partitionOf(projectId, month)))
          addTo(sums, projectId, units);
      return sums;
    },
  };
};
