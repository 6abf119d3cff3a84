import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import type { DynamoDbClient } from '../../../lib/store/dynamodb-client.ts';
import { toKey } from '../../../lib/store/dynamodb-expressions.ts';
import { createDynamoDbReads } from '../../../lib/store/dynamodb-reads.ts';
import type { QueryOptions } from '../../../lib/store/table.ts';
import { allOf } from '../../../simulation/items-on.ts';

const keys = Array.from({ length: 5_000 }, (_, index) => ({ pk: 'a', sk: String(index).padStart(4, '0') }));

/**
 * Answers as many items as the limit allows, as DynamoDB does of small ones. Notes the limits, and
 * how many keys DynamoDB Local looks at: only a range is found by its index.
 */
const createClient = () => {
  const limits: (number | undefined)[] = [];
  let looked = 0;
  const send = async ({ input }: { readonly input: QueryCommandInput }) => {
    const { Limit: limit = keys.length, ExclusiveStartKey: after } = input;
    const { ':low': low, ':high': high, ':prefix': prefix } = input.ExpressionAttributeValues ?? {};
    limits.push(input.Limit);
    const range = keys.filter(({ sk }) => sk >= (low?.S ?? '') && (high?.S === undefined || sk <= high.S));
    if (input.ScanIndexForward === false) range.reverse();
    const start = after ? range.findIndex(({ sk }) => sk === after.sk?.S) + 1 : 0;
    const found = range.slice(start).filter(({ sk }) => sk.startsWith(prefix?.S ?? ''));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    looked += last && page.length === limit ? range.indexOf(last) + 1 : range.length;
    return { Items: page.map(toKey), ...(found.length > limit && last && { LastEvaluatedKey: toKey(last) }) };
  };
  const reads = createDynamoDbReads({ send } as unknown as DynamoDbClient, 'table');
  return { limits, reads, looked: () => looked };
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

test('few items of a page are asked for where few fit', async () => {
  const { limits, reads } = createClient();
  expect(await allOf(reads.query('a', { pageItems: 40, limit: 100 }))).toHaveLength(100);
  expect(limits).toEqual([40, 40, 20]);
});

test.each<[string, QueryOptions, number]>([
  ['a partition', {}, 5_000],
  ['a partition backwards', { backwards: true }, 5_000],
  ['what has a prefix', { prefix: '2' }, 1_000],
  ['what has a prefix, backwards', { prefix: '2', backwards: true }, 1_000],
  ['what comes after a key', { after: '3999' }, 1_000],
  ['what has a prefix and comes after a key', { prefix: '2', after: '2499' }, 500],
  ['what has a prefix and comes before a key', { prefix: '2', after: '2500', backwards: true }, 500],
])('%s is read without a look at other keys', async (_, options, count) => {
  const { reads, looked } = createClient();
  const pages = await Array.fromAsync(reads.query('a', { ...options, pageItems: 100 }));
  expect(pages.flat()).toHaveLength(count);
  // The key that a page comes after is in its range.
  expect(looked()).toBeLessThanOrEqual(count + pages.length);
});
