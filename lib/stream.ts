import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { jobIdOf } from './store/keys.ts';

const jobOf = ({ dynamodb }: DynamoDBRecord): string[] => {
  const pk = dynamodb?.Keys?.pk?.S;
  return pk === undefined ? [] : [jobIdOf(pk)];
};

/** Ids of the jobs in a batch of stream records. */
export const jobIdsOf = ({ Records }: DynamoDBStreamEvent): Set<string> => new Set(Records.flatMap(jobOf));

/** Partial batch response for some jobs: Lambda retries from the lowest sequence number on. */
export const failuresOf = (
  { Records }: DynamoDBStreamEvent,
  jobIds: readonly string[],
): DynamoDBBatchResponse => ({
  batchItemFailures: Records.filter((record) =>
    jobOf(record).some((jobId) => jobIds.includes(jobId)),
  ).flatMap(({ dynamodb }) =>
    dynamodb?.SequenceNumber ? [{ itemIdentifier: dynamodb.SequenceNumber }] : [],
  ),
});
