import { PutItemCommand, QueryCommand, type QueryOutput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Transition } from '../../lib/billing/facts.ts';
import type { Stage } from '../stage.ts';

/** A put of an event that is there once. */
export const eventPut = (tableName: string, event: Transition) => ({
  TableName: tableName,
  Item: marshall({ pk: `JOB#${event.jobId}`, sk: `EVENT#${event.id}`, ...event }),
  ConditionExpression: 'attribute_not_exists(pk)',
});

export const putEvent = ({ client, tableName }: Stage, event: Transition) =>
  client.send(new PutItemCommand(eventPut(tableName, event)));

/** Everything that is read, page after page. */
async function* readPages<T>(readPage: (from: QueryOutput['LastEvaluatedKey']) => Promise<QueryOutput>) {
  let from: QueryOutput['LastEvaluatedKey'];
  do {
    const { Items = [], LastEvaluatedKey } = await readPage(from);
    yield* Items.map((item) => unmarshall(item) as T);
    from = LastEvaluatedKey;
  } while (from);
}

/** Everything in a partition. */
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

/** Everything in the table. */
export const scanTable = <T>({ client, tableName }: Stage): AsyncIterable<T> =>
  readPages((from) =>
    client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: from })),
  );
