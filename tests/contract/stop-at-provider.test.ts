import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { createBuiltInReceivers } from '../../lib/built-in-receivers.ts';
import { readPollConfig } from '../../lib/config/poll.ts';
import { deliverTopics } from '../../lib/operations/deliver/deliver-topic.ts';
import { readEndpointDeliveries } from '../../lib/operations/deliver/read-deliveries.ts';
import type { DeliveryContext, Send } from '../../lib/operations/deliver/receivers.ts';
import { redeliver } from '../../lib/operations/deliver/redeliver.ts';
import { retryDeliveries } from '../../lib/operations/deliver/retry-deliveries.ts';
import { OVH_SOURCE } from '../../lib/sources/ovh-source.ts';
import { createMemoryTable } from '../../lib/store/memory-table.ts';
import type { OutgoingEvent, Topic } from '../../lib/store/outgoing-events.ts';
import { createStore } from '../../lib/store/store.ts';
import { CREDENTIALS, startProvider } from './ovh-caller.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ID = '00000000-0000-4000-a000-000000000001';
const UNKNOWN = '00000000-0000-4000-a000-000000000002';

const topicOf = (jobId: string): Topic => ({ kind: 'job', projectId: 'proj-1', jobId });
const stopOf = (jobId: string, source: string = OVH_SOURCE): OutgoingEvent => ({
  ...{ id: `job.stop.requested/proj-1/${jobId}`, type: 'job.stop.requested', sequence: 1, time: NOW },
  ...{ projectId: 'proj-1', subject: jobId, topic: topicOf(jobId) },
  data: { month: '2026-11', openedBy: { source, id: '1', time: '2026-11-20T11:00:00.000Z' } },
});

const NO_ENDPOINTS: Send = () => Promise.reject(new Error('there are no endpoints'));

/** A job that runs at a stand-in of the provider, and what the functions deliver with. */
const start = async (settings: Readonly<Record<string, string>> = { OVH_STOP: 'allowed' }) => {
  const clock = { now: NOW };
  const standIn = await startProvider({
    now: () => clock.now,
    jobs: [
      {
        ...{ id: ID, project: 'cloud-1', user: 'ana', name: 'a job', region: 'GRA' },
        resources: { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 },
        transitions: [{ state: 'RUNNING', date: '2026-11-20T11:00:00.000Z' }],
      },
    ],
  });
  setDefaultCACertificates([readFileSync(standIn.caFile, 'utf8')]);
  const polling = readPollConfig({
    ...{ STAGE: 'local', OVH_PROJECTS: 'cloud-1=proj-1', OVH_API_URL: standIn.url },
    OVH_CREDENTIALS: Object.values(CREDENTIALS).join(' '),
    ...settings,
  });
  const now = () => clock.now;
  const store = createStore(createMemoryTable());
  const context: DeliveryContext = {
    ...{ store, now, jitter: () => 0, stage: 'local' },
    builtIn: createBuiltInReceivers(polling, { store, timeZone: 'UTC', now }),
  };
  const onError = (_: Topic, error: unknown) => {
    throw error;
  };
  return {
    ...{ clock, context, standIn },
    kills: () => standIn.calls.get('kill') ?? 0,
    state: () => standIn.provider.job('cloud-1', ID).status.state,
    async deliver(event: OutgoingEvent) {
      await context.store.recordOutgoing(event);
      await deliverTopics(context, [event.topic], NO_ENDPOINTS, { onError });
    },
    retry: () => retryDeliveries(context, NO_ENDPOINTS),
    shown: () => readEndpointDeliveries(context.store, { failed: false, limit: 10 }),
  };
};

test('a requested stop interrupts a job of the provider, by one call however often it is delivered', async () => {
  const { deliver, kills, state, shown } = await start();
  await deliver(stopOf(ID));
  await deliver(stopOf(ID));
  expect([kills(), state()]).toEqual([1, 'INTERRUPTING']);
  expect(await shown()).toMatchObject({ failing: [], attempts: [{ endpointId: 'provider', subject: ID }] });
});

test('a job of another source is not stopped at the provider, whatever its id', async () => {
  const { deliver, kills, state } = await start();
  await deliver(stopOf(ID, 'https://gra.training.example'));
  expect([kills(), state()]).toEqual([0, 'RUNNING']);
});

test('a job that the provider does not have any more needs no stop', async () => {
  const { deliver, kills, shown } = await start();
  await deliver(stopOf(UNKNOWN));
  expect(kills()).toBe(1);
  expect((await shown()).failing).toEqual([]);
});

test('a stop that the provider does not take is shown, and tried again until it does', async () => {
  const { clock, deliver, kills, retry, shown, standIn, state } = await start();
  standIn.failNext({ rateLimit: true, route: 'kill' });
  await deliver(stopOf(ID));
  expect(await shown()).toMatchObject({
    failing: [{ endpointId: 'provider', attempts: 1, error: expect.stringContaining('answered 429') }],
  });
  clock.now += 4_000;
  expect(await retry()).toMatchObject({ delivered: 0, failing: 1, longestStopMs: 4_000 });
  clock.now += 1_000;
  expect(await retry()).toMatchObject({ delivered: 1, failing: 0 });
  expect([kills(), state()]).toEqual([2, 'INTERRUPTING']);
});

test('a stop that waits is tried at once by redeliver', async () => {
  const { context, deliver, retry, standIn, state } = await start();
  standIn.failNext({ status: 503, route: 'kill' });
  await deliver(stopOf(ID));
  expect(await redeliver(context, { endpointId: 'provider' })).toHaveLength(1);
  expect(await retry()).toMatchObject({ delivered: 1, failing: 0 });
  expect(state()).toBe('INTERRUPTING');
});

test('a stop that waits is given up when its month has ended', async () => {
  const { clock, deliver, kills, retry, standIn } = await start();
  standIn.failNext({ status: 503, route: 'kill' });
  await deliver(stopOf(ID));
  clock.now = Date.parse('2026-12-01T00:00:00Z');
  expect(await retry()).toMatchObject({ failing: 0 });
  expect(kills()).toBe(1);
});

test.each([[{}], [{ OVH_STOP: 'not' }], [{ OVH_STOP: 'allowed', OVH_PROJECTS: '' }]])(
  'with %o nothing is called',
  async (settings) => {
    const { deliver, standIn, state } = await start(settings);
    await deliver(stopOf(ID));
    expect([...standIn.calls]).toEqual([]);
    expect(state()).toBe('RUNNING');
  },
);
