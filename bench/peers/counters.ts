import { GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Transition } from '../../lib/billing/facts.ts';
import { eventPut, logOf, putEvent, readPartition } from './events.ts';
import { type MeteredStage, monthOf, type Peer, START, STOP, unitMinutes } from './peer.ts';

/**
 * One counter per project and month; the event that stops a job increments it in the same
 * transaction.
 */
export const createCounters = (stage: MeteredStage, projects: readonly string[]): Peer => {
  const keyOf = (projectId: string, month: string) => marshall({ pk: `COUNTER#${projectId}`, sk: month });

  const count = (stop: Transition, value: number) =>
    stage.client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: eventPut(stage.tableName, stop) },
          {
            Update: {
              TableName: stage.tableName,
              Key: keyOf(stop.projectId, monthOf(stop)),
              UpdateExpression: 'ADD unitMinutes :value',
              ExpressionAttributeValues: marshall({ ':value': value }),
            },
          },
        ],
      }),
    );

  return {
    name: 'counters in a transaction',
    meter: stage.meter,
    async take(event) {
      if (event.status !== STOP) return void (await putEvent(stage, event));
      const log = await Array.fromAsync(readPartition<Transition>(stage, logOf(event)));
      const start = log.find(({ status }) => status === START);
      if (start) await count(event, unitMinutes(start, event));
    },
    async endMonth(month) {
      const sums = new Map<string, number>();
      for (const projectId of projects) {
        const { Item } = await stage.client.send(
          new GetItemCommand({
            TableName: stage.tableName,
            Key: keyOf(projectId, month),
            ConsistentRead: true,
          }),
        );
        if (Item) sums.set(projectId, unmarshall(Item).unitMinutes);
      }
      return sums;
    },
  };
};
