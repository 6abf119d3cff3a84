import { DynamoDB } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import { type Connection, connect } from '../../lib/connect.ts';
import { beginPublication } from '../../lib/operations/publication.ts';
import { recordEvents } from '../../lib/operations/record.ts';
import { settle } from '../../lib/operations/settle.ts';
import { publishDefaultTariff } from '../../local/default-tariff.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { recordable, status, TARIFF } from '../unit/operations/world.ts';

/** What a function keeps back of its time to finish what is under way. */
const RESERVE_MS = 2 * MINUTE_MS;
const STAGE = { STAGE: 'local', BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR' };

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

/** The month that ended last. */
const ended = createCalendar('UTC').monthOf(createCalendar('UTC').monthOf(Date.now()).start - DAY_MS);

/** A table with one job, of the month that ended last. */
beforeEach(async () => {
  const tableName = `jobmeter-clock-${++tables}`;
  await createTable(client, tableName);
  const env = { ...STAGE, TABLE_NAME: tableName, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  await publishDefaultTariff(client, env, () => {});
  connection = connect({ tableName, timeZone: 'UTC', currency: 'EUR' }, client);
  const facts = (['RUNNING', 'DONE'] as const).map((name, index) =>
    status('job-1', name, new Date(ended.start + index * MINUTE_MS).toISOString()),
  );
  await recordEvents(connection.store, facts.map(recordable), Date.now());
  await settle(await connection.openLedger('write'), 'job-1');
  // Functions read the environment when they are loaded.
  vi.resetModules();
});

/** An invocation that has so much time left. */
const having = (ms: number) => ({ getRemainingTimeInMillis: () => ms }) as Context;

describe('close-month', () => {
  test('begins nothing in the time it keeps back, and goes on where there is more', async () => {
    const { handler } = await import('../../functions/close-month.ts');
    const { closed } = await handler({}, having(RESERVE_MS));
    expect(closed).toEqual([{ month: ended.id, statements: 0, unfinished: true }]);
    expect(await connection.store.readClosedMonths()).toEqual([]);
    expect((await handler({}, having(RESERVE_MS + MINUTE_MS))).closed).toEqual([
      { month: ended.id, statements: 1 },
    ]);
    expect(await connection.store.readClosedMonths()).toEqual([ended.id]);
  });
});

describe('audit-charges', () => {
  test('finishes a publication that was cut off before it audits, and leaves one alone that is under way', async () => {
    const { handler } = await import('../../functions/audit-charges.ts');
    const { store } = connection;
    const tariff = { ...TARIFF, revision: 2, pricePerHour: { 'ai1-1-gpu': '2' } };
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
    expect(await store.readAudits(0)).toMatchObject([
      { jobs: 1, differences: 0, finishedAt: expect.any(Number) },
    ]);
    const charges = await Array.fromAsync(store.charges('proj-1', ended.id));
    expect(charges).toMatchObject([{ pricePerHour: '2' }]);
  });

  test('looks at nothing in the time it keeps back, and goes on where there is more', async () => {
    const { handler } = await import('../../functions/audit-charges.ts');
    const audits = () => connection.store.readAudits(0);
    await handler({}, having(RESERVE_MS));
    expect(await audits()).toMatchObject([{ jobs: 0, usageMonths: 0 }]);
    expect((await audits())[0]?.finishedAt).toBeUndefined();
    await handler({}, having(RESERVE_MS + MINUTE_MS));
    expect(await audits()).toMatchObject([
      { jobs: 1, usageMonths: 1, differences: 0, finishedAt: expect.any(Number) },
    ]);
  });
});
