import { expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../../lib/billing/minutes.ts';
import { createCallGuard } from '../../../../lib/operations/deliver/call-guard.ts';
import { deliverTopics } from '../../../../lib/operations/deliver/deliver-topic.ts';
import { nextAttempt, PAUSES_MS } from '../../../../lib/operations/deliver/pauses.ts';
import type { Send, SendOutcome } from '../../../../lib/operations/deliver/receivers.ts';
import { createDeliveryWorld, deliverTopic, endpoint, heldEvent, jobTopic, NOW } from './outgoing.ts';

test('an endpoint receives the events of a topic in order, each once', async () => {
  const { context, write, send, idsAt } = await createDeliveryWorld();
  await write(heldEvent('a', 2), heldEvent('a', 1), heldEvent('b', 1));
  await deliverTopic(context(), jobTopic('a'), send);
  await write(heldEvent('a', 3));
  await deliverTopic(context(), jobTopic('a'), send);
  expect(idsAt('one')).toEqual([1, 2, 3].map((sequence) => heldEvent('a', sequence).id));
});

test('an endpoint receives what happened since it was added, of its types and its project', async () => {
  const { context, write, send, received } = await createDeliveryWorld([
    endpoint('new', { createdAt: NOW + 1 }),
    endpoint('statements', { types: ['statement.issued'] }),
    endpoint('other-project', { projectId: 'proj-2' }),
    endpoint('removed', { removed: true }),
    endpoint('held', { types: ['job.held'], projectId: 'proj-1', createdAt: NOW }),
  ]);
  await write(heldEvent('a', 1));
  await deliverTopic(context(), jobTopic('a'), send);
  expect(received.map(({ endpointId }) => endpointId)).toEqual(['held']);
});

test('a receiver that is built in gets events beside the endpoints', async () => {
  const { context, write, send, idsAt } = await createDeliveryWorld();
  const got: string[] = [];
  const provider = {
    endpointId: 'provider',
    gets: () => true,
    send: async ({ id }: { readonly id: string }) => {
      got.push(id);
      return { tookMs: 1 };
    },
  };
  await write(heldEvent('a', 1));
  await deliverTopic({ ...context(), builtIn: [provider] }, jobTopic('a'), send);
  expect(got).toEqual(idsAt('one'));
});

test('after a failure the events of the topic wait, and say why; those of other topics do not', async () => {
  const { context, write, send, errors, failing, idsAt, clock } = await createDeliveryWorld();
  errors.set(heldEvent('a', 2).id, 'answered 500');
  await write(heldEvent('a', 1), heldEvent('a', 2), heldEvent('a', 3), heldEvent('b', 1));
  await deliverTopic(context(), jobTopic('a'), send);
  await deliverTopic(context(), jobTopic('b'), send);
  expect(idsAt('one')).toEqual([heldEvent('a', 1).id, heldEvent('b', 1).id]);
  expect(await failing()).toMatchObject([
    {
      ...{ eventId: heldEvent('a', 2).id, error: 'answered 500', attempts: 1, since: NOW },
      nextAttemptAt: NOW + 5_000,
    },
  ]);
  errors.clear();
  await write(heldEvent('a', 4));
  await deliverTopic(context(), jobTopic('a'), send);
  expect(idsAt('one')).toHaveLength(2);
  clock.now += 5_000;
  await deliverTopic(context(), jobTopic('a'), send);
  expect(idsAt('one').slice(2)).toEqual([2, 3, 4].map((sequence) => heldEvent('a', sequence).id));
  expect(await failing()).toEqual([]);
});

test('each attempt is recorded for 30 days, with what was answered', async () => {
  const { context, write, send, errors, store, clock, table } = await createDeliveryWorld();
  errors.set('one', 'answered 500');
  await write(heldEvent('a', 1));
  await deliverTopic(context(), jobTopic('a'), send);
  errors.clear();
  clock.now += 5_000;
  await deliverTopic(context(), jobTopic('a'), send);
  const about = { endpointId: 'one', eventId: heldEvent('a', 1).id, type: 'job.held', subject: 'a' };
  expect(await Array.fromAsync(store.deliveryAttempts('one'))).toEqual([
    { ...about, projectId: 'proj-1', at: NOW + 5_000, status: 200, tookMs: 1 },
    { ...about, projectId: 'proj-1', at: NOW, status: 500, error: 'answered 500', tookMs: 1 },
  ]);
  const [item] = (await Array.fromAsync(table.query('ATTEMPT#one'))).flat();
  expect(item?.expiresAt).toBe(NOW / 1000 + 30 * 24 * 60 * 60);
});

test('the pauses grow over three days, with a jitter of a tenth, then a topic is parked', () => {
  const total = PAUSES_MS.reduce((sum, ms) => sum + ms, 0);
  expect(total / HOUR_MS).toBeGreaterThan(72);
  expect(total / HOUR_MS).toBeLessThan(80);
  expect(nextAttempt(1, NOW, 0)).toEqual({ nextAttemptAt: NOW + 5_000 });
  expect(nextAttempt(2, NOW, 0.5)).toEqual({ nextAttemptAt: NOW + 63_000 });
  expect(nextAttempt(PAUSES_MS.length, NOW, 1)).toEqual({ nextAttemptAt: NOW + 26.4 * HOUR_MS });
  expect(nextAttempt(PAUSES_MS.length + 1, NOW, 1)).toEqual({ nextAttemptAt: NOW + HOUR_MS, parkedAt: NOW });
});

test('an endpoint that fails three times in a row rests a minute: what is for it waits untried', async () => {
  const { context, write, send, errors, failing, idsAt, clock } = await createDeliveryWorld([
    endpoint('dead'),
    endpoint('well'),
  ]);
  errors.set('dead', 'answered 500');
  const jobs = ['a', 'b', 'c', 'd', 'e'];
  await write(...jobs.map((job) => heldEvent(job, 1)));
  const guard = createCallGuard(() => clock.now);
  const options = {
    mayCall: guard.mayCall,
    onAttempt: (id: string, _: unknown, outcome: SendOutcome) => guard.report(id, outcome),
  };
  for (const job of jobs) await deliverTopic(context(), jobTopic(job), send, options);
  expect(idsAt('well')).toEqual(jobs.map((job) => heldEvent(job, 1).id));
  expect((await failing()).map(({ attempts, nextAttemptAt }) => [attempts, nextAttemptAt - NOW])).toEqual([
    ...[1, 2, 3].map(() => [1, 5_000]),
    ...[4, 5].map(() => [0, 0]),
  ]);
  errors.clear();
  clock.now += MINUTE_MS;
  expect(guard.mayCall('dead')).toBe(true);
});

test('a topic that is not tried again keeps the error of its last attempt', async () => {
  const { context, write, send, errors, failing, clock } = await createDeliveryWorld();
  errors.set('one', 'answered 500');
  await write(heldEvent('a', 1));
  await deliverTopic(context(), jobTopic('a'), send);
  clock.now += 5_000;
  await deliverTopic(context(), jobTopic('a'), send, { mayCall: () => false });
  expect(await failing()).toMatchObject([{ error: 'answered 500', attempts: 1, since: NOW }]);
});

test('only failures in a row make an endpoint rest: one success between them starts the count anew', () => {
  const clock = { now: NOW };
  const guard = createCallGuard(() => clock.now);
  const mayCallAfter = (...errors: (string | undefined)[]) => {
    for (const error of errors) guard.report('one', { ...(error !== undefined && { error }), tookMs: 1 });
    return guard.mayCall('one');
  };
  expect(mayCallAfter('500', '500', undefined, '500', '500')).toBe(true);
  expect(mayCallAfter('500')).toBe(false);
  expect(guard.mayCall('another')).toBe(true);
  clock.now += 60_000;
  expect(guard.mayCall('one')).toBe(true);
});

test('an endpoint that takes three events in a row, but slowly, rests too', () => {
  const guard = createCallGuard(() => NOW);
  const mayCallAfter = (...times: readonly number[]) => {
    for (const tookMs of times) guard.report('one', { status: 204, tookMs });
    return guard.mayCall('one');
  };
  expect(mayCallAfter(5_001, 9_900, 5_000, 5_001, 9_900)).toBe(true);
  expect(mayCallAfter(5_001)).toBe(false);
});

test('no endpoint waits for the answers of another', async () => {
  const world = await createDeliveryWorld([endpoint('slow'), endpoint('quick')]);
  const jobs = Array.from({ length: 30 }, (_, index) => `job-${index}`);
  await world.write(...jobs.map((job) => heldEvent(job, 1)));
  const released = Promise.withResolvers<void>();
  const send: Send = async (to, event) => {
    if (to.endpointId === 'slow') await released.promise;
    const outcome = await world.send(to, event);
    if (world.idsAt('quick').length === jobs.length) released.resolve();
    return outcome;
  };
  // It hangs if the slow one keeps a job from the quick one.
  await deliverTopics(world.context(), jobs.map(jobTopic), send, {
    onError: (_, error) => {
      throw error;
    },
  });
  expect(world.idsAt('slow')).toHaveLength(jobs.length);
});

test('topics whose store fails are lost, to be delivered again, and delay no other', async () => {
  const { context, write, send, idsAt, store } = await createDeliveryWorld();
  await write(heldEvent('a', 1), heldEvent('b', 1));
  const broken = {
    ...store,
    readTopic: (topic: ReturnType<typeof jobTopic>) =>
      topic.kind === 'job' && topic.jobId === 'a'
        ? Promise.reject(new Error('throttled'))
        : store.readTopic(topic),
  };
  const reported: string[] = [];
  const { lost } = await deliverTopics(
    { ...context(), store: broken },
    [jobTopic('a'), jobTopic('b')],
    send,
    { onError: (_, error) => reported.push(String(error)) },
  );
  expect(lost).toEqual([jobTopic('a')]);
  expect(reported).toEqual(['Error: throttled']);
  expect(idsAt('one')).toEqual([heldEvent('b', 1).id]);
});
