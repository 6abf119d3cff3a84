import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { JobRef } from './billing/facts.ts';
import { jobPartition, partitionOf, type Topic, topicOfPartition, topicPartition } from './store/keys.ts';

const partitionKeyOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.Keys?.pk?.S ?? '';

/** The jobs whose facts are in a batch of stream records, each once. */
export const jobsOf = ({ Records }: DynamoDBStreamEvent): JobRef[] =>
  [...new Set(Records.map(partitionKeyOf))].flatMap((key) => {
    const partition = partitionOf(key);
    return partition?.kind === 'job' ? [partition.job] : [];
  });

/** The topics whose events are in a batch of stream records, each once. */
export const topicsOf = ({ Records }: DynamoDBStreamEvent): Topic[] =>
  [...new Set(Records.map(partitionKeyOf))].flatMap((key) => topicOfPartition(key) ?? []);

/** Reports the records of some partitions as failed. The stream retries all from the lowest one on. */
const failuresAmong = (
  { Records }: DynamoDBStreamEvent,
  partitions: readonly string[],
): DynamoDBBatchResponse => {
  const failed = new Set(partitions);
  return {
    batchItemFailures: Records.filter((record) => failed.has(partitionKeyOf(record))).flatMap(
      ({ dynamodb }) => (dynamodb?.SequenceNumber ? [{ itemIdentifier: dynamodb.SequenceNumber }] : []),
    ),
  };
};

export const failuresOf = (event: DynamoDBStreamEvent, jobs: readonly JobRef[]): DynamoDBBatchResponse =>
  failuresAmong(event, jobs.map(jobPartition));

export const failuresOfTopics = (
  event: DynamoDBStreamEvent,
  topics: readonly Topic[],
): DynamoDBBatchResponse => failuresAmong(event, topics.map(topicPartition));
