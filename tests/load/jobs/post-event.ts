import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { cloudEventOf } from '../../../bench/workload.ts';
import type { Transition } from '../../../lib/billing/facts.ts';
import { signWebhook } from '../../../lib/webhooks/sign-webhook.ts';

const LIMIT_MS = 30_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

export type PostEvent = (transition: Transition) => Promise<Answer>;

/** Sends single signed events to an API over so many connections, which are kept open. */
export const createPostEvent = (url: string, secret: string, connections: number): PostEvent => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return (transition) => {
    const body = Buffer.from(JSON.stringify(cloudEventOf(transition)));
    const timestamp = Math.floor(Date.now() / 1000);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const sent = request(
      `${url}/v1/events`,
      {
        ...{ method: 'POST', agent, timeout: LIMIT_MS },
        headers: {
          'content-type': 'application/cloudevents+json',
          'content-length': body.length,
          'webhook-id': transition.id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signWebhook(secret, transition.id, timestamp, body),
        },
      },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${LIMIT_MS / 1000} s`)));
    sent.once('error', reject);
    sent.end(body);
    return promise;
  };
};
