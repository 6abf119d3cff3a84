import assert from 'node:assert/strict';
import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Transition } from '../lib/billing/facts.ts';
import { LOCAL_WEBHOOK_SECRET } from '../lib/config.ts';
import { signWebhook } from '../lib/http/webhook-signature.ts';
import { eventKey } from '../lib/store/keys.ts';
import { eventOf } from '../tests/unit/http/requests.ts';
import { openStage } from './stage.ts';
import { cloudEventOf, createJobs, endedMonth, recordable, TRANSITIONS } from './workload.ts';

const PROJECTS = 100;

/** A request with one signed event, as API Gateway hands it to the function. */
const requestOf = (transition: Transition): APIGatewayProxyEventV2 => {
  const body = JSON.stringify(cloudEventOf(transition));
  const timestamp = Math.floor(Date.now() / 1000);
  return eventOf({
    headers: {
      'content-type': 'application/cloudevents+json',
      'webhook-id': transition.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(LOCAL_WEBHOOK_SECRET, transition.id, timestamp, Buffer.from(body)),
    },
    body,
  });
};

/** The very item that the function writes for the transition. */
const itemOf = (transition: Transition): Record<string, AttributeValue> => {
  const { fact, fingerprint } = recordable(transition);
  return marshall({
    ...fact,
    fingerprint,
    recordedAt: Date.now(),
    ...eventKey(fact.jobId, fact),
  });
};

const CONTEXT = { awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef' } as Context;

/** Prepares so many calls that nobody has made before, each with one event. */
export type Prepare = (events: number) => readonly (() => Promise<unknown>)[];

/**
 * What is compared: the function that records events, and the conditional PutItem it cannot do
 * without, by AWS's client as it comes. Preparing the calls is no part of what is measured: senders
 * sign, and the raw items are marshalled.
 */
export const createContenders = async (): Promise<Record<'handler' | 'sdk', Prepare>> => {
  const { tableName } = await openStage();
  const sdk = new DynamoDBClient();
  // Reads the environment as soon as it is imported, so only here.
  const { handler } = await import('../functions/record-events.ts');
  let seed = 0;
  const newTransitions = (events: number): Transition[] =>
    createJobs({
      jobs: Math.ceil(events / TRANSITIONS),
      projects: PROJECTS,
      month: endedMonth(Date.now()),
      seed: ++seed,
    })
      .flatMap(({ transitions }) => transitions)
      .slice(0, events);
  const newPuts = (events: number) =>
    newTransitions(events).map((transition) => ({
      TableName: tableName,
      Item: itemOf(transition),
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }));

  return {
    handler: (events) =>
      newTransitions(events)
        .map(requestOf)
        .map((request) => async () => {
          const { statusCode } = await handler(request, CONTEXT);
          assert.equal(statusCode, 202, 'the event is recorded');
        }),
    sdk: (events) => newPuts(events).map((put) => () => sdk.send(new PutItemCommand(put))),
  };
};
