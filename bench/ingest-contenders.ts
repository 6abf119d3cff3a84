import assert from 'node:assert/strict';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Transition } from '../lib/billing/facts.ts';
import { LOCAL_WEBHOOK_SECRET } from '../lib/config.ts';
import { signWebhook } from '../lib/webhooks/sign-webhook.ts';
import { bareWrite } from './bare-write.ts';
import { openStage } from './stage.ts';
import { cloudEventOf, createJobs, endedMonth, TRANSITIONS } from './workload.ts';

const PROJECTS = 100;

export const REQUEST_CONTEXT: APIGatewayProxyEventV2['requestContext'] = {
  accountId: '1',
  apiId: '1',
  domainName: 'localhost',
  domainPrefix: 'localhost',
  http: {
    method: 'POST',
    path: '/v1/events',
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    userAgent: 'bench',
  },
  requestId: '1',
  routeKey: 'POST /v1/events',
  stage: '$default',
  time: '01/Oct/2026:08:00:00 +0000',
  timeEpoch: Date.parse('2026-10-01T08:00:00Z'),
};

/** An API Gateway request with one signed event. */
const requestOf = (transition: Transition): APIGatewayProxyEventV2 => {
  const body = JSON.stringify(cloudEventOf(transition));
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    version: '2.0',
    routeKey: 'POST /v1/events',
    rawPath: '/v1/events',
    rawQueryString: '',
    requestContext: REQUEST_CONTEXT,
    headers: {
      'content-type': 'application/cloudevents+json',
      'webhook-id': transition.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(LOCAL_WEBHOOK_SECRET, transition.id, timestamp, Buffer.from(body)),
    },
    body,
    isBase64Encoded: false,
  };
};

export const CONTEXT = { awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef' } as Context;

/** Prepares calls with one new event each. */
export type Prepare = (events: number) => readonly (() => Promise<unknown>)[];

/**
 * The function that records events, and its conditional PutItem by the unmodified client.
 * Preparation, signing and marshalling are not measured.
 */
export const createContenders = async (): Promise<Record<'handler' | 'sdk', Prepare>> => {
  const { tableName } = await openStage();
  const sdk = new DynamoDBClient();
  // The module reads the environment when imported.
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

  return {
    handler: (events) =>
      newTransitions(events)
        .map(requestOf)
        .map((request) => async () => {
          const { statusCode } = await handler(request, CONTEXT);
          assert.equal(statusCode, 202, 'the event is recorded');
        }),
    sdk: (events) =>
      newTransitions(events)
        .map((transition) => bareWrite(tableName, transition))
        .map((put) => () => sdk.send(new PutItemCommand(put))),
  };
};
