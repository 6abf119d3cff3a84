import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import type { DynamoDbClient } from '../../../lib/store/dynamodb-client.ts';
import { toKey } from '../../../lib/store/dynamodb-expressions.ts';
import { createDynamoDbReads } from '../../../lib/store/dynamodb-reads.ts';
import { allOf } from '../../../simulation/items-on.ts';

const keys = Array.from({ length: 5_000 }, (_, index) => ({ pk: 'a', sk: String(index).padStart(4, '0') }));

/** Answers as many items as the limit allows, as DynamoDB does of small ones; notes the limits. */
const createClient = () => {
  const limits: (number | undefined)[] = [];
  const send = async ({ input }: { readonly input: QueryCommandInput }) => {
    const { Limit: limit = keys.length, ExclusiveStartKey: after } = input;
    limits.push(input.Limit);
    const start = after ? keys.findIndex(({ sk }) => sk === after.sk?.S) + 1 : 0;
    const page = keys.slice(start, start + limit);
    const last = page.at(-1);
    const isLast = last?.sk === keys.at(-1)?.sk;
    return { Items: page.map(toKey), ...(last && !isLast && { LastEvaluatedKey: toKey(last) }) };
  };
  return { limits, reads: createDynamoDbReads({ send } as unknown as DynamoDbClient, 'table') };
};

test('a partition is read whole, and no page asks for all that is left of it', async () => {
  const { limits, reads } = createClient();
  expect(await allOf(reads.query('a'))).toEqual(keys);
  expect(await Array.fromAsync(reads.scan({}))).toEqual(keys);
  expect(limits).toEqual([2_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
});

test('a limit of items is kept over its pages', async () => {
  const { limits, reads } = createClient();
  expect(await allOf(reads.query('a', { limit: 3_000 }))).toEqual(keys.slice(0, 3_000));
  expect(await allOf(reads.query('a', { limit: 7 }))).toHaveLength(7);
  expect(limits).toEqual([2_000, 1_000, 7]);
});
