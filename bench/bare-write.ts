import type { PutItemInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Transition } from '../lib/billing/facts.ts';
import { eventKey } from '../lib/store/keys.ts';
import { recordable } from './workload.ts';

/** The conditional write of the item that is recorded for the transition. */
export const bareWrite = (tableName: string, transition: Transition): PutItemInput => {
  const { fact, fingerprint } = recordable(transition);
  return {
    TableName: tableName,
    Item: marshall({ ...fact, fingerprint, recordedAt: Date.now(), ...eventKey(fact, fact) }),
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
};
