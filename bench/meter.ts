import assert from 'node:assert/strict';
import type { BatchWriteItemOutput, ConsumedCapacity, QueryOutput } from '@aws-sdk/client-dynamodb';
import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { itemBytes } from './item-bytes.ts';
import { type ItemKind, keyOf, kindOf, readUnitsOf, writesOf, writeUnitsOf } from './units.ts';
import { type Call, wrapClient } from './wrap-client.ts';

/** What the calls of a client are billed for. */
export interface Bill {
  /** Write units by what was written. */
  readonly writes: Record<ItemKind, number>;
  reads: number;
  /** Of the largest item written, by what it is. */
  readonly largestBytes: Record<ItemKind, number>;
  /** What the engine says that the calls took which it counts as AWS does, and what we say: equal, or one of the two is wrong. */
  readonly compared: { engine: number; ours: number };
}

const noUnits = (): Record<ItemKind, number> => ({
  ...{ fact: 0, cutoff: 0, charge: 0, billed: 0, mark: 0, statement: 0, index: 0, other: 0 },
});

const emptyBill = (): Bill => ({
  writes: noUnits(),
  reads: 0,
  largestBytes: noUnits(),
  compared: { engine: 0, ours: 0 },
});

/** Everything that was written. */
export const allWritesOf = ({ writes }: Bill): number => Object.values(writes).reduce((a, b) => a + b, 0);

/** DynamoDB Local counts items of one size in a transaction once, and an empty query not at all. */
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

/** A condition does not hold: of the item, or of one in the transaction. */
const isRefused = (error: unknown) =>
  error instanceof Error &&
  ['ConditionalCheckFailedException', 'TransactionCanceledException'].includes(error.name);

/**
 * A client, and what AWS bills for its calls, request by request: a write unit for each commenced KB of the larger of the new item and the one it
 * replaces, also where the condition does not hold, twice in a transaction; a read unit for each commenced 4 KB of a consistent request,
 * half of it for another. Counts right if nobody else changes what the client has written.
 */
export const meterClient = (client: DynamoDbClient) => {
  const stored = new Map<string, number>();
  let bill = emptyBill();

  /** Gives the units of the items each by itself. */
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
      if (engineCounts(call, output)) {
        bill.compared.ours += reads + writes;
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
    /** The bill since the last one. */
    takeBill(): Bill {
      const taken = bill;
      bill = emptyBill();
      return taken;
    },
  };
};

export type Meter = ReturnType<typeof meterClient>;
