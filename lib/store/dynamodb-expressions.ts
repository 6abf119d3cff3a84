import assert from 'node:assert/strict';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Condition, Item, Key, Value } from './table.ts';

type ItemShape = Record<string, unknown>;

export const toKey = ({ pk, sk }: Key) => ({ pk: { S: pk }, sk: { S: sk } });
export const toAttributes = (item: Item) =>
  marshall(item as ItemShape, { removeUndefinedValues: true, convertClassInstanceToMap: true });
export const fromAttributes = (attributes: Parameters<typeof unmarshall>[0]) =>
  unmarshall(attributes) as Item;

/** Each attribute compared with its value, by placeholders; one without a value is absent. */
const compareAll = (values: Readonly<Record<string, Value | undefined>>, operator: '<=' | '=') => {
  const entries = Object.entries(values);
  const stated = entries.flatMap(([, value], i) => (value === undefined ? [] : [[`:v${i}`, value]]));
  return {
    expression: entries
      .map(([, value], i) =>
        value === undefined ? `attribute_not_exists(#a${i})` : `#a${i} ${operator} :v${i}`,
      )
      .join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name], i) => [`#a${i}`, name])),
    ...(stated.length > 0 && { ExpressionAttributeValues: marshall(Object.fromEntries(stated)) }),
  };
};

/** A condition in the expression language of DynamoDB. */
export const toExpression = (condition: Condition | undefined) => {
  switch (condition?.kind) {
    case undefined:
      return {};
    case 'absent':
      return { ConditionExpression: 'attribute_not_exists(pk)' };
    case 'not newer': {
      const { expression, ...placeholders } = compareAll(condition.than, '<=');
      return { ConditionExpression: `attribute_not_exists(pk) OR (${expression})`, ...placeholders };
    }
    case 'unchanged': {
      const { expression, ...placeholders } = compareAll(condition.from, '=');
      return { ConditionExpression: expression, ...placeholders };
    }
  }
};

/** No character of a key is higher. */
const HIGHEST = '\u{10ffff}';

interface KeyRange {
  readonly prefix: string;
  /** The sort key that the page comes after. */
  readonly start: string | undefined;
  readonly backwards: true | undefined;
}

/**
 * The sort keys of a page, as a range that begins where the page does. DynamoDB Local finds it by
 * its index; with `begins_with` it looks for each page at every key of the partition before it, a
 * time that grows with its square.
 */
export const toKeyCondition = (pk: string, { prefix, start, backwards }: KeyRange) => {
  assert(start === undefined || start.startsWith(prefix), 'a page comes after a key with its prefix');
  const low = backwards ? prefix : (start ?? prefix);
  const high = backwards && start !== undefined ? start : prefix + HIGHEST;
  // A key that is compared must not be empty.
  return {
    KeyConditionExpression: `pk = :pk AND sk ${low === '' ? '<= :high' : 'BETWEEN :low AND :high'}`,
    ExpressionAttributeValues: marshall({ ':pk': pk, ':high': high, ...(low !== '' && { ':low': low }) }),
  };
};

/** The keys and these attributes, by placeholders: a name may be a reserved word. */
export const toProjection = (attributes: readonly string[]) => ({
  ProjectionExpression: ['pk', 'sk', ...attributes.map((_, i) => `#a${i}`)].join(', '),
  ...(attributes.length > 0 && {
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#a${i}`, name])),
  }),
});
