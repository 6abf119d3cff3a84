import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createBuiltInReceivers } from '../lib/built-in-receivers.ts';
import { readEndpointConfig } from '../lib/config/endpoints.ts';
import { readPollConfig } from '../lib/config/poll.ts';
import { createCallGuard } from '../lib/operations/deliver/call-guard.ts';
import { deliverTopics } from '../lib/operations/deliver/deliver-topic.ts';
import { failuresOfTopics, topicsOf } from '../lib/stream.ts';
import { createSend } from '../lib/webhooks/create-send.ts';
import { createWorker } from '../lib/worker.ts';

/** An attempt ends within it, with what is written after it. */
const RESERVE_MS = 20_000;

const { logger, store, now, deadlineOf, config } = createWorker('deliver-events');
const { stage, timeZone } = config;
const { endpointKey } = readEndpointConfig();
const send = createSend({ stage, now }, endpointKey);
const builtIn = createBuiltInReceivers(readPollConfig(), { store, timeZone, now });
const guard = createCallGuard(now);

/** Table stream, new events out only: delivers the topics of the batch. */
export const handler = async (
  event: DynamoDBStreamEvent,
  invocation: Context,
): Promise<DynamoDBBatchResponse> => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const topics = topicsOf(event);
  const { lost } = await deliverTopics({ store, now, stage, jitter: Math.random, builtIn }, topics, send, {
    mayCall: (endpointId) => guard.mayCall(endpointId) && now() < deadline,
    onAttempt: (endpointId, { id }, outcome) => {
      guard.report(endpointId, outcome);
      const { error } = outcome;
      if (error !== undefined) logger.warn('not delivered', { endpointId, eventId: id, reason: error });
    },
    onError: (topic, error) => logger.error('a delivery failed', { topic, error: error as Error }),
  });
  logger.info('delivered', { topics, lost });
  return failuresOfTopics(event, lost);
};
