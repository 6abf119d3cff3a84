import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_BATCH_EVENTS } from '../lib/http/cloud-events.ts';
import { signWebhook } from '../lib/http/webhook-signature.ts';
import { type InputError, Refusal } from '../lib/refusal.ts';

const ATTEMPTS = 5;

export interface Receiver {
  readonly url: string;
  readonly secret: string;
}

export interface SendResult {
  readonly id: string;
  readonly outcome: 'recorded' | 'duplicate' | 'conflict';
}

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly InputError[];
  readonly results?: readonly SendResult[];
}

const post = async ({ url, secret }: Receiver, events: readonly unknown[]): Promise<Response> => {
  const body = JSON.stringify(events);
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  return fetch(new URL('/v1/events', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents-batch+json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, Buffer.from(body)),
    },
    body,
  });
};

/** Posts until there is an answer that another try would not change; recording is idempotent, so trying again is safe. */
const postPatiently = async (receiver: Receiver, events: readonly unknown[]): Promise<Response> => {
  for (let attempt = 1; ; attempt += 1) {
    const response = await post(receiver, events).catch((error: Error) => error);
    if (response instanceof Response && response.status < 500 && response.status !== 429) return response;
    if (attempt === ATTEMPTS)
      throw new Refusal(
        'unavailable',
        response instanceof Response
          ? `${receiver.url} answered ${response.status} ${ATTEMPTS} times: try again later, nothing is recorded twice`
          : `${receiver.url} cannot be reached (${causeOf(response)}): is it running? \`npm start\` runs it locally`,
      );
    await pause(100 * 2 ** attempt);
  }
};

const causeOf = (error: Error): string =>
  error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;

/** Errors of a batch point into it (`/3/data/status`); a sender knows its events by their place in the whole. */
const withLineNumbers = (errors: readonly InputError[], first: number): InputError[] =>
  errors.map(({ pointer, detail }) => {
    const [, index, rest] = /^\/(\d+)(.*)$/.exec(pointer) ?? [];
    return index === undefined
      ? { pointer, detail }
      : { pointer: `event ${first + Number(index)} ${rest}`, detail };
  });

const refusedText = (
  status: number,
  { detail = 'refused' }: Problem,
  before: number,
  upTo: number,
): string =>
  before === 0
    ? `${status}: ${detail}`
    : `${status}: events ${before + 1} to ${upTo} were refused and not recorded; the ${before} before them were recorded`;

/** Signs and posts events in batches. Gives what became of each, in their order. */
export const sendEvents = async (
  receiver: Receiver,
  events: readonly unknown[],
  onProgress?: (sent: number) => void,
): Promise<SendResult[]> => {
  const results: SendResult[] = [];
  for (let start = 0; start < events.length; start += MAX_BATCH_EVENTS) {
    const batch = events.slice(start, start + MAX_BATCH_EVENTS);
    const response = await postPatiently(receiver, batch);
    const answer = (await response.json()) as Problem;
    if (!answer.results)
      throw new Refusal('invalid', refusedText(response.status, answer, start, start + batch.length), {
        errors: withLineNumbers(answer.errors ?? [], start + 1),
      });
    results.push(...answer.results);
    onProgress?.(results.length);
  }
  return results;
};
