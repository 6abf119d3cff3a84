import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../lib/billing/minutes.ts';
import { deliverTo } from '../../../../lib/operations/deliver/deliver-topic.ts';
import { readReceivers } from '../../../../lib/operations/deliver/receivers.ts';
import { noteUndelivered, redeliver } from '../../../../lib/operations/deliver/redeliver.ts';
import { retryDeliveries } from '../../../../lib/operations/deliver/retry-deliveries.ts';
import { createStore } from '../../../../lib/store/store.ts';
import { wrapTable } from '../tables.ts';
import { createDeliveryWorld, deliverTopic, endpoint, heldEvent, jobTopic, NOW } from './outgoing.ts';

type World = Awaited<ReturnType<typeof createDeliveryWorld>>;

const failAll = async (world: World, jobs: readonly string[], sequence = 1) => {
  for (const job of jobs) {
    await world.write(heldEvent(job, sequence));
    await deliverTopic(world.context(), jobTopic(job), world.send);
  }
};

/** Runs the retries as their schedule does, but only once in `everyMs`. */
const pass = async (world: World, ms: number, everyMs: number) => {
  let outcome = await retryDeliveries(world.context(), world.send);
  for (const end = world.clock.now + ms; world.clock.now < end; ) {
    world.clock.now += everyMs;
    outcome = await retryDeliveries(world.context(), world.send);
  }
  return outcome;
};

test('without failures a run of retries reads one partition', async () => {
  const { context, send } = await createDeliveryWorld();
  expect(await retryDeliveries(context(), send)).toEqual({
    delivered: 0,
    failing: 0,
    parked: 0,
    longestMs: 0,
    longestStopMs: 0,
  });
});

test('a topic that fails for three days is parked, and reported with the time it has failed', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await failAll(world, ['a']);
  expect(await pass(world, 3 * DAY_MS, MINUTE_MS)).toMatchObject({
    failing: 1,
    parked: 0,
    longestMs: 3 * DAY_MS,
    longestStopMs: 0,
  });
  expect(await pass(world, 8 * HOUR_MS, MINUTE_MS)).toMatchObject({ failing: 1, parked: 1 });
});

test('a consumer that was away for a week has everything within an hour of its return', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'cannot be reached (ECONNREFUSED)');
  const jobs = Array.from({ length: 10 }, (_, index) => `job-${index}`);
  await failAll(world, jobs);
  await pass(world, 3 * DAY_MS, 5 * MINUTE_MS);
  await failAll(world, jobs, 2);
  await failAll(world, ['late'], 1);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  expect((await world.failing()).filter(({ parkedAt }) => parkedAt !== undefined)).toHaveLength(11);
  world.errors.clear();
  await pass(world, HOUR_MS, MINUTE_MS);
  expect(await world.failing()).toEqual([]);
  for (const job of jobs)
    expect(world.received.filter(({ subject }) => subject === job).map(({ id }) => id)).toEqual([
      heldEvent(job, 1).id,
      heldEvent(job, 2).id,
    ]);
  expect(world.idsAt('one')).toContain(heldEvent('late', 1).id);
});

test('of the parked topics of an endpoint one is tried an hour, each in its turn', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await failAll(world, ['a', 'b', 'c']);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  const since = world.clock.now;
  await pass(world, 6 * HOUR_MS, MINUTE_MS);
  const attempts = (await Array.fromAsync(world.store.deliveryAttempts('one'))).filter(
    ({ at }) => at > since,
  );
  expect(attempts.length).toBeGreaterThanOrEqual(5);
  expect(attempts.length).toBeLessThanOrEqual(6);
  expect(new Set(attempts.map(({ subject }) => subject))).toEqual(new Set(['a', 'b', 'c']));
});

test('a parked topic that fails again stays parked since then', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await failAll(world, ['a']);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  const parkedAt = (await world.failing())[0]?.parkedAt;
  expect(parkedAt).toBeDefined();
  await pass(world, 2 * HOUR_MS, MINUTE_MS);
  expect(await world.failing()).toMatchObject([{ parkedAt, since: NOW }]);
});

test('a parked topic that the run has no time to try stays parked', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await failAll(world, ['a']);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  const parked = await world.failing();
  const topic = jobTopic('a');
  const [receiver] = await readReceivers(world.context(), world.send);
  if (!receiver) throw new Error('there is no endpoint');
  await deliverTo(world.context(), receiver, topic, { retry: true, mayCall: () => false });
  const [{ parkedAt, attempts } = {}] = parked;
  expect(await world.failing()).toMatchObject([{ parkedAt, attempts, since: NOW }]);
});

test('what is delivered before a failure starts the pauses anew', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await world.write(heldEvent('a', 1), heldEvent('a', 2));
  await deliverTopic(world.context(), jobTopic('a'), world.send);
  await pass(world, 10 * MINUTE_MS, MINUTE_MS);
  expect(await world.failing()).toMatchObject([{ attempts: 4, since: NOW }]);
  world.errors.clear();
  world.errors.set(heldEvent('a', 2).id, 'answered 400');
  world.clock.now += HOUR_MS;
  await retryDeliveries(world.context(), world.send);
  const { now } = world.clock;
  expect(await world.failing()).toMatchObject([{ attempts: 1, since: now, nextAttemptAt: now + 5_000 }]);
});

test('an event that an endpoint never takes does not keep its other parked topics parked', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await failAll(world, ['poison', 'b', 'c']);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  world.errors.clear();
  world.errors.set(heldEvent('poison', 1).id, 'answered 400');
  await pass(world, 3 * HOUR_MS, MINUTE_MS);
  expect((await world.failing()).map(({ eventId }) => eventId)).toEqual([heldEvent('poison', 1).id]);
});

test('an endpoint that fails three times in a row is left until the next run; others are not', async () => {
  const world = await createDeliveryWorld([endpoint('dead'), endpoint('well')]);
  const jobs = ['a', 'b', 'c', 'd', 'e'];
  world.errors.set('dead', 'answered 500');
  world.errors.set('well', 'answered 500');
  await failAll(world, jobs);
  world.clock.now += 5_000;
  world.errors.delete('well');
  const tried: string[] = [];
  await retryDeliveries(world.context(), world.send, { onAttempt: (id) => tried.push(id) });
  expect(tried.filter((id) => id === 'dead')).toHaveLength(3);
  expect(world.idsAt('well')).toHaveLength(5);
  await retryDeliveries(world.context(), world.send, { onAttempt: (id) => tried.push(id) });
  expect(tried.filter((id) => id === 'dead')).toHaveLength(5);
});

test('failures count in a row: an endpoint that takes some of its events is tried with all', async () => {
  const world = await createDeliveryWorld();
  const jobs = ['a', 'b', 'c', 'd', 'e'];
  world.errors.set('one', 'answered 500');
  await failAll(world, jobs);
  world.errors.clear();
  for (const job of ['a', 'b', 'd', 'e']) world.errors.set(heldEvent(job, 1).id, 'answered 400');
  world.clock.now += 5_000;
  const tried: string[] = [];
  await retryDeliveries(world.context(), world.send, { onAttempt: (_, { subject }) => tried.push(subject) });
  expect(tried).toEqual(jobs);
});

test('no attempt begins after the deadline, and what is left waits for the next run', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  for (const sequence of [1, 2, 3]) await world.write(heldEvent('a', sequence));
  await deliverTopic(world.context(), jobTopic('a'), world.send);
  world.errors.clear();
  world.clock.now += 5_000;
  const slow: typeof world.send = (...sent) => {
    world.clock.now += 20_000;
    return world.send(...sent);
  };
  const run = () => retryDeliveries(world.context(), slow, { deadline: world.clock.now + 30_000 });
  expect(await run()).toMatchObject({ delivered: 0, failing: 1 });
  expect(world.idsAt('one')).toHaveLength(2);
  expect(await run()).toMatchObject({ delivered: 1, failing: 0 });
  expect(world.idsAt('one')).toEqual([1, 2, 3].map((sequence) => heldEvent('a', sequence).id));
});

test('what has failed at an endpoint that is removed is given up', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 410');
  await failAll(world, ['a']);
  const [read] = await world.store.readEndpoints();
  if (!read) throw new Error('the endpoint is stored');
  await world.save({ ...read, removed: true, version: 2 }, read);
  expect(await retryDeliveries(world.context(), world.send)).toMatchObject({ delivered: 0, failing: 0 });
});

test('redelivered topics are due at once, with all their pauses before them', async () => {
  const world = await createDeliveryWorld([endpoint('one'), endpoint('two')]);
  world.errors.set('one', 'answered 500');
  world.errors.set('two', 'answered 500');
  await failAll(world, ['a', 'b']);
  await pass(world, 4 * DAY_MS, 5 * MINUTE_MS);
  const { store } = world;
  const now = () => world.clock.now;
  const eventId = heldEvent('a', 1).id;
  expect(await redeliver({ store, now }, { endpointId: 'one', eventId })).toHaveLength(1);
  expect((await world.failing()).filter(({ nextAttemptAt }) => nextAttemptAt === now())).toMatchObject([
    { endpointId: 'one', eventId, attempts: 0 },
  ]);
  expect(await redeliver({ store, now })).toHaveLength(4);
  world.errors.clear();
  expect(await retryDeliveries(world.context(), world.send)).toMatchObject({ delivered: 4, failing: 0 });
  expect(NOW).toBeLessThan(now());
});

test('what no run has tried is found by a scan, and then delivered by the retries', async () => {
  const world = await createDeliveryWorld([endpoint('one'), endpoint('two', { types: ['month.closed'] })]);
  await failAll(world, ['delivered']);
  await world.write(heldEvent('a', 1), heldEvent('a', 2), heldEvent('b', 1));
  await noteUndelivered(world.context());
  expect((await world.failing()).map(({ eventId, attempts }) => [eventId, attempts])).toEqual([
    [heldEvent('a', 1).id, 0],
    [heldEvent('b', 1).id, 0],
  ]);
  expect(await retryDeliveries(world.context(), world.send)).toMatchObject({ delivered: 2, failing: 0 });
  expect(world.idsAt('one')).toHaveLength(4);
});

test('what is tried just now and fails is made due all the same', async () => {
  const world = await createDeliveryWorld();
  world.errors.set('one', 'answered 500');
  await world.write(heldEvent('a', 1));
  await deliverTopic(world.context(), jobTopic('a'), world.send);
  world.clock.now += 5_000;
  let isFirst = true;
  const table = wrapTable(world.table, async (call, run) => {
    if (call.name === 'put' && isFirst) {
      isFirst = false;
      await retryDeliveries(world.context(), world.send);
    }
    return run();
  });
  const redelivered = await redeliver({ store: createStore(table), now: () => world.clock.now });
  expect(await world.failing()).toMatchObject([{ nextAttemptAt: world.clock.now }]);
  expect(redelivered).toHaveLength(1);
});
