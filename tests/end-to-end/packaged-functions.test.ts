import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_ENDPOINT_KEY } from '../../lib/config/endpoints.ts';
import { connect } from '../../lib/connect.ts';
import { OVH_SOURCE } from '../../lib/sources/ovh-source.ts';
import { topicPartition } from '../../lib/store/keys.ts';
import { publishDefaultTariff } from '../../local/default-tariff.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { eventOf, SECRET, STATUS_EVENT, signatureHeaders } from '../unit/http/requests.ts';
import { listen } from '../unit/provider/loopback.ts';
import { invoke, invokeLogged } from './package/invoke.ts';
import { packageStage } from './package/template.ts';
import { unzip } from './package/unzip.ts';
import { startWatchedTable } from './package/watched-table.ts';

const TABLE_NAME = 'jobmeter-packaged';
const SESSION_TOKEN = 'a session token, as Lambda has one';

let packaged: Awaited<ReturnType<typeof packageStage>>;
let dynamoDb: LocalDynamoDb;
let watched: Awaited<ReturnType<typeof startWatchedTable>>;
let client: DynamoDBClient;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  packaged = await packageStage('production', [
    '--param',
    'recordUrl=true',
    '--param',
    'recordConcurrency=20',
  ]);
  dynamoDb = await startDynamoDb({ port });
  watched = await startWatchedTable(port);
  client = new DynamoDBClient(localClientConfig(dynamoDb.endpoint));
  await createTable(client, TABLE_NAME);
  await publishDefaultTariff(client, { STAGE: 'production', TABLE_NAME }, () => {});
});

afterAll(async () => {
  client?.destroy();
  await watched?.stop();
  await dynamoDb?.stop();
});

/** The clock of the tests, where it is shifted. */
const { NODE_OPTIONS = '', CLOCK_FILE } = process.env;

/** What Lambda puts into the environment of a function, and what serverless.yml does. */
const environment = () => ({
  ...(CLOCK_FILE !== undefined && { NODE_OPTIONS, CLOCK_FILE }),
  AWS_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: SESSION_TOKEN,
  AWS_ENDPOINT_URL_DYNAMODB: watched.endpoint,
  STAGE: 'production',
  TABLE_NAME,
  WEBHOOK_SECRET: SECRET,
});

/** The code of a function as it would be deployed. */
const codeOf = (name: string): Buffer => {
  const bundle = packaged.bundles.find((found) => found.name === `${name}.zip`);
  const code = bundle && unzip(bundle.zip).get(`functions/${name}.cjs`);
  if (!code) throw new Error(`there is no package of ${name}`);
  return code;
};

const itemsOf = async (): Promise<Record<string, unknown>[]> => {
  const pages = await Array.fromAsync(paginateScan({ client }, { TableName: TABLE_NAME }));
  return pages.flatMap(({ Items = [] }) => Items.map((item) => unmarshall(item)));
};

test('a stage that names no other sites answers none of their pages', () => {
  expect(packaged.properties('HttpApi')).not.toHaveProperty('CorsConfiguration');
});

test('a stage may have a URL for events beside the API: public, of no other page, and bounded', () => {
  const target = { 'Fn::GetAtt': ['RecordDasheventsLambdaFunction', 'Arn'] };
  expect(packaged.ofType('AWS::Lambda::Url')).toEqual([
    {
      name: 'RecordDasheventsLambdaFunctionUrl',
      properties: { AuthType: 'NONE', TargetFunctionArn: target },
    },
  ]);
  const invoking = packaged
    .ofType('AWS::Lambda::Permission')
    .filter(({ properties }) => properties.Principal === '*')
    .map(({ properties }) => properties);
  expect(invoking).toEqual([
    {
      ...{ FunctionName: target, Principal: '*' },
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
    },
    {
      ...{ FunctionName: target, Principal: '*' },
      Action: 'lambda:InvokeFunction',
      InvokedViaFunctionUrl: true,
    },
  ]);
  expect(packaged.properties('RecordDasheventsLambdaFunction').ReservedConcurrentExecutions).toBe(20);
  expect(JSON.parse(packaged.text).Outputs.RecordDasheventsLambdaFunctionUrl.Value).toEqual({
    'Fn::GetAtt': ['RecordDasheventsLambdaFunctionUrl', 'FunctionUrl'],
  });
  const routes = packaged.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey);
  expect(routes).toContain('POST /v1/events');
});

test('packaged functions record and settle with nothing but the credentials of their environment', async () => {
  const now = Date.now();
  const event = { ...STATUS_EVENT, time: new Date(now - 60_000).toISOString() };
  const body = JSON.stringify(event);
  const headers = { 'content-type': 'application/cloudevents+json', ...signatureHeaders(body, SECRET, now) };
  const request = eventOf({ headers, body });

  const answer = await invoke(codeOf('record-events'), request, environment());
  expect(answer).toMatchObject({
    statusCode: 202,
    body: JSON.stringify({ results: [{ id: event.id, outcome: 'recorded' }] }),
  });
  // The same request at the URL of the function: without a route, with its body in base64.
  const atUrl = { ...request, routeKey: '$default', body: btoa(body), isBase64Encoded: true };
  const again = await invokeLogged(codeOf('record-events'), atUrl, { ...environment(), LOG_SAMPLE: '0' });
  expect(again).toMatchObject({
    answer: { statusCode: 202, body: expect.stringContaining('"outcome":"duplicate"') },
    lines: [],
  });

  const fact = (await itemsOf()).find(({ sk }) => String(sk).startsWith('EVENT#'));
  expect(fact).toMatchObject({ status: 'RUNNING' });

  const Keys = { pk: { S: fact?.pk }, sk: { S: fact?.sk } };
  const records = { Records: [{ dynamodb: { Keys, SequenceNumber: '1' } }] };
  const settled = await invokeLogged(codeOf('settle-jobs'), records, environment());
  expect(settled.answer).toEqual({ batchItemFailures: [] });
  const job = { projectId: STATUS_EVENT.data.projectId, jobId: STATUS_EVENT.subject };
  expect(settled.lines.map((line) => JSON.parse(line))).toMatchObject([{ message: 'settled', jobs: [job] }]);
  const unlogged = { ...environment(), LOG_SAMPLE: '0' };
  expect((await invokeLogged(codeOf('settle-jobs'), records, unlogged)).lines).toEqual([]);
  const charges = (await itemsOf()).filter(({ sk }) => String(sk).startsWith('CHARGE#'));
  expect(charges).toMatchObject([{ kind: 'open' }]);

  expect(watched.seen.length).toBeGreaterThan(5);
  for (const { authorization, ...seen } of watched.seen) {
    expect(authorization).toContain(`Credential=${LOCAL_CREDENTIALS.accessKeyId}/`);
    expect(authorization).toContain('x-amz-security-token');
    expect(seen['x-amz-security-token']).toBe(SESSION_TOKEN);
  }
});

/** A requested stop of a job of the provider, as a stream delivers it. */
const requestStop = async () => {
  const now = Date.now();
  const topic = { kind: 'job', projectId: 'cloud-1', jobId: 'job-1' } as const;
  const { store } = connect(
    { stage: 'test', tableName: TABLE_NAME, timeZone: 'UTC', currency: 'EUR' },
    client,
  );
  await store.recordOutgoing({
    ...{ id: 'job.stop.requested/cloud-1/job-1', type: 'job.stop.requested', topic, sequence: 1 },
    ...{ time: now, projectId: 'cloud-1', subject: 'job-1' },
    data: { month: new Date(now).toISOString().slice(0, 7), openedBy: { source: OVH_SOURCE } },
  });
  const Keys = { pk: { S: topicPartition(topic) }, sk: { S: 'EVENT#' } };
  return { Records: [{ dynamodb: { Keys, SequenceNumber: '1' } }] };
};

test('packaged functions poll the provider, stop jobs there where they may, and close months', async () => {
  const provider = await listen(({ path }) => ({
    json: path.endsWith('/time') ? Math.round(Date.now() / 1000) : [],
  }));
  const env = {
    ...environment(),
    // Only there another API than the provider's may be called.
    STAGE: 'local',
    ...{ OVH_PROJECTS: 'cloud-1', OVH_CREDENTIALS: 'key secret consumer' },
    ...{ OVH_API_URL: provider.url, NODE_EXTRA_CA_CERTS: provider.caFile },
  };
  expect(await invoke(codeOf('poll-jobs'), {}, env)).toMatchObject({ projects: [{ outcome: 'done' }] });
  expect(await invoke(codeOf('close-month'), {}, env)).toEqual({ closed: [] });
  const stopping = { ...env, ENDPOINT_KEY: LOCAL_ENDPOINT_KEY };
  const records = await requestStop();
  const delivered = { batchItemFailures: [] };
  const kills = () => provider.received.filter(({ path }) => path.endsWith('/kill'));
  expect(await invoke(codeOf('deliver-events'), records, stopping)).toEqual(delivered);
  expect(kills()).toEqual([]);
  const allowed = { ...stopping, OVH_STOP: 'allowed' };
  expect(await invoke(codeOf('deliver-events'), records, allowed)).toEqual(delivered);
  expect(await invoke(codeOf('retry-deliveries'), {}, allowed)).toMatchObject({ failing: 0 });
  expect(kills()).toMatchObject([{ method: 'PUT', path: '/1.0/cloud/project/cloud-1/ai/job/job-1/kill' }]);
  await provider.close();
});

test('a packaged function without credentials fails, and requests them from no other host', async () => {
  const { AWS_ACCESS_KEY_ID: _, ...env } = environment();
  const body = JSON.stringify({ ...STATUS_EVENT, time: new Date().toISOString() });
  const headers = {
    'content-type': 'application/cloudevents+json',
    ...signatureHeaders(body, SECRET, Date.now()),
  };
  const before = watched.seen.length;
  const answer = await invoke(codeOf('record-events'), eventOf({ headers, body }), env);
  expect(answer).toMatchObject({ statusCode: 500 });
  expect(watched.seen).toHaveLength(before);
});
