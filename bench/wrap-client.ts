import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';

export type Operation = keyof DynamoDbClient;

const OPERATIONS: readonly Operation[] = [
  ...(['getItem', 'query', 'scan', 'putItem'] as const),
  ...(['deleteItem', 'batchWriteItem', 'transactWriteItems'] as const),
];

/** One call of a client. */
export interface Call {
  readonly name: Operation;
  readonly input: object;
}

/** Makes a call, with nothing but the client. */
export const makeCall = (client: DynamoDbClient, { name, input }: Call): Promise<object> =>
  (client[name] as (input: object) => Promise<object>).call(client, input);

/** The client with `around` at every call. */
export const wrapClient = (
  client: DynamoDbClient,
  around: (call: Call, make: (call: Call) => Promise<object>) => Promise<object>,
): DynamoDbClient =>
  Object.fromEntries(
    OPERATIONS.map((name) => [
      name,
      (input: object) => around({ name, input }, (call) => makeCall(client, call)),
    ]),
  ) as unknown as DynamoDbClient;
