import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { bundleModule } from '../../bench/bundles.ts';
import * as client from '../../lib/store/dynamodb-client.ts';
import * as table from '../../lib/store/dynamodb-table.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { BUSY, DONE, DROPPED, fault, HANGING, type Seen, serve, signatureOf } from './fake-dynamodb.ts';
import { tableContract } from './table.contract.ts';

const PUT = { TableName: 'table', Item: { pk: { S: 'ä' }, n: { N: '1' } } };
const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=(.*), Signature=(.*)$/;

interface Parts {
  readonly createDynamoDbClient: typeof client.createDynamoDbClient;
  readonly createDynamoDbTable: typeof table.createDynamoDbTable;
}

const MODULE = `export { createDynamoDbClient } from './lib/store/dynamodb-client.ts';
export { createDynamoDbTable } from './lib/store/dynamodb-table.ts';`;

/** The client and the table as they are in the bundle of a function. */
const loadBundled = async (): Promise<Parts> => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-client-'));
  try {
    const { url } = await bundleModule(MODULE, join(directory, 'client.cjs'));
    return await import(/* @vite-ignore */ url);
  } finally {
    await rm(directory, { recursive: true });
  }
};

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: Error) => error,
  );

/** Where a call without an endpoint would go, which nothing here sends. */
const hostOf = async (
  createClient: (config: DynamoDBClientConfig) => Pick<DynamoDBClient, 'send'>,
  region: string,
) => {
  const hosts: string[] = [];
  const handle = async ({ hostname }: { readonly hostname: string }) => {
    hosts.push(hostname);
    throw new Error('not sent');
  };
  const config = { region, credentials: LOCAL_CREDENTIALS, requestHandler: { handle } };
  const failure = await failureOf(createClient(config).send(new PutItemCommand(PUT)));
  return hosts[0] ?? failure?.message;
};

const bundled = await loadBundled();

describe.each([
  ['as it is installed', { ...client, ...table }],
  ['as it is bundled for a function', bundled],
] satisfies [string, Parts][])('the client %s', (name, { createDynamoDbClient, createDynamoDbTable }) => {
  const clientOf = (endpoint: string, config: DynamoDBClientConfig = {}) =>
    createDynamoDbClient({ ...localClientConfig(endpoint), ...config });

  describe('with DynamoDB Local', () => {
    let dynamoDb: LocalDynamoDb;
    let aws: DynamoDBClient;

    beforeAll(async () => {
      const [port = 0] = await freePorts(1);
      dynamoDb = await startDynamoDb({ port });
      aws = new DynamoDBClient(localClientConfig(dynamoDb.endpoint));
    });

    afterAll(async () => {
      aws?.destroy();
      await dynamoDb?.stop();
    });

    const createEmptyTable = async () => {
      const tableName = `functions-${randomUUID()}`;
      await createTable(aws, tableName);
      return createDynamoDbTable(clientOf(dynamoDb.endpoint), tableName, () => Promise.resolve());
    };

    tableContract(`DynamoDB by the client ${name}`, createEmptyTable);

    test('a request that is refused fails as it does by the client of AWS', async () => {
      const get = new GetItemCommand({ TableName: 'no-such-table', Key: { pk: { S: 'a' }, sk: { S: 'a' } } });
      const expected = await failureOf(aws.send(get));
      const failure = await failureOf(clientOf(dynamoDb.endpoint).send(get));
      expect(failure).toMatchObject({
        name: 'ResourceNotFoundException',
        message: expected?.message,
        $metadata: { httpStatusCode: 400 },
      });
      expect(expected?.name).toBe(failure?.name);
    });
  });

  describe('a call', () => {
    test('is signed with the credentials, for its region and for DynamoDB', async () => {
      const { endpoint, seen } = await serve(DONE);
      const credentials = { ...LOCAL_CREDENTIALS, sessionToken: 'token' };
      await clientOf(endpoint, { credentials }).send(new PutItemCommand(PUT));
      const [call] = seen as [Seen];
      expect(JSON.parse(call.body)).toEqual(PUT);
      expect(call.headers).toMatchObject({
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-security-token': 'token',
        'x-amz-target': 'DynamoDB_20120810.PutItem',
      });
      const [, signed = '', given] = SIGNATURE.exec(call.headers.authorization ?? '') ?? [];
      expect(signed.split(';')).toEqual(
        expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
      );
      expect(given).toBe(signatureOf(call));
    });

    test('takes endpoint, region and credentials from the environment', async () => {
      const { endpoint, seen } = await serve(DONE);
      onTestFinished(() => void vi.unstubAllEnvs());
      vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
      vi.stubEnv('AWS_REGION', LOCAL_REGION);
      vi.stubEnv('AWS_SESSION_TOKEN', 'token of the environment');
      await createDynamoDbClient().send(new PutItemCommand(PUT));
      const [call] = seen as [Seen];
      expect(call.headers['x-amz-security-token']).toBe('token of the environment');
      const [, , given] = SIGNATURE.exec(call.headers.authorization ?? '') ?? [];
      expect(given).toBe(signatureOf(call));
    });

    test.each(['eu-west-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'us-iso-east-1'])(
      'goes where AWS has DynamoDB in %s',
      async (region) => {
        const host = await hostOf(createDynamoDbClient, region);
        expect(host).toMatch(new RegExp(`^dynamodb\\.${region}\\.`));
        expect(host).toBe(await hostOf((config) => new DynamoDBClient(config), region));
      },
    );

    test('goes nowhere for a region that would lead elsewhere', async () => {
      expect(await hostOf(createDynamoDbClient, 'evil.example/#')).toMatch(/^Region not accepted/);
    });
  });

  describe('a call that fails', () => {
    test.each([
      ['for a fault of DynamoDB', fault(500, 'InternalServerError')],
      ['for want of units', fault(400, 'ProvisionedThroughputExceededException')],
      ['because it is throttled', fault(400, 'ThrottlingException')],
      ['somewhere on the way', BUSY],
      ['without an answer', DROPPED],
      ['because it hangs', HANGING],
    ])('%s is made again', async (_, reply) => {
      const { endpoint, seen } = await serve(reply, DONE);
      expect(await clientOf(endpoint).send(new PutItemCommand(PUT))).toMatchObject({
        $metadata: { httpStatusCode: 200, attempts: 2 },
      });
      expect(seen.map(({ body }) => JSON.parse(body))).toEqual([PUT, PUT]);
    });

    test('is made again after 25 ms at first, as AWS does for DynamoDB', async () => {
      const { retryStrategy } = clientOf('http://localhost').config;
      expect(await retryStrategy()).toMatchObject({ mode: 'standard', baseDelay: 25 });
    });

    test.each([
      ['DynamoDB has a fault', fault(500, 'InternalServerError'), { name: 'InternalServerError' }],
      ['a machine on the way is busy', BUSY, { $metadata: { httpStatusCode: 503 } }],
    ])('again and again is an error in the end: %s', async (_, reply, error) => {
      const { endpoint, seen } = await serve(reply);
      await expect(clientOf(endpoint).send(new PutItemCommand(PUT))).rejects.toMatchObject(error);
      expect(seen).toHaveLength(8);
    });

    test.each([
      ['DynamoDB has a fault', fault(500, 'InternalServerError'), { name: 'InternalServerError' }],
      ['it is throttled', fault(400, 'ThrottlingException'), { name: 'ThrottlingException' }],
      [
        'there are too few units',
        fault(400, 'ProvisionedThroughputExceededException'),
        { name: 'ProvisionedThroughputExceededException' },
      ],
      ['a machine on the way is busy', BUSY, { $metadata: { httpStatusCode: 503 } }],
      ['there is no answer', DROPPED, { code: 'ECONNRESET' }],
      ['it hangs', HANGING, { name: 'TimeoutError' }],
    ])('makes the table unavailable, for the reason that the error has: %s', async (_, reply, cause) => {
      const { endpoint } = await serve(reply);
      const once = createDynamoDbTable(
        clientOf(endpoint, { maxAttempts: 1 }),
        'table',
        async () => undefined,
      );
      await expect(once.get({ pk: 'a', sk: 'a' })).rejects.toMatchObject({ name: 'TableUnavailable', cause });
    });

    test('for good is an error at once, with the message of DynamoDB', async () => {
      const { endpoint, seen } = await serve({
        status: 400,
        body: JSON.stringify({
          __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
          Message: 'The conditional request failed',
          Item: PUT.Item,
        }),
      });
      await expect(clientOf(endpoint).send(new PutItemCommand(PUT))).rejects.toMatchObject({
        name: 'ConditionalCheckFailedException',
        message: 'The conditional request failed',
        Item: PUT.Item,
      });
      expect(seen).toHaveLength(1);
    });
  });

  test('a transaction is made again under the same token, so that it cannot lose against itself', async () => {
    const { endpoint, seen } = await serve(DROPPED, DONE);
    const sender = clientOf(endpoint);
    const transaction = { TransactItems: [{ Put: PUT }] };
    await sender.send(new TransactWriteItemsCommand(transaction));
    await sender.send(new TransactWriteItemsCommand(transaction));
    const [first, again, next] = seen.map(({ body }) => JSON.parse(body).ClientRequestToken);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });
});

describe('the bundled client alone', () => {
  test('reads credentials from the environment and nowhere else', async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const { endpoint, seen } = await serve(DONE);
    const call = bundled
      .createDynamoDbClient({ endpoint, region: LOCAL_REGION })
      .send(new PutItemCommand(PUT));
    await expect(call).rejects.toThrow('Unable to find environment variable credentials');
    expect(seen).toEqual([]);
  });

  test.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])(
    'refuses %s, which it has not',
    async (name) => {
      onTestFinished(() => void vi.unstubAllEnvs());
      vi.stubEnv(name, 'true');
      expect(await hostOf(bundled.createDynamoDbClient, LOCAL_REGION)).toContain('no FIPS or dual-stack');
    },
  );
});
