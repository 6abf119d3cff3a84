import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { Transition } from '../../lib/billing/facts.ts';
import { eventKey } from '../../lib/store/keys.ts';

/** The records of some new facts, as the stream gives them to `settle-jobs`. */
export const streamEventOf = (events: readonly Transition[]): DynamoDBStreamEvent => ({
  Records: events.map((event, index) => {
    const { pk, sk } = eventKey(event, event);
    return { dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber: String(index + 1) } };
  }),
});
