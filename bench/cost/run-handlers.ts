import assert from 'node:assert/strict';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Transition } from '../../lib/billing/facts.ts';
import { LOCAL_WEBHOOK_SECRET } from '../../lib/config.ts';
import { signWebhook } from '../../lib/webhooks/sign-webhook.ts';
import { CONTEXT, REQUEST_CONTEXT } from '../ingest-contenders.ts';
import { cloudEventOf } from '../workload.ts';
import { streamEventOf } from './stream-event.ts';
import type { Step } from './stream-plan.ts';

/** What invocations of one handler took, all together. */
export interface Taken {
  invocations: number;
  /** Processor time of the process. */
  cpuMicroseconds: number;
  /** Lines of the log, every one that could be written. */
  lines: number;
  bytes: number;
}

const nothing = (): Taken => ({ invocations: 0, cpuMicroseconds: 0, lines: 0, bytes: 0 });

/** One event as it is, several as a batch; signed. */
const requestOf = (events: readonly Transition[]): APIGatewayProxyEventV2 => {
  const [single, ...others] = events.map(cloudEventOf);
  const isSingle = others.length === 0;
  const body = JSON.stringify(isSingle ? single : [single, ...others]);
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    ...{ version: '2.0', routeKey: 'POST /v1/events', rawPath: '/v1/events', rawQueryString: '' },
    requestContext: REQUEST_CONTEXT,
    headers: {
      'content-type': isSingle ? 'application/cloudevents+json' : 'application/cloudevents-batch+json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(LOCAL_WEBHOOK_SECRET, 'msg_1', timestamp, Buffer.from(body)),
    },
    ...{ body, isBase64Encoded: false },
  };
};

/** Calls of a handler that measure its processor time and what it logs. */
const meterCall = async (taken: Taken, call: () => Promise<unknown>): Promise<unknown> => {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (line: string | Uint8Array) => {
    taken.lines += 1;
    taken.bytes += Buffer.byteLength(line);
    return true;
  };
  const before = process.cpuUsage();
  try {
    return await call();
  } finally {
    const { user, system } = process.cpuUsage(before);
    taken.cpuMicroseconds += user + system;
    taken.invocations += 1;
    stdout.write = write;
  }
};

/** The two handlers as deployed, on the table of the environment, one invocation after the other. */
export const openHandlers = async () => {
  // The modules read the environment when imported.
  const { handler: record } = await import('../../functions/record-events.ts');
  const { handler: settle } = await import('../../functions/settle-jobs.ts');
  return async (steps: readonly Step[]): Promise<Record<Step['kind'], Taken>> => {
    const taken = { record: nothing(), settle: nothing() };
    for (const { kind, events } of steps) {
      if (kind === 'record') {
        const request = requestOf(events);
        const answer = await meterCall(taken.record, () => record(request, CONTEXT as Context));
        assert.equal((answer as { statusCode?: number }).statusCode, 202, 'the events are recorded');
      } else {
        const answer = await meterCall(taken.settle, () => settle(streamEventOf(events)));
        assert.deepEqual(answer, { batchItemFailures: [] }, 'the batch is settled');
      }
    }
    return taken;
  };
};
