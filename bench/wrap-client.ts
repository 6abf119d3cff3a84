import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';

const COMMANDS = {
  getItem: GetItemCommand,
  query: QueryCommand,
  scan: ScanCommand,
  putItem: PutItemCommand,
  deleteItem: DeleteItemCommand,
  batchWriteItem: BatchWriteItemCommand,
  transactWriteItems: TransactWriteItemsCommand,
} as const;

export type Operation = keyof typeof COMMANDS;

/** A call of the client. */
export interface Call {
  readonly name: Operation;
  readonly input: object;
}

type Send = (command: object) => Promise<object>;

/** Makes a call with the bare client. */
export const makeCall = (client: DynamoDbClient, { name, input }: Call): Promise<object> => {
  const AnyCommand = COMMANDS[name] as new (input: object) => object;
  return (client.send as Send).call(client, new AnyCommand(input));
};

const operationOf = (command: object): Operation => {
  const found = Object.entries(COMMANDS).find(([, kind]) => command instanceof kind);
  if (!found) throw new Error(`${command.constructor.name} is not a command of the table`);
  return found[0] as Operation;
};

/** Wraps each call of a client with `around`. */
export const wrapClient = (
  client: DynamoDbClient,
  around: (call: Call, make: (call: Call) => Promise<object>) => Promise<object>,
): DynamoDbClient => {
  const send = (command: { readonly input: object }) =>
    around({ name: operationOf(command), input: command.input }, (call) => makeCall(client, call));
  return { send: send as DynamoDbClient['send'] };
};
