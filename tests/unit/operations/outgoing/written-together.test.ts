import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { toCloudEvent } from '../../../../lib/operations/outgoing/to-cloud-event.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import { OUTGOING_EVENTS } from '../../../../lib/shapes/outgoing-event.ts';
import { CHARGES_TOGETHER } from '../../../../lib/store/charges.ts';
import type { OutgoingEvent, Topic } from '../../../../lib/store/outgoing-events.ts';
import { pricesOf } from '../../billing/builders.ts';
import { putsOf, wrapTable } from '../tables.ts';
import { createWorld, jobRef, retraction, status, TARIFF, type World } from '../world.ts';

const JOB: Topic = { kind: 'job', ...jobRef('job-1') };
const HOUR_MS = 3_600_000;

const eventsOf = async ({ store }: World, topic: Topic = JOB) => (await store.readTopic(topic)).events;

const idsOf = async (world: World, topic?: Topic) => (await eventsOf(world, topic)).map(({ id }) => id);

/** An event as it is sent has the shape of its type. */
const expectShape = (event: OutgoingEvent | undefined) => {
  if (!event) throw new Error('there is no event');
  expect(v.safeParse(OUTGOING_EVENTS[event.type], toCloudEvent(event, 'local')).issues).toBeUndefined();
};

const running = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z');
const unpriced = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', {});
/** A run after the end of the job, which begins without another one being queued. */
const forbidden = status('job-1', 'RUNNING', '2026-10-06T08:00:00Z');
const done = status('job-1', 'DONE', '2026-10-05T13:00:00Z');

const HELD = 'job.held/proj-1/job-1/forbidden step/2026-10-06T08:00:00.000Z';
const UNRATED = 'job.unrated/proj-1/job-1/2026-10-05T08:00:00.000Z';

describe('a statement', () => {
  test('is committed with its event, and the events of a project are in the order of its statements', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(
      status('job-2', 'RUNNING', '2026-11-06T08:00:00Z'),
      status('job-2', 'DONE', '2026-11-06T09:00:00Z'),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    const events = await eventsOf(world, { kind: 'statements', projectId: 'proj-1' });
    expect(events.map(({ sequence, subject }) => [sequence, subject])).toEqual([
      [1, '2026-10'],
      [2, '2026-11'],
    ]);
    const { statementId, total, digest, issuedAt } = await world.statement('proj-1', '2026-10');
    expect(events[0]).toMatchObject({ id: `statement.issued/${statementId}`, time: issuedAt });
    expect(events[0]?.data).toEqual({
      ...{ projectId: 'proj-1', month: '2026-10', currency: 'EUR' },
      ...{ statementId, total, digest },
    });
    expectShape({ ...events[0], data: { ...events[0]?.data, statementId: crypto.randomUUID() } } as never);
  });

  test('that is not committed has no event', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock('2026-11-01T02:00:00Z');
    const dying = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.sk === 'STATEMENT')) throw new Error('dead');
      return run();
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('stays open');
    expect(await idsOf(world, { kind: 'statements', projectId: 'proj-1' })).toEqual([]);
    expect(await idsOf(world, { kind: 'months' })).toEqual([]);
  });
});

test('a month is closed with its event, in the order of months', async () => {
  const world = await createWorld();
  await world.tell(running, done);
  await world.closeAt('2026-12-01T02:00:00Z');
  const events = await eventsOf(world, { kind: 'months' });
  expect(events.map(({ id, sequence }) => [id, sequence])).toEqual([
    ['month.closed/2026-10', 2026 * 12 + 10],
    ['month.closed/2026-11', 2026 * 12 + 11],
  ]);
  for (const event of events) expectShape(event);
});

describe('a settle', () => {
  test('writes held time with its event, once however often it is run', async () => {
    const world = await createWorld();
    await world.tell(running, done, forbidden);
    await world.tell(running);
    await world.settle(jobRef('job-1'));
    const [event, ...others] = await eventsOf(world);
    expect(event).toMatchObject({ id: HELD, sequence: 1, subject: 'job-1', projectId: 'proj-1' });
    expect(event?.data).toEqual({
      ...{ projectId: 'proj-1', jobId: 'job-1', cause: 'forbidden step', flavor: 'ai1-1-gpu' },
      ...{ since: '2026-10-06T08:00:00.000Z', usageMonth: '2026-10' },
    });
    expect(others).toEqual([]);
    expectShape(event);
  });

  test('writes unrated time with one event a run, when it begins', async () => {
    const world = await createWorld();
    await world.tell(unpriced);
    const [event] = await eventsOf(world);
    expect(event).toMatchObject({ id: UNRATED, sequence: 1 });
    expect(event?.data).toEqual({
      ...{ projectId: 'proj-1', jobId: 'job-1', since: '2026-10-05T08:00:00.000Z' },
      waitsFor: ['resources'],
    });
    expectShape(event);
    await world.tell(status('job-1', 'DONE', '2026-10-05T13:00:00Z', {}));
    await world.tell(
      status('job-1', 'QUEUED', '2026-10-05T15:00:00Z', {}),
      status('job-1', 'RUNNING', '2026-10-05T16:00:00Z', {}),
    );
    expect((await eventsOf(world)).map(({ id, sequence }) => [id, sequence])).toEqual([
      [UNRATED, 1],
      ['job.unrated/proj-1/job-1/2026-10-05T16:00:00.000Z', 2],
    ]);
  });

  test('of time that is released and held again from then on writes nothing more, from another time it does', async () => {
    const world = await createWorld();
    await world.tell(running, done, forbidden);
    const stop = status('job-1', 'DONE', '2026-10-06T09:00:00Z');
    await world.tell(stop);
    await world.tell(retraction(stop, '2026-10-07T00:00:00Z'));
    expect(await idsOf(world)).toEqual([HELD]);
    await world.tell(retraction(forbidden, '2026-10-07T01:00:00Z'));
    await world.tell(status('job-1', 'RUNNING', '2026-10-06T10:00:00Z'));
    expect(await idsOf(world)).toEqual([
      HELD,
      'job.held/proj-1/job-1/forbidden step/2026-10-06T10:00:00.000Z',
    ]);
  });

  test('reads and writes what it did before where nothing is held or unrated', async () => {
    const world = await createWorld();
    await world.record(running, done);
    const calls: string[] = [];
    const counted = wrapTable(world.table, ({ name, args }, run) => {
      const [first] = args as [{ readonly item?: { readonly pk: string }; readonly pk?: string } | string];
      calls.push(`${name} ${typeof first === 'string' ? first : (first.item?.pk ?? first.pk)}`);
      return run();
    });
    await settle(await world.open(counted), jobRef('job-1'));
    expect(calls.filter((call) => !call.includes('SETTINGS'))).toEqual([
      'query JOB#proj-1#job-1',
      'query TARIFF',
      'query PROJECT#proj-1#2026-10',
      expect.stringMatching(/^put DUE#2026-10#/),
      'put PROJECT#proj-1#2026-10',
      'query JOB#proj-1#job-1',
    ]);
  });

  test('that is overtaken by another one with the same event leaves it out and goes on', async () => {
    const world = await createWorld();
    await world.record(running, done, forbidden);
    let overtaken = false;
    const overtaking = wrapTable(world.table, async (call, run) => {
      if (!overtaken && putsOf(call).some(({ item }) => item.pk.startsWith('OUT#'))) {
        overtaken = true;
        await world.settle(jobRef('job-1'));
        world.clock.now += 1;
      }
      return run();
    });
    await settle(await world.open(overtaking), jobRef('job-1'));
    expect(overtaken).toBe(true);
    const events = await eventsOf(world);
    expect(events).toHaveLength(1);
    expect(events[0]?.time).toBe(world.clock.now - 1);
  });

  test('names the first five of many flavors that have no price, of which there may be thousands', async () => {
    const world = await createWorld();
    const start = Date.parse('2026-10-05T08:00:00Z');
    const flavors = Array.from({ length: 20 }, (_, index) => `flavor-${index}`);
    for (const [index, flavor] of flavors.entries()) {
      const time = new Date(start + index * 60_000).toISOString();
      const resources = { flavor, milliUnits: { gpu: 1000 } };
      await world.record(status('job-1', 'RUNNING', time, { resources }));
    }
    await world.record(status('job-1', 'DONE', '2026-10-08T08:00:00Z'));
    await settle(await world.open(), jobRef('job-1'));
    const events = await eventsOf(world);
    expect(events.map(({ id }) => id)).toEqual([UNRATED]);
    expect(events[0]?.data.waitsFor).toEqual(flavors.slice(0, 5).map((flavor) => `a price for ${flavor}`));
  });

  test('of more charges than a transaction takes writes each event with its charge', async () => {
    const world = await createWorld({ tariffs: [{ ...TARIFF, prices: pricesOf({}) }] });
    const runs = Array.from({ length: CHARGES_TOGETHER }, (_, index) => {
      const start = Date.parse('2026-10-05T00:00:00Z') + index * HOUR_MS;
      const iso = (ms: number) => new Date(start + ms).toISOString();
      return [
        status('job-1', 'RUNNING', iso(0)),
        status('job-1', 'DONE', iso(60_000)),
        status('job-1', 'QUEUED', iso(120_000)),
      ];
    });
    for (const facts of runs) await world.record(...facts);
    const transactions: (readonly string[])[] = [];
    const recording = wrapTable(world.table, (call, run) => {
      if (call.name === 'putTogether') transactions.push(putsOf(call).map(({ item }) => item.sk));
      return run();
    });
    await settle(await world.open(recording), jobRef('job-1'));
    expect(transactions.map(({ length }) => length)).toEqual([CHARGES_TOGETHER, CHARGES_TOGETHER]);
    for (const items of transactions)
      expect(items.filter((sk) => sk.startsWith('EVENT#'))).toHaveLength(CHARGES_TOGETHER / 2);
    const events = await eventsOf(world);
    expect(new Set(events.map(({ sequence }) => sequence)).size).toBe(CHARGES_TOGETHER);
  });
});

describe('the daily audit', () => {
  const silent = async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-05T00:00:00Z');
    return world;
  };
  const ID = 'job.held/proj-1/job-1/maxRunning/2026-11-02T08:00:00.000Z';

  test('records an open charge whose limit has passed, once by its id', async () => {
    const world = await silent();
    await audit(await world.open(), { heal: true });
    world.setClock('2026-11-06T00:00:00Z');
    await audit(await world.open(), { heal: true });
    const events = await eventsOf(world);
    expect(events.map(({ id, time }) => [id, time])).toEqual([[ID, Date.parse('2026-11-05T00:00:00Z')]]);
    expectShape(events[0]);
    // A later settle writes the charge as held.
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await idsOf(world)).toEqual([ID]);
  });

  test('that only looks records nothing, and neither does one before the limit', async () => {
    const world = await silent();
    await audit(await world.open());
    expect(await idsOf(world)).toEqual([]);
    world.setClock('2026-11-02T07:59:59Z');
    await audit(await world.open(), { heal: true });
    expect(await idsOf(world)).toEqual([]);
  });

  test('records none of a charge that is not stored as it follows from the facts', async () => {
    const world = await createWorld({ tariffs: [{ ...TARIFF, maxSilenceMs: 48 * HOUR_MS }] });
    await world.tell(running);
    await world.record(status('job-1', 'RUNNING', '2026-10-06T08:00:00Z'));
    world.setClock('2026-10-20T00:00:00Z');
    await audit(await world.open(), { heal: true });
    expect(await idsOf(world)).toEqual([]);
    // Healed by the first audit.
    await audit(await world.open(), { heal: true });
    expect(await idsOf(world)).toEqual(['job.held/proj-1/job-1/maxSilence/2026-10-08T08:00:00.000Z']);
  });
});
