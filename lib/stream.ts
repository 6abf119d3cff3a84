import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Fact, JobRef } from './billing/facts.ts';
import { fromAttributes } from './store/dynamodb-expressions.ts';
import { toLog } from './store/facts.ts';
import { jobPartition, partitionOf, type Topic, topicOfPartition, topicPartition } from './store/keys.ts';
import type { Item } from './store/table.ts';

const partitionKeyOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.Keys?.pk?.S ?? '';

/** The jobs whose facts are in a batch of stream records, each once. */
export const jobsOf = ({ Records }: DynamoDBStreamEvent): JobRef[] =>
  [...new Set(Records.map(partitionKeyOf))].flatMap((key) => {
    const partition = partitionOf(key);
    return partition?.kind === 'job' ? [partition.job] : [];
  });

/** A record without the new item is of no use to a settle that knows the rest. */
const itemsOf = (records: readonly DynamoDBRecord[]): Item[] =>
  records.flatMap(({ dynamodb }) =>
    dynamodb?.NewImage ? [fromAttributes(dynamodb.NewImage as Parameters<typeof fromAttributes>[0])] : [],
  );

/** The new facts in a batch of stream records, by the partition of their job. */
export const factsOf = ({ Records }: DynamoDBStreamEvent): ReadonlyMap<string, readonly Fact[]> =>
  new Map(
    [...Map.groupBy(Records, partitionKeyOf)].map(([partition, records]) => {
      const items = itemsOf(records);
      return [partition, items.length === records.length ? toLog(items) : []];
    }),
  );

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
