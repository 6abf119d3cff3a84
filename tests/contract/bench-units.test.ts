import { DynamoDB, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemBytes } from '../../bench/item-bytes.ts';
import { allWritesOf, meterClient } from '../../bench/meter.ts';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';

let dynamoDb: LocalDynamoDb;
let client: DynamoDB;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  dynamoDb = await startDynamoDb({ port });
  client = new DynamoDB({ endpoint: dynamoDb.endpoint });
  await createTable(client, 'units');
});

afterAll(async () => {
  client?.destroy();
  await dynamoDb?.stop();
});

const unitsOfPut = async (item: Record<string, unknown>): Promise<number | undefined> => {
  const put = new PutItemCommand({
    TableName: 'units',
    Item: marshall(item),
    ReturnConsumedCapacity: 'TOTAL',
  });
  return (await client.send(put)).ConsumedCapacity?.CapacityUnits;
};

test.each<[string, unknown]>([
  ['nothing else', ''],
  ['a text that is not ASCII', 'Grünwald €'],
  ['a small number', 2],
  ['a time', 1_790_000_000_000],
  ['a number with zeros at its end', 1_200_000],
  ['a large number', 123_456_789_012_345n],
  ['a negative number', -17],
  ['zero', 0],
  ['a hundred', 100],
  ['an even number of digits', 1_020_300],
  ['a negative fraction', -12.3004],
  ['a fraction', 0.035],
  ['a truth value', true],
  ['a list', ['a', 1, ['b']]],
  ['a map', { source: 'https://example.test', time: 1_790_000_000_000, more: { id: 'x' } }],
])('an item with %s weighs what the engine says, to the byte', async (name, value) => {
  const itemOf = (padding: number) => ({ pk: name, sk: 'S', value, padding: 'x'.repeat(padding) });
  const exactly = 1_024 - itemBytes(marshall(itemOf(0)));
  expect(await unitsOfPut(itemOf(exactly))).toBe(1);
  expect(await unitsOfPut(itemOf(exactly + 1))).toBe(2);
});

describe('what AWS bills and the engine does not say', () => {
  const openTable = async (name: string) => {
    await createTable(client, name);
    const meter = meterClient(client);
    return { table: createDynamoDbTable(meter.client, name, async () => {}), meter };
  };
  const item = (sk: string, bytes: number) => ({ pk: 'JOB#1', sk, padding: 'x'.repeat(bytes) });

  test('a write whose condition does not hold costs as much as if it had been made', async () => {
    const { table, meter } = await openTable('refused');
    const put = { item: item('EVENT#1', 1_500), condition: { kind: 'absent' } } as const;
    expect([await table.put(put), await table.put(put)].map(({ written }) => written)).toEqual([true, false]);
    expect(meter.takeBill().writes.fact).toBe(4);
  });

  test('a smaller item in place of a larger one costs what the larger one did', async () => {
    const { table, meter } = await openTable('replaced');
    await table.put({ item: item('CUT#1', 2_500) });
    await table.put({ item: item('CUT#1', 1) });
    await table.put({ item: item('CUT#1', 1) });
    expect(meter.takeBill().writes.cutoff).toBe(3 + 3 + 1);
  });

  test('what is written together costs twice, what is written in a batch once', async () => {
    const { table, meter } = await openTable('together');
    const [one, two] = [item('CUT#1', 1), item('CUT#2', 1_500)];
    await table.putTogether([{ item: one }, { item: two }]);
    expect(meter.takeBill().writes.cutoff).toBe(6);
    const absent = { kind: 'absent' } as const;
    expect(await table.putTogether([{ item: one, condition: absent }, { item: two }])).toEqual({
      written: false,
    });
    expect(meter.takeBill().writes.cutoff).toBe(6);
    await table.putEach([one, two]);
    expect(meter.takeBill()).toMatchObject({ writes: { cutoff: 3 }, compared: { counted: 3, engine: 3 } });
  });

  test('a deletion costs what it takes away', async () => {
    const { table, meter } = await openTable('deleted');
    await table.put({ item: item('CUT#1', 2_500) });
    await table.delete({ pk: 'JOB#1', sk: 'CUT#1' }, { kind: 'unchanged', from: { none: undefined } });
    expect(allWritesOf(meter.takeBill())).toBe(3 + 3);
  });

  test('a read costs by the request: its items together, and at least one unit', async () => {
    const { table, meter } = await openTable('read');
    await table.putEach([item('CUT#1', 3_000), item('CUT#2', 3_000)]);
    meter.takeBill();
    await Array.fromAsync(table.query('JOB#1'));
    expect(meter.takeBill().reads).toBe(2);
    await Array.fromAsync(table.query('JOB#2'));
    expect(meter.takeBill().reads).toBe(1);
    await table.get({ pk: 'JOB#1', sk: 'none' });
    expect(meter.takeBill().reads).toBe(1);
  });
});
