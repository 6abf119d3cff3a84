import { createHash } from 'node:crypto';
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { SECOND_MS } from '../billing/minutes.ts';
import type { SendOutcome } from '../operations/deliver/receivers.ts';
import { brokenUrlRule } from './endpoint-url.ts';
import { createPublicAgent } from './public-address.ts';
import { signWebhook } from './sign-webhook.ts';

/** For all of a request: the name, the connection, the answer. */
const TIMEOUT_MS = 10 * SECOND_MS;
/** Of the body of an answer. It says nothing that is needed. */
const BODY_BYTES_READ = 1024;

export interface WebhookSettings {
  readonly stage: string;
  now(): number;
  readonly timeoutMs?: number;
  /** Resolves names; the system's by default. */
  readonly lookup?: RequestOptions['lookup'];
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string;
}

export interface Webhook {
  readonly url: string;
  /** Of the event, the same for each attempt. */
  readonly id: string;
  readonly body: string;
  /** Each signs. */
  readonly secrets: readonly string[];
}

/** Ids of events have characters that a signature must not: an id that follows from the event's. */
export const webhookId = (eventId: string): string =>
  `msg_${createHash('sha256').update(eventId).digest('base64url')}`;

const headersOf = ({ id, body, secrets }: Webhook, now: number) => {
  const timestamp = Math.floor(now / SECOND_MS);
  const bytes = Buffer.from(body);
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'content-length': bytes.length,
    'user-agent': 'jobmeter',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => signWebhook(secret, id, timestamp, bytes)).join(' '),
  };
};

/** Why a status is a failure; nothing if it is none. */
const failureOf = (status: number): string | undefined => {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return `answered ${status}: redirects are not followed, add the address that it leads to`;
  if (status === 410) return 'answered 410: it wants no more events, remove the endpoint';
  return `answered ${status}`;
};

/** A message without what a consumer could put into it. */
const unreachable = (error: Error & { readonly code?: unknown }): string => {
  if (error.message.includes('is not allowed')) return 'its name leads to an address that is not public';
  const code =
    typeof error.code === 'string' && /^[A-Z0-9_]{1,60}$/.test(error.code) ? error.code : undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its name cannot be resolved (${code})`;
  if (code === 'ECONNRESET' || code?.startsWith('HPE_')) return `closed without an answer (${code})`;
  return `cannot be reached (${code ?? error.name})`;
};

/** Reads the end of a small answer, so that the consumer sees no error. */
const drain = (answer: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_READ) resolve();
    });
    answer.on('close', resolve).on('error', () => resolve());
  });

/** Why a call ended of which nothing else is told, like one that was answered with an upgrade. */
const CLOSED = Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' });

/** The status of the answer, however its body ends. Rejects if there is none. */
const statusOf = (call: ClientRequest, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    let status: number | undefined;
    const end = (error: Error) => (status === undefined ? reject(error) : resolve(status));
    call.on('error', end).on('close', () => end(CLOSED));
    call.on('response', (answer) => {
      const answered = answer.statusCode ?? 0;
      status = answered;
      void drain(answer).then(() => resolve(answered));
    });
    call.end(body);
  });

/**
 * Sends an event. Its status decides: 2xx has delivered it. It does not reject, and says nothing of
 * what was answered.
 */
export const sendWebhook = async (
  { stage, now, timeoutMs = TIMEOUT_MS, lookup, ca }: WebhookSettings,
  webhook: Webhook,
): Promise<SendOutcome> => {
  const startedAt = now();
  const end = (outcome: { readonly status?: number; readonly error?: string | undefined }): SendOutcome => {
    const { status, error } = outcome;
    const tookMs = Math.max(0, now() - startedAt);
    return { ...(status !== undefined && { status }), ...(error !== undefined && { error }), tookMs };
  };
  const rule = brokenUrlRule(webhook.url, stage);
  if (rule !== undefined) return end({ error: `its URL ${rule}` });
  const url = new URL(webhook.url);
  const signal = AbortSignal.timeout(timeoutMs);
  const agent = await createPublicAgent(url, stage);
  const call = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    ...{ method: 'POST', agent, signal, headers: headersOf(webhook, startedAt) },
    // The only addresses that a function outside a private network can call.
    family: 4,
    ...(lookup && { lookup }),
    ...(ca !== undefined && { ca }),
  });
  try {
    const status = await statusOf(call, webhook.body);
    return end({ status, error: failureOf(status) });
  } catch (error) {
    if (signal.aborted) return end({ error: `did not answer within ${timeoutMs / SECOND_MS} s` });
    return end({ error: unreachable(error as Error) });
  } finally {
    call.destroy();
    agent.destroy();
  }
};
