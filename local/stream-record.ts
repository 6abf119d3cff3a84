import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/** The record as Lambda passes it: JSON, times in seconds, binary values in base64. */
export const toStreamRecord = (record: _Record, eventSourceARN: string): DynamoDBRecord => {
  const { ApproximateCreationDateTime, ...change } = record.dynamodb ?? {};
  const event = {
    ...record,
    eventSource: 'aws:dynamodb',
    eventSourceARN,
    dynamodb: {
      ...change,
      ...(ApproximateCreationDateTime && {
        ApproximateCreationDateTime: Math.floor(ApproximateCreationDateTime.getTime() / 1_000),
      }),
    },
  };
  return JSON.parse(
    JSON.stringify(event, (_name, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );
};
