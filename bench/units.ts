import type {
  BatchWriteItemInput,
  DeleteItemInput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  QueryInput,
  QueryOutput,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import { type Attributes, itemBytes } from './item-bytes.ts';
import type { Call, Operation } from './wrap-client.ts';

const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;

/** Kind of an item, by its key. */
export type ItemKind = 'fact' | 'cutoff' | 'charge' | 'billed' | 'mark' | 'statement' | 'index' | 'other';

const KINDS: readonly (readonly [RegExp, ItemKind])[] = [
  [/^JOB#.* EVENT#/, 'fact'],
  [/^JOB#.* CUT#/, 'cutoff'],
  [/ CHARGE#/, 'charge'],
  [/ BILLED#/, 'billed'],
  [/^DUE#/, 'mark'],
  [/ STATEMENT$/, 'statement'],
  [/ HEAD$/, 'index'],
];

/** Key of an item as text. */
export const keyOf = ({ pk, sk }: Attributes): string => `${pk?.S} ${sk?.S}`;
export const kindOf = (key: string): ItemKind => KINDS.find(([pattern]) => pattern.test(key))?.[1] ?? 'other';

const unitsOf = (bytes: number, unitBytes: number) => Math.max(1, Math.ceil(bytes / unitBytes));

/** Write units of an item: one per commenced KB. */
export const writeUnitsOf = (bytes: number) => unitsOf(bytes, WRITE_UNIT_BYTES);

/** Items written by a call, and the units factor. */
export const writesOf = ({
  name,
  input,
}: Call): { readonly items: readonly Attributes[]; readonly times: number } => {
  switch (name) {
    case 'putItem':
      return { items: [(input as PutItemInput).Item ?? {}], times: 1 };
    case 'deleteItem':
      return { items: [(input as DeleteItemInput).Key ?? {}], times: 1 };
    case 'batchWriteItem': {
      const requests = Object.values((input as BatchWriteItemInput).RequestItems ?? {}).flat();
      return { items: requests.map(({ PutRequest }) => PutRequest?.Item ?? {}), times: 1 };
    }
    case 'transactWriteItems': {
      const writes = (input as TransactWriteItemsInput).TransactItems ?? [];
      // Updated items are below 1 KB.
      return { items: writes.map(({ Put, Update }) => Put?.Item ?? Update?.Key ?? {}), times: 2 };
    }
    default:
      return { items: [], times: 1 };
  }
};

const itemsReadOf = (name: Operation, output: object): readonly Attributes[] | undefined => {
  switch (name) {
    case 'getItem':
      return [(output as GetItemOutput).Item ?? {}];
    case 'query':
    case 'scan':
      return (output as QueryOutput).Items ?? [];
    default:
      return undefined;
  }
};

/** Read units of a call: for all its items together, half if not consistent. */
export const readUnitsOf = ({ name, input }: Call, output: object): number => {
  const items = itemsReadOf(name, output);
  if (!items) return 0;
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  return unitsOf(bytes, READ_UNIT_BYTES) * ((input as GetItemInput | QueryInput).ConsistentRead ? 1 : 0.5);
};
