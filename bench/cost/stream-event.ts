import type { AttributeValue, DynamoDBStreamEvent } from 'aws-lambda';
import type { Transition } from '../../lib/billing/facts.ts';
import { eventKey } from '../../lib/store/keys.ts';
import { bareWrite } from '../bare-write.ts';

type AttributeMap = Record<string, AttributeValue>;

/** The records of some new facts, as the stream gives them to `settle-jobs`. */
export const streamEventOf = (events: readonly Transition[]): DynamoDBStreamEvent => ({
  Records: events.map((event, index) => {
    const { pk, sk } = eventKey(event, event);
    const NewImage = bareWrite('', event).Item as AttributeMap;
    return {
      dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, NewImage, SequenceNumber: String(index + 1) },
    };
  }),
});
