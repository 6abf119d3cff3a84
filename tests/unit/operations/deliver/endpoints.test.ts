import { expect, test } from 'vitest';
import {
  addEndpoint,
  findEndpoint,
  removeEndpoint,
  rotateEndpoint,
} from '../../../../lib/operations/deliver/endpoints.ts';
import { readEndpointDeliveries } from '../../../../lib/operations/deliver/read-deliveries.ts';
import { readActiveEndpoints } from '../../../../lib/operations/deliver/receivers.ts';
import { createDeliveryWorld, deliverTopic, endpoint, heldEvent, jobTopic, NOW } from './outgoing.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const createChanges = async () => {
  const world = await createDeliveryWorld([]);
  let ids = 0;
  const context = {
    ...{ store: world.store, now: () => world.clock.now, by: { kind: 'local', id: 'ana' } as const },
    newId: () => `0000${++ids}000-0000-0000-0000-000000000000`,
  };
  const logged = async () =>
    (await Array.fromAsync(world.store.loggedActions('2026-11'))).map(({ action, target, by }) => [
      action,
      target,
      by.id,
    ]);
  return { ...world, context, logged };
};

test('an endpoint is added, changed and removed, and each is in the log of actions', async () => {
  const { context, store, clock, logged } = await createChanges();
  const { endpointId } = await addEndpoint(context, {
    url: 'https://example.com/hooks',
    types: ['job.held'],
  });
  expect(await readActiveEndpoints(store)).toMatchObject([
    { endpointId, types: ['job.held'], createdAt: NOW, generation: 1 },
  ]);
  clock.now += 1;
  await rotateEndpoint(context, endpointId, DAY_MS);
  clock.now += 1;
  await removeEndpoint(context, endpointId);
  expect(await readActiveEndpoints(store)).toEqual([]);
  expect(await store.readEndpoints()).toHaveLength(1);
  expect(await logged()).toEqual(
    ['endpoint.removed', 'endpoint.changed', 'endpoint.added'].map((action) => [action, endpointId, 'ana']),
  );
  await expect(removeEndpoint(context, endpointId)).rejects.toThrow(`there is no endpoint ${endpointId}`);
  await expect(findEndpoint(store, 'ep_other')).rejects.toThrow('jobmeter endpoint list');
});

test('the secret before a rotation signs for a day; a second rotation waits for that, or ends both', async () => {
  const { context, clock } = await createChanges();
  const { endpointId } = await addEndpoint(context, { url: 'https://example.com/hooks' });
  const rotated = await rotateEndpoint(context, endpointId, DAY_MS);
  expect(rotated).toMatchObject({ generation: 2, previousUntil: NOW + DAY_MS });
  await expect(rotateEndpoint(context, endpointId, DAY_MS)).rejects.toThrow('2026-11-03T00:00:00.000Z');
  const ended = await rotateEndpoint(context, endpointId, 0);
  expect(ended.generation).toBe(3);
  expect(ended).not.toHaveProperty('previousUntil');
  clock.now += DAY_MS;
  expect((await rotateEndpoint(context, endpointId, DAY_MS)).generation).toBe(4);
});

test('the same URL is added once for a project, and a stage has at most 50 endpoints', async () => {
  const { context } = await createChanges();
  for (let index = 0; index < 49; index += 1)
    await addEndpoint(context, { url: `https://example.com/${index}` });
  await expect(addEndpoint(context, { url: 'https://example.com/7' })).rejects.toThrow('has this URL');
  await addEndpoint(context, { url: 'https://example.com/7', projectId: 'proj-1' });
  await expect(addEndpoint(context, { url: 'https://example.com/50' })).rejects.toThrow('remove one first');
});

test('deliveries are what waits, longest first, and attempts, latest first', async () => {
  const { context, write, send, errors, clock, store } = await createDeliveryWorld([
    endpoint('one'),
    endpoint('two'),
  ]);
  errors.set('two', 'answered 500');
  for (const job of ['a', 'b', 'c']) {
    await write(heldEvent(job, 1));
    await deliverTopic(context(), jobTopic(job), send);
    clock.now += 1_000;
  }
  const all = await readEndpointDeliveries(store, { failed: false, limit: 5 });
  expect(all.failing.map(({ topic }) => topic)).toEqual(['a', 'b', 'c'].map(jobTopic));
  expect(all.attempts.map(({ subject }) => subject)).toEqual(['c', 'c', 'b', 'b', 'a']);
  const failed = await readEndpointDeliveries(store, { failed: true, limit: 5 });
  expect(failed.attempts.map(({ endpointId }) => endpointId)).toEqual(['two', 'two', 'two']);
  const ofOne = await readEndpointDeliveries(store, { failed: false, limit: 2, endpointId: 'one' });
  expect([ofOne.failing.length, ofOne.attempts.length]).toEqual([0, 2]);
});
