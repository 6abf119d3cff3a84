import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { jobIdOf } from './store/keys.ts';

const jobOf = ({ dynamodb }: DynamoDBRecord): string[] => {
  const pk = dynamodb?.Keys?.pk?.S;
  return pk === undefined ? [] : [jobIdOf(pk)];
};

/** The jobs whose facts a batch of stream records tells of. */
export const jobIdsOf = ({ Records }: DynamoDBStreamEvent): Set<string> => new Set(Records.flatMap(jobOf));

/** Asks the stream to deliver the records of some jobs again. It retries everything from the lowest one on. */
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
