import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { JobRef } from './billing/facts.ts';
import { jobPartition, partitionOf } from './store/keys.ts';

const partitionKeyOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.Keys?.pk?.S ?? '';

/** The jobs whose facts are in a batch of stream records, each once. */
export const jobsOf = ({ Records }: DynamoDBStreamEvent): JobRef[] =>
  [...new Set(Records.map(partitionKeyOf))].flatMap((key) => {
    const partition = partitionOf(key);
    return partition?.kind === 'job' ? [partition.job] : [];
  });

/** Reports the records of some jobs as failed. The stream retries all from the lowest one on. */
export const failuresOf = (
  { Records }: DynamoDBStreamEvent,
  jobs: readonly JobRef[],
): DynamoDBBatchResponse => {
  const failed = new Set(jobs.map(jobPartition));
  return {
    batchItemFailures: Records.filter((record) => failed.has(partitionKeyOf(record))).flatMap(
      ({ dynamodb }) => (dynamodb?.SequenceNumber ? [{ itemIdentifier: dynamodb.SequenceNumber }] : []),
    ),
  };
};
