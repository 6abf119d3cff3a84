import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { readWebhookConfig } from '../lib/config.ts';
import { MAX_BATCH_EVENTS } from '../lib/http/cloud-events.ts';
import { type InputError, Refusal } from '../lib/refusal.ts';
import { ConflictResults } from '../lib/shapes/events.ts';
import { InputErrors, MoreErrors } from '../lib/shapes/problem.ts';
import { signWebhook } from '../lib/webhooks/sign-webhook.ts';
import { type ApiAnswer, type ApiClientOptions, createApiClient } from './api-client.ts';

export interface Receiver {
  readonly url: string;
  readonly secret: string;
}

/** The signing secret from WEBHOOK_SECRET: the first of several during a rotation. */
export const signingSecret = (stage: string, webhookSecret: string | undefined): string => {
  const [secret] = readWebhookConfig({ STAGE: stage, WEBHOOK_SECRET: webhookSecret }).secrets;
  assert(secret !== undefined, 'there is at least one secret');
  return secret;
};

/** Outcome of an event; `index` is its position in the input. */
export interface SendResult {
  readonly index: number;
  readonly id: string;
  readonly outcome: ConflictResults[number]['outcome'];
}

/** A refused event; each pointer is relative to the event. */
export interface RefusedEvent {
  readonly index: number;
  readonly errors: readonly InputError[];
}

export interface Sent {
  /** In the order of the events. */
  readonly results: readonly SendResult[];
  readonly refusals: readonly RefusedEvent[];
  /** Why sending stopped early, and the first event not sent. */
  readonly stopped?: { readonly index: number; readonly why: Refusal };
}

interface IndexedEvent {
  readonly index: number;
  readonly event: unknown;
}
type Batch = readonly IndexedEvent[];

/** The outcome of a batch. */
interface Verdict {
  readonly results: readonly SendResult[];
  readonly refusals: readonly RefusedEvent[];
  /** Batches to send instead: nothing of this one was recorded. */
  readonly resend: readonly Batch[];
}
const NOTHING: Verdict = { results: [], refusals: [], resend: [] };

const Results = v.object({ results: ConflictResults });
const Invalid = v.object({ errors: InputErrors, moreErrors: MoreErrors });
/** A problem of the API has a detail, an error of the gateway a message. */
const ErrorText = v.union([
  v.pipe(
    v.object({ detail: v.string() }),
    v.transform(({ detail }) => detail),
  ),
  v.pipe(
    v.object({ message: v.string() }),
    v.transform(({ message }) => message),
  ),
]);

const parsed = <Output>(schema: v.GenericSchema<unknown, Output>, value: unknown): Output | undefined => {
  const { success, output } = v.safeParse(schema, value);
  return success ? output : undefined;
};

const detailOf = ({ body }: ApiAnswer): string | undefined => parsed(ErrorText, body);

/** Errors by event; undefined if a pointer refers to no event of the batch. */
const errorsByEvent = (batch: Batch, errors: readonly InputError[]): RefusedEvent[] | undefined => {
  const byIndex = new Map<number, InputError[]>();
  for (const { pointer, detail } of errors) {
    const [, position, rest = ''] = /^\/(\d+)(\/.*)?$/s.exec(pointer) ?? [];
    const index = position === undefined ? undefined : batch[Number(position)]?.index;
    if (index === undefined) return undefined;
    byIndex.set(index, [...(byIndex.get(index) ?? []), { pointer: rest, detail }]);
  }
  return [...byIndex].map(([index, found]) => ({ index, errors: found }));
};

const withoutRefused = (batch: Batch, { body }: ApiAnswer): Verdict | undefined => {
  const { errors = [], moreErrors = 0 } = parsed(Invalid, body) ?? {};
  const found = errorsByEvent(batch, errors);
  if (!found || found.length === 0) return undefined;
  // If the list of errors was truncated, its last event may have more: it is sent again.
  const refusals = moreErrors > 0 && found.length > 1 ? found.slice(0, -1) : found;
  const refused = new Set(refusals.map(({ index }) => index));
  const rest = batch.filter(({ index }) => !refused.has(index));
  return { ...NOTHING, refusals, resend: rest.length > 0 ? [rest] : [] };
};

const inHalves = (batch: Batch, answer: ApiAnswer): Verdict => {
  const [first, ...others] = batch;
  const detail = detailOf(answer) ?? 'the event is too large';
  if (first && others.length === 0)
    return { ...NOTHING, refusals: [{ index: first.index, errors: [{ pointer: '', detail }] }] };
  const middle = Math.ceil(batch.length / 2);
  return { ...NOTHING, resend: [batch.slice(0, middle), batch.slice(middle)] };
};

const withResults = (batch: Batch, { body }: ApiAnswer): Verdict | undefined => {
  const { results } = parsed(Results, body) ?? {};
  if (results?.length !== batch.length) return undefined;
  return {
    ...NOTHING,
    results: results.map((result, position) => ({ index: batch[position]?.index ?? position, ...result })),
  };
};

/** Undefined for a response that would be the same for all further batches. */
const verdictOn = (batch: Batch, answer: ApiAnswer): Verdict | undefined => {
  if (answer.status === 202 || answer.status === 409) return withResults(batch, answer);
  if (answer.status === 422) return withoutRefused(batch, answer);
  if (answer.status === 413) return inHalves(batch, answer);
  return undefined;
};

const refusalFor = (url: string, answer: ApiAnswer): Refusal => {
  const { status, mediaType, body } = answer;
  const detail = detailOf(answer);
  if (status >= 400 && detail !== undefined)
    return new Refusal('invalid', `${status}: ${detail}`, { errors: parsed(Invalid, body)?.errors ?? [] });
  return new Refusal(
    'invalid',
    `${url} answered ${status} with ${mediaType}, and not as jobmeter does: check the address`,
  );
};

const signed = (secret: string, body: string, now: number): RequestInit => {
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(now / 1000);
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents-batch+json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, Buffer.from(body)),
    },
    body,
  };
};

/**
 * Signs and posts events in batches, in order. A refused event does not keep others from being
 * recorded. Sending again is idempotent.
 */
export const sendEvents = async (
  { url, secret }: Receiver,
  events: readonly unknown[],
  { onProgress, ...options }: ApiClientOptions & { readonly onProgress?: (done: number) => void },
): Promise<Sent> => {
  const client = createApiClient(url, options);
  const results: SendResult[] = [];
  const refusals: RefusedEvent[] = [];
  let reached = 0;

  const deliver = async (batch: Batch): Promise<void> => {
    reached = batch[0]?.index ?? reached;
    const body = JSON.stringify(batch.map(({ event }) => event));
    const answer = await client.call('/v1/events', () => signed(secret, body, options.now()));
    const verdict = verdictOn(batch, answer);
    if (!verdict) throw refusalFor(url, answer);
    results.push(...verdict.results);
    refusals.push(...verdict.refusals);
    onProgress?.(results.length + refusals.length);
    for (const part of verdict.resend) await deliver(part);
  };

  const indexed = events.map((event, index) => ({ index, event }));
  try {
    for (let start = 0; start < indexed.length; start += MAX_BATCH_EVENTS)
      await deliver(indexed.slice(start, start + MAX_BATCH_EVENTS));
    return { results, refusals };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { results, refusals, stopped: { index: reached, why: error } };
  }
};
