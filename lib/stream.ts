import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { JobRef } from './billing/facts.ts';
import { partitionOf } from './store/keys.ts';

const partitionKeyOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.Keys?.pk?.S ?? '';

/** The jobs whose facts are in a batch of stream records, by partition key; each once. */
export const jobsOf = ({ Records }: DynamoDBStreamEvent): ReadonlyMap<string, JobRef> =>
  new Map(
    Records.flatMap((record) => {
      const partition = partitionOf(partitionKeyOf(record));
      return partition?.kind === 'job' ? [[partitionKeyOf(record), partition.job] as const] : [];
    }),
  );

/** Reports the records of some jobs, by partition key, as failed. The stream retries all from the lowest one. */
export const failuresOf = (
  { Records }: DynamoDBStreamEvent,
  partitionKeys: readonly string[],
): DynamoDBBatchResponse => ({
  batchItemFailures: Records.filter((record) => partitionKeys.includes(partitionKeyOf(record))).flatMap(
    ({ dynamodb }) => (dynamodb?.SequenceNumber ? [{ itemIdentifier: dynamodb.SequenceNumber }] : []),
  ),
});
