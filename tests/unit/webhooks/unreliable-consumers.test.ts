import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { LOCAL_ENDPOINT_KEY } from '../../../lib/config/endpoints.ts';
import { deliverTopics } from '../../../lib/operations/deliver/deliver-topic.ts';
import { retryDeliveries } from '../../../lib/operations/deliver/retry-deliveries.ts';
import { createSend } from '../../../lib/webhooks/create-send.ts';
import { endpointSecret } from '../../../lib/webhooks/endpoint-secret.ts';
import { createDeliveryWorld, endpoint, heldEvent, jobTopic } from '../operations/deliver/outgoing.ts';
import { openConsumer, startConsumer } from './consumer.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const JOBS = ['a', 'b', 'c'];

type Answer = (response: ServerResponse) => unknown;
const take: Answer = (response) => response.writeHead(204).end();

/** Answers in turn, as for a consumer that works only now and then. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let requests = 0;
  return (response) => answers[requests++ % answers.length]?.(response);
};

const UNRELIABLE: Readonly<Record<string, Answer>> = {
  'answers 500': inTurn((response) => response.writeHead(500).end(), take),
  hangs: inTurn(() => {}, take),
  'switches protocols': inTurn((response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  }, take),
  closes: inTurn((response) => response.destroy(), take),
  'answers slowly': (response) => setTimeout(() => take(response), 30),
  'is redirected, wants no more, and then does': inTurn(
    (response) => response.writeHead(302, { location: '/' }).end(),
    (response) => response.writeHead(410).end(),
    take,
  ),
  // Received, but its answer is lost: the event comes twice, with the same id.
  'takes it and answers nothing': inTurn((response) => response.socket?.end(), take),
};

/** The messages a consumer has, verified by the library of Standard Webhooks. */
const verified = (
  received: readonly { readonly body: string; readonly headers: Readonly<Record<string, string>> }[],
  now: number,
) => {
  const webhook = new Webhook(endpointSecret(LOCAL_ENDPOINT_KEY, { endpointId: 'real', generation: 1 }));
  return received.map(({ body, headers }) => {
    // Its check of the time is against the machine's clock; that of the test is another.
    expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - now)).toBeLessThan(20 * DAY_MS);
    const at = new Date(Number(headers['webhook-timestamp']) * 1000);
    expect(headers['webhook-signature']).toBe(webhook.sign(headers['webhook-id'] ?? '', at, body));
    return JSON.parse(body) as { readonly id: string; readonly subject: string };
  });
};

const createReal = async (url: string) => {
  const world = await createDeliveryWorld([endpoint('real', { url })]);
  const send = createSend({ stage: 'local', now: () => world.clock.now, timeoutMs: 150 }, LOCAL_ENDPOINT_KEY);
  return {
    ...world,
    async write(sequence: number) {
      await world.write(...JOBS.map((job) => heldEvent(job, sequence)));
      await deliverTopics(world.context(), JOBS.map(jobTopic), send, {
        onError: (_, error) => {
          throw error;
        },
      });
    },
    async pass(ms: number, everyMs: number) {
      for (const end = world.clock.now + ms; world.clock.now < end; ) {
        world.clock.now += everyMs;
        await retryDeliveries(world.context(), send);
      }
    },
  };
};

const expectAll = (events: readonly { readonly id: string; readonly subject: string }[], each: number) => {
  const first = [...new Map(events.map((event) => [event.id, event])).values()];
  for (const job of JOBS)
    expect(first.filter(({ subject }) => subject === job).map(({ id }) => id)).toEqual(
      Array.from({ length: each }, (_, index) => heldEvent(job, index + 1).id),
    );
};

test.each(Object.entries(UNRELIABLE))(
  'a consumer that %s has every event once by id in the end, in order per job',
  async (_, answer) => {
    const taken: boolean[] = [];
    const { url, received } = await startConsumer((response) => {
      response.once('finish', () => taken.push(response.statusCode === 204));
      answer(response);
    });
    const world = await createReal(url);
    for (const sequence of [1, 2, 3]) {
      await world.write(sequence);
      await world.pass(10 * MINUTE_MS, MINUTE_MS);
    }
    await world.pass(DAY_MS, HOUR_MS);
    expect(await world.failing()).toEqual([]);
    expectAll(verified(received, world.clock.now), 3);
    expect(taken.filter(Boolean).length).toBeGreaterThanOrEqual(9);
  },
);

test('a consumer that is away for a week has every event once by id in the end, in order per job', async () => {
  const gone = await openConsumer();
  gone.stop();
  const world = await createReal(gone.url);
  await world.write(1);
  for (const sequence of [2, 3, 4, 5, 6, 7]) {
    await world.pass(DAY_MS, HOUR_MS);
    await world.write(sequence);
  }
  await world.pass(DAY_MS, HOUR_MS);
  expect((await world.failing()).every(({ parkedAt }) => parkedAt !== undefined)).toBe(true);
  expect(gone.received).toEqual([]);
  const back = await startConsumer(take, gone.port);
  await world.pass(HOUR_MS, MINUTE_MS);
  expect(await world.failing()).toEqual([]);
  expectAll(verified(back.received, world.clock.now), 7);
  expect(back.received).toHaveLength(7 * JOBS.length);
});
