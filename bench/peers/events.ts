import { PutItemCommand, QueryCommand, type QueryOutput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { JobRef, Transition } from '../../lib/billing/facts.ts';
import type { Stage } from '../stage.ts';

/** The partition of a job's events. */
export const logOf = ({ projectId, jobId }: JobRef): string => `JOB#${projectId}#${jobId}`;

/** A conditional put of an event. */
export const eventPut = (tableName: string, event: Transition) => ({
  TableName: tableName,
  Item: marshall({ pk: logOf(event), sk: `EVENT#${event.id}`, ...event }),
  ConditionExpression: 'attribute_not_exists(pk)',
});

export const putEvent = ({ client, tableName }: Stage, event: Transition) =>
  client.send(new PutItemCommand(eventPut(tableName, event)));

/** Items of all pages. */
async function* readPages<T>(readPage: (from: QueryOutput['LastEvaluatedKey']) => Promise<QueryOutput>) {
  let from: QueryOutput['LastEvaluatedKey'];
  do {
    const { Items = [], LastEvaluatedKey } = await readPage(from);
    yield* Items.map((item) => unmarshall(item) as T);
    from = LastEvaluatedKey;
  } while (from);
}

/** All items of a partition. */
export const readPartition = <T>({ client, tableName }: Stage, pk: string): AsyncIterable<T> =>
  readPages((from) =>
    client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': pk }),
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    ),
  );

/** All items of the table. */
export const scanTable = <T>({ client, tableName }: Stage): AsyncIterable<T> =>
  readPages((from) =>
    client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: from })),
  );
