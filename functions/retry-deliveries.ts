import type { Context } from 'aws-lambda';
import { createBuiltInReceivers } from '../lib/built-in-receivers.ts';
import { readEndpointConfig } from '../lib/config/endpoints.ts';
import { readPollConfig } from '../lib/config/poll.ts';
import { retryDeliveries } from '../lib/operations/deliver/retry-deliveries.ts';
import { createSend } from '../lib/webhooks/create-send.ts';
import { createWorker } from '../lib/worker.ts';

/** An attempt ends within it, with what is written after it. */
const RESERVE_MS = 20_000;

const { logger, count, store, now, deadlineOf, config } = createWorker('retry-deliveries');
const { stage, timeZone } = config;
const { endpointKey } = readEndpointConfig();
const send = createSend({ stage, now }, endpointKey);
const builtIn = createBuiltInReceivers(readPollConfig(), { store, timeZone, now });

/** Every minute: delivers again what could not be delivered, when its pause is over. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const outcome = await retryDeliveries({ store, now, stage, jitter: Math.random, builtIn }, send, {
    deadline,
    onAttempt: (endpointId, { id }, { error }) => {
      if (error !== undefined) logger.warn('not delivered', { endpointId, eventId: id, reason: error });
    },
  });
  logger.info('retried', { ...outcome });
  const { parked, longestMs, longestStopMs } = outcome;
  count({
    ParkedDeliveries: parked,
    FailingDeliverySeconds: Math.round(longestMs / 1000),
    ...(builtIn.length > 0 && { FailingStopSeconds: Math.round(longestStopMs / 1000) }),
  });
  return outcome;
};
