import { DynamoDB } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import { type Connection, connect } from '../../lib/connect.ts';
import type { AuditRun } from '../../lib/operations/audit/audit-run.ts';
import { recordEvents } from '../../lib/operations/record-events.ts';
import { settle } from '../../lib/operations/settle/settle.ts';
import { beginPublication } from '../../lib/operations/tariffs/publication.ts';
import { publishDefaultTariff } from '../../local/default-tariff.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { pricesOf } from '../unit/billing/builders.ts';
import { setBudget, spent } from '../unit/operations/budgets/budget-world.ts';
import { jobOf, uuid } from '../unit/operations/poll/fake-ovh.ts';
import { jobRef, recordable, status, TARIFF } from '../unit/operations/world.ts';
import { listen } from '../unit/provider/loopback.ts';

/** What a function keeps back of its time to finish what is under way. */
const RESERVE_MS = 2 * MINUTE_MS;
const STAGE = { STAGE: 'local', BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR', CLOSE_AFTER: 'PT8H' };

let dynamoDb: LocalDynamoDb;
let client: DynamoDB;
let tables = 0;
let connection: Connection;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  dynamoDb = await startDynamoDb({ port });
  client = new DynamoDB({ endpoint: dynamoDb.endpoint });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  client?.destroy();
  await dynamoDb?.stop();
});

const october = createCalendar('UTC').month('2026-10');
const CLOSED_FROM = october.end + 8 * HOUR_MS;

/** A table with one job of October, on the morning of 1 November, when its close is due. */
beforeEach(async () => {
  vi.setSystemTime(CLOSED_FROM);
  const tableName = `jobmeter-clock-${++tables}`;
  await createTable(client, tableName);
  const env = { ...STAGE, TABLE_NAME: tableName, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  await publishDefaultTariff(client, env, () => {});
  connection = connect({ stage: 'test', tableName, timeZone: 'UTC', currency: 'EUR' }, client);
  const facts = (['RUNNING', 'DONE'] as const).map((name, index) =>
    status('job-1', name, new Date(october.start + index * MINUTE_MS).toISOString()),
  );
  await recordEvents(connection.store, facts.map(recordable), Date.now());
  await settle(await connection.openContext('write'), jobRef('job-1'));
  // A close has seen the usage long ago.
  await connection.store.firstUsageSeenAt(october.start);
  // Functions read the environment when they are loaded.
  vi.resetModules();
});

afterEach(() => {
  vi.useRealTimers();
});

/** An invocation that has so much time left. */
const having = (ms: number) => ({ getRemainingTimeInMillis: () => ms }) as Context;

describe('close-month', () => {
  const closedAt = async (time: number, event: object = {}, left = RESERVE_MS + MINUTE_MS) => {
    vi.setSystemTime(time);
    const { handler } = await import('../../functions/close-month.ts');
    return (await handler(event, having(left))).closed;
  };

  test('begins nothing in its reserved time, and resumes where there is more', async () => {
    expect(await closedAt(CLOSED_FROM, {}, RESERVE_MS)).toEqual([
      { month: october.id, statements: 0, unfinished: true },
    ]);
    expect(await connection.store.readClosedMonths()).toEqual([]);
    expect(await closedAt(CLOSED_FROM)).toEqual([{ month: october.id, statements: 1 }]);
    expect(await connection.store.readClosedMonths()).toEqual([october.id]);
  });

  test('closes a month by itself when CLOSE_AFTER has passed since its end, and not before', async () => {
    expect(await closedAt(CLOSED_FROM - 1)).toEqual([]);
    expect(await connection.store.readClosedMonths()).toEqual([]);
    expect(await closedAt(CLOSED_FROM)).toEqual([{ month: october.id, statements: 1 }]);
    expect(await closedAt(CLOSED_FROM + HOUR_MS)).toEqual([]);
  });

  test('closes a month that is named from its end on', async () => {
    const event = { month: october.id };
    await expect(closedAt(october.end - 1, event)).rejects.toThrow('has not ended');
    expect(await closedAt(october.end, event)).toEqual([{ month: october.id, statements: 1 }]);
  });
});

describe('with a project of the provider', () => {
  const at = (ms: number) => new Date(october.start + ms).toISOString();
  const job = (...history: [string, string][]) => jobOf(uuid(1), history);
  let provider: Awaited<ReturnType<typeof listen>>;
  let jobs: unknown[];
  let isDown: boolean;

  beforeEach(async () => {
    jobs = [];
    isDown = false;
    provider = await listen(({ path }) => {
      if (isDown) return { status: 503, json: { message: 'down' } };
      if (path.endsWith('/auth/time')) return { json: Math.round(Date.now() / 1000) };
      const url = new URL(path, 'http://localhost');
      if (!url.pathname.endsWith('/ai/job')) return { json: jobs[0] };
      const isEmpty = url.searchParams.get('page') !== '1' || url.searchParams.has('statusState');
      return { json: isEmpty ? [] : jobs };
    });
    vi.stubEnv('OVH_PROJECTS', 'cloud-1=proj-1');
    vi.stubEnv('OVH_CREDENTIALS', 'key secret consumer');
    vi.stubEnv('OVH_API_URL', provider.url);
  });
  afterEach(async () => {
    await provider.close();
    for (const name of ['OVH_PROJECTS', 'OVH_CREDENTIALS', 'OVH_API_URL']) vi.stubEnv(name, '');
  });

  test('poll-jobs records its jobs, says how it went, and begins no call in its reserved time', async () => {
    jobs = [job(['RUNNING', at(0)], ['DONE', at(HOUR_MS)]), { id: 'strange' }];
    const { handler } = await import('../../functions/poll-jobs.ts');
    expect((await handler({}, having(20_000))).projects).toMatchObject([{ outcome: 'unfinished', jobs: 0 }]);
    expect((await handler({}, having(55_000))).projects).toMatchObject([
      { outcome: 'done', jobs: 2, recorded: 2, untranslated: 1, ageMs: 0 },
    ]);
    expect(await connection.store.readFacts(jobRef(uuid(1)))).toHaveLength(2);
  });

  test('close-month asks it for a stop that was lost, waits while it is down, and then bills it', async () => {
    await recordEvents(connection.store, [recordable(status(uuid(1), 'RUNNING', at(0)))], Date.now());
    await settle(await connection.openContext('write'), jobRef(uuid(1)));
    jobs = [job(['RUNNING', at(0)], ['DONE', at(HOUR_MS)])];
    isDown = true;
    const { handler } = await import('../../functions/close-month.ts');
    expect((await handler({}, having(RESERVE_MS + MINUTE_MS))).closed).toEqual([]);
    isDown = false;
    expect((await handler({}, having(RESERVE_MS + MINUTE_MS))).closed).toEqual([
      { month: october.id, statements: 1 },
    ]);
    const charges = await Array.fromAsync(connection.store.charges('proj-1', october.id));
    expect(charges.find(({ jobId }) => jobId === uuid(1))).toMatchObject({ kind: 'final', minutes: 60 });
  });
});

test('poll-jobs does nothing without projects', async () => {
  const { handler } = await import('../../functions/poll-jobs.ts');
  expect(await handler({}, having(55_000))).toEqual({ projects: [] });
});

test('settle-jobs makes the budgets of its batch due, and check-budgets checks them in its time', async () => {
  const { store } = connection;
  const clock = { now: Date.now() };
  await setBudget({ store, clock }, { minor: 1n, thresholds: [spent(100)] });
  const { handler: check } = await import('../../functions/check-budgets.ts');
  expect(await check({}, having(15_000))).toMatchObject({ checked: [] });
  expect(await check({}, having(55_000))).toMatchObject({ checked: ['proj-1'], failed: [] });
  vi.setSystemTime(clock.now + 10_000);
  expect(await check({}, having(55_000))).toMatchObject({ checked: [] });

  const running = status('job-2', 'RUNNING', new Date(clock.now).toISOString());
  await recordEvents(store, [recordable(running)], Date.now());
  const { handler: settleBatch } = await import('../../functions/settle-jobs.ts');
  await settleBatch({ Records: [{ dynamodb: { Keys: { pk: { S: 'JOB#proj-1#job-2' } } } }] });
  expect(await check({}, having(55_000))).toMatchObject({ checked: ['proj-1'] });
  const { events } = await store.readTopic({ kind: 'budget', projectId: 'proj-1', name: 'monthly' });
  expect(events.map(({ data }) => data.crossedAt)).toEqual([new Date(clock.now).toISOString()]);
});

describe('audit-charges', () => {
  test('finishes a publication that was cut off before it audits, and leaves one alone that is under way', async () => {
    const { handler } = await import('../../functions/audit-charges.ts');
    const { store } = connection;
    const tariff = { ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-gpu': '2' }) };
    const underWay = beginPublication(tariff, Date.now());
    await store.publishTariff(tariff, underWay);
    await handler({}, having(RESERVE_MS));
    expect(await store.readPublications()).toEqual([underWay]);

    const cutOff = { ...underWay, leaseUntil: Date.now() };
    await store.savePublication(cutOff);
    await handler({}, having(RESERVE_MS));
    expect(await store.readPublications()).toEqual([cutOff]);
    await handler({}, having(RESERVE_MS + MINUTE_MS));
    expect(await store.readPublications()).toEqual([]);
    expect(await store.readAudits<AuditRun>(0)).toMatchObject([
      { jobs: 1, differences: 0, finishedAt: expect.any(Number) },
    ]);
    const charges = await Array.fromAsync(store.charges('proj-1', october.id));
    expect(charges).toMatchObject([{ pricePerHour: '2' }]);
  });

  test('audits nothing in its reserved time, and resumes where there is more', async () => {
    const { handler } = await import('../../functions/audit-charges.ts');
    const audits = () => connection.store.readAudits<AuditRun>(0);
    await handler({}, having(RESERVE_MS));
    expect(await audits()).toMatchObject([{ jobs: 0, usageMonths: 0 }]);
    expect((await audits())[0]?.finishedAt).toBeUndefined();
    await handler({}, having(RESERVE_MS + MINUTE_MS));
    expect(await audits()).toMatchObject([
      { jobs: 1, usageMonths: 1, differences: 0, finishedAt: expect.any(Number) },
    ]);
  });
});
