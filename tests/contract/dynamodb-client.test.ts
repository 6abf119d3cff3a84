import { createHmac, hash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoDbClient } from '../../lib/store/dynamodb-client.ts';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { tableContract } from './table.contract.ts';

const clientOf = (endpoint: string, credentials = LOCAL_CREDENTIALS) =>
  createDynamoDbClient({ endpoint, region: LOCAL_REGION, credentials });

describe('with DynamoDB Local', () => {
  let dynamoDb: LocalDynamoDb;
  let aws: DynamoDB;

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    dynamoDb = await startDynamoDb({ port });
    aws = new DynamoDB(localClientConfig(dynamoDb.endpoint));
  });

  afterAll(async () => {
    aws?.destroy();
    await dynamoDb?.stop();
  });

  const createEmptyTable = async () => {
    const tableName = `light-${randomUUID()}`;
    await createTable(aws, tableName);
    return createDynamoDbTable(clientOf(dynamoDb.endpoint), tableName, () => Promise.resolve());
  };

  tableContract('DynamoDB by the client of the functions', createEmptyTable);

  test('a request that is refused fails as it does by the client of AWS', async () => {
    const input = { TableName: 'no-such-table', Key: { pk: { S: 'a' }, sk: { S: 'a' } } };
    const failureOf = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: Error) => error,
      );
    const expected = await failureOf(aws.getItem(input));
    const failure = await failureOf(clientOf(dynamoDb.endpoint).getItem(input));
    expect(failure).toMatchObject({
      name: 'ResourceNotFoundException',
      message: expected?.message,
      $metadata: { httpStatusCode: 400 },
    });
    expect(expected?.name).toBe(failure?.name);
  });
});

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

const fault = (status: number, type: string, message = 'try again'): Reply => ({
  status,
  body: JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }),
});
const BUSY: Reply = { status: 503, body: '<html>busy</html>' };
const DROPPED: Reply = { status: 0, body: '' };
const HANGING: Reply = { status: 0, body: '' };
const DONE: Reply = { status: 200, body: '{}' };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that gives these replies one after the other, the last one for ever, and keeps what it was asked. */
const serve = async (...replies: readonly [Reply, ...Reply[]]) => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const reply = replies[Math.min(seen.length, replies.length - 1)] ?? DONE;
    seen.push({ headers: request.headers, body: await text(request) });
    if (reply === DROPPED) request.socket.destroy();
    if (reply.status > 0) response.writeHead(reply.status).end(reply.body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, seen };
};

const sha256 = (content: string) => hash('sha256', content);
const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();

/** The signature of a call to `/` as AWS documents it (Signature Version 4), over the headers the call says are signed. */
const signatureOf = ({ headers, body }: Seen): string => {
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const signed = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', '/', '', signed.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${LOCAL_CREDENTIALS.secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
};

const PUT = { TableName: 'table', Item: { pk: { S: 'ä' }, n: { N: '1' } } };

describe('a call', () => {
  test('is signed with the credentials, for its region and for DynamoDB', async () => {
    const { endpoint, seen } = await serve(DONE);
    const credentials = { ...LOCAL_CREDENTIALS, sessionToken: 'token' };
    await clientOf(endpoint, credentials).putItem(PUT);
    const [call] = seen as [Seen];
    expect(call.body).toBe(JSON.stringify(PUT));
    expect(call.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'token',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
    });
    const signature =
      /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=(.*), Signature=(.*)$/;
    const [, signed = '', given] = signature.exec(call.headers.authorization ?? '') ?? [];
    expect(signed.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    expect(given).toBe(signatureOf(call));
  });
});

describe('a call that fails', () => {
  test.each([
    ['for a fault of DynamoDB', fault(500, 'InternalServerError')],
    ['for want of throughput', fault(400, 'ProvisionedThroughputExceededException')],
    ['somewhere on the way', BUSY],
    ['without an answer', DROPPED],
    ['because it hangs', HANGING],
  ])('%s is made again', async (_, reply) => {
    const { endpoint, seen } = await serve(reply, DONE);
    expect(await clientOf(endpoint).putItem(PUT)).toEqual({});
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([PUT, PUT]);
  });

  test.each([
    ['InternalServerError', fault(500, 'InternalServerError')],
    ['ServiceUnavailable', BUSY],
  ])('again and again is an error in the end: %s', async (name, reply) => {
    const { endpoint, seen } = await serve(reply);
    await expect(clientOf(endpoint).putItem(PUT)).rejects.toMatchObject({ name });
    expect(seen).toHaveLength(8);
  });

  test('for good is an error at once, with what DynamoDB says beside it', async () => {
    const { endpoint, seen } = await serve({
      status: 400,
      body: JSON.stringify({
        __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
        Message: 'The conditional request failed',
        Item: PUT.Item,
      }),
    });
    await expect(clientOf(endpoint).putItem(PUT)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: PUT.Item,
    });
    expect(seen).toHaveLength(1);
  });
});

test('a transaction is made again under the same token, so that it cannot lose against itself', async () => {
  const { endpoint, seen } = await serve(DROPPED, DONE);
  const client = clientOf(endpoint);
  const transaction = { TransactItems: [{ Put: PUT }] };
  await client.transactWriteItems(transaction);
  await client.transactWriteItems(transaction);
  const [first, again, next] = seen.map(({ body }) => JSON.parse(body).ClientRequestToken);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(again).toBe(first);
  expect(next).not.toBe(first);
});
