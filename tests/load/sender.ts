import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReportedFact } from '../../lib/billing/facts.ts';
import { signWebhook } from '../../lib/webhooks/sign-webhook.ts';
import { identityOf } from '../../simulation/compare.ts';
import { toEvent } from '../end-to-end/real-engine/sender.ts';
import type { Delivery } from './workload.ts';

const REQUEST_LIMIT_MS = 10_000;
const ATTEMPTS = 200;
const LONGEST_PAUSE_MS = 1_000;
const ACCEPTED = 202;
const FIRST_SERVER_ERROR = 500;
/** Requests under way at once. */
const IN_FLIGHT = 16;

/** One request and what became of it. Times by `performance.now`. */
export interface Attempt {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly answer: Answer;
}

/** An HTTP status, or why there is none. */
type Answer = number | 'no connection' | 'timeout';

interface Exchange {
  readonly answer: Answer;
  readonly text: string;
}

export interface Sender {
  /** Each event that was answered 202, as it was sent. */
  readonly accepted: ReadonlyMap<string, ReportedFact>;
  readonly attempts: readonly Attempt[];
  readonly counts: Readonly<{ events: number; recorded: number; duplicates: number }>;
  /**
   * Resolves once the facts are accepted: until then they are sent again and again, as a caller
   * must.
   */
  send(facts: readonly ReportedFact[]): Promise<void>;
  /** Sends each at its time, or as soon as fewer than {@link IN_FLIGHT} are under way. */
  sendAll(deliveries: readonly Delivery[], onSent: () => void): Promise<void>;
}

const post = (url: string, secret: string, facts: readonly ReportedFact[], signal: AbortSignal) => {
  const [first, ...others] = facts.map(toEvent);
  const body = JSON.stringify(others.length === 0 ? first : [first, ...others]);
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  return fetch(new URL('/v1/events', url), {
    method: 'POST',
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]),
    headers: {
      'content-type': `application/cloudevents${others.length === 0 ? '' : '-batch'}+json`,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, Buffer.from(body)),
    },
    body,
  });
};

/**
 * Sends facts to the API at `url` as signed events until each is answered 202. Ends with an error
 * when `signal` does.
 */
export const createSender = (url: string, secret: string, signal: AbortSignal): Sender => {
  const accepted = new Map<string, ReportedFact>();
  const attempts: Attempt[] = [];
  const counts = { events: 0, recorded: 0, duplicates: 0 };

  const exchange = async (facts: readonly ReportedFact[]): Promise<Exchange> => {
    try {
      const response = await post(url, secret, facts, signal);
      return { answer: response.status, text: await response.text() };
    } catch (error) {
      signal.throwIfAborted();
      const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
      return { answer: isTimeout ? 'timeout' : 'no connection', text: '' };
    }
  };

  const noteAccepted = (facts: readonly ReportedFact[], text: string) => {
    const { results } = JSON.parse(text) as { results: { outcome: string }[] };
    const recorded = results.filter(({ outcome }) => outcome === 'recorded').length;
    assert(results.length === facts.length, `of ${facts.length} events ${results.length} were answered`);
    counts.events += facts.length;
    counts.recorded += recorded;
    counts.duplicates += facts.length - recorded;
    for (const fact of facts) accepted.set(identityOf(fact), fact);
  };

  const send = async (facts: readonly ReportedFact[]) => {
    for (let tries = 1; tries <= ATTEMPTS; tries += 1) {
      const startedAt = performance.now();
      const { answer, text } = await exchange(facts);
      attempts.push({ startedAt, endedAt: performance.now(), answer });
      if (answer === ACCEPTED) return noteAccepted(facts, text);
      const isFinal = typeof answer === 'number' && answer < FIRST_SERVER_ERROR;
      assert(!isFinal, `events were answered ${answer}: ${text}`);
      await pause(Math.min(50 * 2 ** tries, LONGEST_PAUSE_MS), undefined, { signal });
    }
    assert.fail(`events were not accepted in ${ATTEMPTS} attempts`);
  };

  return {
    ...{ accepted, attempts, counts, send },
    async sendAll(deliveries, onSent) {
      const startedAt = performance.now();
      const queue = deliveries.values();
      const work = async () => {
        for (const { atMs, facts } of queue) {
          await pause(Math.max(0, startedAt + atMs - performance.now()), undefined, { signal });
          await send(facts);
          onSent();
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    },
  };
};
