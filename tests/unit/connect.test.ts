import { GetItemCommand, PutItemCommand, type PutItemInput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { connect } from '../../lib/connect.ts';
import type { DynamoDbClient } from '../../lib/store/dynamodb-client.ts';

const STAGE = { stage: 'test', tableName: 'jobmeter-test', timeZone: 'Europe/Paris', currency: 'EUR' };

/** A table with room for one item. */
const createClient = () => {
  let stored: PutItemInput['Item'];
  const calls: string[] = [];
  const send = async (command: unknown) => {
    if (command instanceof GetItemCommand) {
      calls.push('get');
      return { Item: stored };
    }
    if (!(command instanceof PutItemCommand)) throw new Error('only gets and puts are expected');
    calls.push('put');
    stored = command.input.Item;
    return {};
  };
  return { client: { send } as DynamoDbClient, calls };
};

test('the settings are read once and remembered', async () => {
  const { client, calls } = createClient();
  const { openContext } = connect(STAGE, client);
  await openContext('write');
  await openContext('write');
  await openContext('read');
  expect(calls).toEqual(['get', 'put']);
});

test('tariffs are cached for half a minute, and on the local stage, where a person waits, for less', async () => {
  const cacheOf = async (stage: string) =>
    (await connect({ ...STAGE, stage }, createClient().client).openContext('read')).tariffCacheMs;
  expect([await cacheOf('production'), await cacheOf('local')]).toEqual([30_000, 5_000]);
});

test('defaults that a reader uses for an unused table are not cached', async () => {
  const { client, calls } = createClient();
  const reader = connect(STAGE, client);
  expect((await reader.openContext('read')).currency).toBe('EUR');
  await connect({ ...STAGE, timeZone: 'UTC', currency: 'USD' }, client).openContext('write');
  await expect(reader.openContext('read')).rejects.toThrow('BILLING_TIME_ZONE=UTC');
  expect(calls).toEqual(['get', 'get', 'put', 'get']);
});

test('a process that reads an unused table first and then writes stores the settings', async () => {
  const { client, calls } = createClient();
  const { openContext } = connect(STAGE, client);
  await openContext('read');
  await openContext('write');
  await openContext('read');
  expect(calls).toEqual(['get', 'get', 'put']);
});

test('settings that could not be read are read again', async () => {
  const { client, calls } = createClient();
  const { openContext } = connect(STAGE, client);
  const { send } = client;
  client.send = () => Promise.reject(new Error('throttled'));
  await expect(openContext('read')).rejects.toThrow('throttled');
  client.send = send;
  expect((await openContext('read')).calendar.timeZone).toBe('Europe/Paris');
  expect(calls).toEqual(['get']);
});
