import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { createBuiltInReceivers } from '../lib/built-in-receivers.ts';
import { readEndpointConfig } from '../lib/config/endpoints.ts';
import { readPollConfig } from '../lib/config/poll.ts';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { createCount } from '../lib/metrics.ts';
import { retryDeliveries } from '../lib/operations/deliver/retry-deliveries.ts';
import { createSend } from '../lib/webhooks/create-send.ts';

/** An attempt ends within it, with what is written after it. */
const RESERVE_MS = 20_000;

const logger = new Logger({ serviceName: 'retry-deliveries' });
const config = readTableConfig();
const { stage, timeZone } = config;
const { endpointKey } = readEndpointConfig();
const { store, now } = connect(config);
const send = createSend({ stage, now }, endpointKey);
const builtIn = createBuiltInReceivers(readPollConfig(), { store, timeZone, now });
const count = createCount(stage);

/** Every minute: delivers again what could not be delivered, when its pause is over. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = now() + invocation.getRemainingTimeInMillis() - RESERVE_MS;
  const outcome = await retryDeliveries({ store, now, stage, jitter: Math.random, builtIn }, send, {
    deadline,
    onAttempt: (endpointId, { id }, error) => {
      if (error !== undefined) logger.warn('not delivered', { endpointId, eventId: id, reason: error });
    },
  });
  logger.info('retried', { ...outcome });
  const { parked, longestMs } = outcome;
  count({ ParkedDeliveries: parked, FailingDeliverySeconds: Math.round(longestMs / 1000) });
  return outcome;
};
