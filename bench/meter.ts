import assert from 'node:assert/strict';
import type { BatchWriteItemOutput, ConsumedCapacity, QueryOutput } from '@aws-sdk/client-dynamodb';
import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { TARIFFS } from '../lib/store/keys.ts';
import { itemBytes } from './item-bytes.ts';
import { type ItemKind, keyOf, kindOf, readUnitsOf, writesOf, writeUnitsOf } from './units.ts';
import { type Call, wrapClient } from './wrap-client.ts';

/** Capacity units consumed by the calls of a client. */
export interface Bill {
  /** Write units by kind of item. */
  readonly writes: Record<ItemKind, number>;
  reads: number;
  /** Of them, those of settings and tariffs, which a process caches for all jobs. */
  readsOfProcess: number;
  /** Size of the largest item written, by kind. */
  readonly largestBytes: Record<ItemKind, number>;
  /** Units of comparable calls as reported by the engine and as counted here; must be equal. */
  readonly compared: { engine: number; counted: number };
}

const noUnits = (): Record<ItemKind, number> => ({
  ...{ fact: 0, cutoff: 0, charge: 0, billed: 0, mark: 0, statement: 0, index: 0, other: 0 },
});

const emptyBill = (): Bill => ({
  writes: noUnits(),
  reads: 0,
  readsOfProcess: 0,
  largestBytes: noUnits(),
  compared: { engine: 0, counted: 0 },
});

/** All write units. */
export const allWritesOf = ({ writes }: Bill): number => Object.values(writes).reduce((a, b) => a + b, 0);

/** DynamoDB Local counts equal-sized items of a transaction once, and empty queries not at all. */
const engineCounts = ({ name }: Call, output: object): boolean =>
  name !== 'transactWriteItems' && (output as QueryOutput).Items?.length !== 0;

const capacityOf = (output: object): number => {
  const { ConsumedCapacity: consumed = [] } = output as {
    ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  };
  return [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
};

const assertNothingLeft = (output: object) => {
  const { UnprocessedItems: left = {} } = output as BatchWriteItemOutput;
  assert(Object.keys(left).length === 0, 'nothing throttles DynamoDB Local');
};

const isOfProcess = ({ input }: Call): boolean => {
  const { Key: key, ExpressionAttributeValues: values } = input as {
    Key?: Record<string, { S?: string }>;
    ExpressionAttributeValues?: Record<string, { S?: string }>;
  };
  return ['SETTINGS', TARIFFS].includes(key?.pk?.S ?? values?.[':pk']?.S ?? '');
};

/** A failed condition, of an item or in a transaction. */
const isRefused = (error: unknown) =>
  error instanceof Error &&
  ['ConditionalCheckFailedException', 'TransactionCanceledException'].includes(error.name);

/**
 * Counts the units that AWS bills: writes per commenced KB of the larger of the old and new item,
 * also if a condition fails, twice in transactions; reads per commenced 4 KB, half if not
 * consistent. Assumes that only this client writes.
 */
export const meterClient = (client: DynamoDbClient) => {
  const stored = new Map<string, number>();
  let bill = emptyBill();

  /** Counts writes; returns their units without the factor of transactions. */
  const countWrites = (call: Call, written: boolean): number => {
    const { items, times } = writesOf(call);
    let sum = 0;
    for (const item of items) {
      const key = keyOf(item);
      const kind = kindOf(key);
      const bytes = call.name === 'deleteItem' ? 0 : itemBytes(item);
      const units = writeUnitsOf(Math.max(bytes, stored.get(key) ?? 0));
      bill.writes[kind] += units * times;
      bill.largestBytes[kind] = Math.max(bill.largestBytes[kind], bytes);
      if (written) stored.set(key, bytes);
      sum += units;
    }
    return sum;
  };

  const metered = wrapClient(client, async (call, make) => {
    try {
      const output = await make({ ...call, input: { ...call.input, ReturnConsumedCapacity: 'TOTAL' } });
      assertNothingLeft(output);
      const reads = readUnitsOf(call, output);
      const writes = countWrites(call, true);
      bill.reads += reads;
      if (isOfProcess(call)) bill.readsOfProcess += reads;
      if (engineCounts(call, output)) {
        bill.compared.counted += reads + writes;
        bill.compared.engine += capacityOf(output);
      }
      return output;
    } catch (error) {
      if (isRefused(error)) countWrites(call, false);
      throw error;
    }
  });

  return {
    client: metered,
    /** The bill since the last call. */
    takeBill(): Bill {
      const taken = bill;
      bill = emptyBill();
      return taken;
    },
  };
};

export type Meter = ReturnType<typeof meterClient>;
