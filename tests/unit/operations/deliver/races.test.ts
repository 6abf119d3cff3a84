import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDeliveries } from '../../../../lib/operations/deliver/retry-deliveries.ts';
import { Died, wrapTable } from '../tables.ts';
import { createDeliveryWorld, deliverTopic, heldEvent, jobTopic } from './outgoing.ts';

const EVENTS = [1, 2, 3, 4].map((sequence) => heldEvent('a', sequence));
/** How far the clock of the stream's process is behind: what is due for a retry waits for it. */
const BEHIND_MS = 20_000;

/** What one run is about: which sends fail, and after how many calls a run of retries dies. */
const disturbance = fc.record({
  fails: fc.array(fc.boolean(), { minLength: 5, maxLength: 9 }),
  dies: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 3, maxLength: 3 }),
});

/**
 * The stream delivers each event as it is written while retries run, the calls of both in an order
 * that chance gives; some sends fail, some runs die. Then only retries are left.
 */
const disturbed = async (scheduler: fc.Scheduler, { fails, dies }: { fails: boolean[]; dies: number[] }) => {
  const world = await createDeliveryWorld();
  let sends = 0;
  const send: typeof world.send = async (...sent) => {
    await scheduler.schedule(Promise.resolve());
    return fails[sends++ % fails.length] ? { error: 'answered 500', tookMs: 1 } : world.send(...sent);
  };
  const tableThatDies = (after = Number.POSITIVE_INFINITY) => {
    let calls = 0;
    return wrapTable(world.table, async (_, run) => {
      await scheduler.schedule(Promise.resolve());
      calls += 1;
      if (calls > after) throw new Died();
      world.clock.now += 1;
      return run();
    });
  };
  let isStreaming = true;
  const stream = async () => {
    const context = { ...world.context(tableThatDies()), now: () => world.clock.now - BEHIND_MS };
    for (const event of EVENTS) {
      await world.store.recordOutgoing(event);
      await deliverTopic(context, event.topic, send);
    }
    isStreaming = false;
  };
  const retries = async () => {
    for (let run = 0; isStreaming; run += 1) {
      world.clock.now += 5_000;
      await retryDeliveries(world.context(tableThatDies(dies[run])), send).catch((error) => {
        if (!(error instanceof Died)) throw error;
      });
    }
  };
  await scheduler.waitFor(Promise.all([stream(), retries()]));
  for (let day = 0; day < 4; day += 1) {
    world.clock.now += 24 * 60 * 60 * 1000;
    await retryDeliveries(world.context(), world.send);
  }
  return world;
};

test('whatever runs at the same time or dies, the retries deliver all that is left (I9)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), disturbance, async (scheduler, given) => {
      const world = await disturbed(scheduler, given);
      expect([...new Set(world.idsAt('one'))]).toEqual(EVENTS.map(({ id }) => id));
      expect(await world.failing()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('an event left to the retries is seen by one that ends just then', async () => {
  const world = await createDeliveryWorld();
  const [first, second] = EVENTS;
  if (!first || !second) throw new Error('two events');
  world.errors.set('one', 'answered 500');
  await world.write(first);
  await deliverTopic(world.context(), jobTopic('a'), world.send);
  world.errors.clear();
  world.clock.now += 5_000;
  // The retry has read the topic; the second event arrives while the first is sent.
  await retryDeliveries(world.context(), async (...sent) => {
    await world.write(second);
    const behind = { ...world.context(), now: () => world.clock.now - BEHIND_MS };
    await deliverTopic(behind, jobTopic('a'), world.send);
    return world.send(...sent);
  });
  expect(world.idsAt('one')).toEqual([first.id, second.id]);
  expect(await world.failing()).toEqual([]);
});
