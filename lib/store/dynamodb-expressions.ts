import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Condition, Item, Key } from './table.ts';

type ItemShape = Record<string, unknown>;

export const toKey = ({ pk, sk }: Key) => ({ pk: { S: pk }, sk: { S: sk } });
export const toAttributes = (item: Item) =>
  marshall(item as ItemShape, { removeUndefinedValues: true, convertClassInstanceToMap: true });
export const fromAttributes = (attributes: Parameters<typeof unmarshall>[0]) =>
  unmarshall(attributes) as Item;

/** A condition in the expression language of DynamoDB. */
export const toExpression = (condition: Condition | undefined) => {
  switch (condition?.kind) {
    case undefined:
      return {};
    case 'absent':
      return { ConditionExpression: 'attribute_not_exists(pk)' };
    case 'not newer': {
      const limits = Object.entries(condition.than);
      return {
        ConditionExpression: `attribute_not_exists(pk) OR (${limits.map((_, i) => `#a${i} <= :v${i}`).join(' AND ')})`,
        ExpressionAttributeNames: Object.fromEntries(limits.map(([name], i) => [`#a${i}`, name])),
        ExpressionAttributeValues: marshall(
          Object.fromEntries(limits.map(([, value], i) => [`:v${i}`, value])),
        ),
      };
    }
    case 'unchanged':
      if (condition.value === undefined)
        return {
          ConditionExpression: 'attribute_not_exists(#a)',
          ExpressionAttributeNames: { '#a': condition.attribute },
        };
      return {
        ConditionExpression: '#a = :v',
        ExpressionAttributeNames: { '#a': condition.attribute },
        ExpressionAttributeValues: marshall({ ':v': condition.value }),
      };
  }
};

export const toKeyCondition = (pk: string, prefix: string) =>
  prefix === ''
    ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: marshall({ ':pk': pk }) }
    : {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': prefix }),
      };

/** The keys and these attributes, by placeholders: a name may be a reserved word. */
export const toProjection = (attributes: readonly string[]) => ({
  ProjectionExpression: ['pk', 'sk', ...attributes.map((_, i) => `#a${i}`)].join(', '),
  ...(attributes.length > 0 && {
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#a${i}`, name])),
  }),
});
