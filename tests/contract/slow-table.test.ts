import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDB, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPatientClient, type TablePatience } from '../../cli/patient-client.ts';
import { DAY_MS, MINUTE_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import { type Connection, connect } from '../../lib/connect.ts';
import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { recordEvents } from '../../lib/operations/record-events.ts';
import { settle } from '../../lib/operations/settle/settle.ts';
import { beginPublication } from '../../lib/operations/tariffs/publication.ts';
import type { DynamoDbClient } from '../../lib/store/dynamodb-client.ts';
import { publishDefaultTariff } from '../../local/default-tariff.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { run } from '../end-to-end/programs.ts';
import { pricesOf } from '../unit/billing/builders.ts';
import { jobRef, recordable, status, TARIFF } from '../unit/operations/world.ts';

const closing: Server[] = [];
const stop = (server: Server) => server.close().closeAllConnections();
afterEach(() => closing.splice(0).forEach(stop));

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

const listen = async (answer: Answer, port = 0): Promise<Server> => {
  const server = createServer((request, response) => {
    // A date of the machine beside a shifted clock would be taken for a skewed one, and the call be
    // made again.
    response.sendDate = false;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return server;
};
const portOf = (server: Server) => (server.address() as AddressInfo).port;

const drop: Answer = (_, response) => response.destroy();
const hang: Answer = () => {};
const fail: Answer = (_, response) =>
  response.writeHead(500).end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalFailure' }));
const done: Answer = (_, response) => response.writeHead(200).end('{}');

describe("AWS's client for the commands", () => {
  const patient: TablePatience = { now: Date.now };
  const clientOf = (port: number, patience = patient) =>
    createPatientClient(localClientConfig(`http://localhost:${port}`), patience);
  const get = (client: DynamoDbClient) =>
    client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' }, sk: { S: 'a' } } }));

  /** Answers the first calls so, and all others well. */
  const serve = async (...answers: readonly Answer[]) => {
    let calls = 0;
    const server = await listen((...of) => (answers[calls++] ?? done)(...of));
    closing.push(server);
    return { port: portOf(server), calls: () => calls };
  };

  test('makes a call again that hangs, is dropped or fails, until it is answered', async () => {
    const { port, calls } = await serve(hang, drop, fail, hang, drop, fail);
    await get(clientOf(port, { ...patient, requestTimeoutMs: 100 }));
    // On a busy machine an answer may come too late as well.
    expect(calls()).toBeGreaterThanOrEqual(7);
  });

  test('fails at once where nothing listens and nothing has ever answered', async () => {
    const [port = 0] = await freePorts(1);
    const errors: Error[] = [];
    const onRetry = (error: Error) => errors.push(error);
    await expect(get(clientOf(port, { ...patient, onRetry }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(errors).toHaveLength(1);
  });

  test('waits for a table that has answered and is gone for a while', async () => {
    const server = await listen(done);
    const port = portOf(server);
    let again: Promise<Server> | undefined;
    const onRetry = () => {
      again ??= listen(done, port);
    };
    const client = clientOf(port, { ...patient, onRetry });
    await get(client);
    stop(server);
    await get(client);
    closing.push((await again) as Server);
  });

  test('gives up after its time limit, and never repeats a permanent refusal', async () => {
    let now = 0;
    const { port } = await serve(...Array<Answer>(9).fill(drop));
    const onRetry = () => {
      now += 50_000;
    };
    await expect(get(clientOf(port, { now: () => now, onRetry }))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect(now).toBe(150_000);
    const refuse: Answer = (_, response) =>
      response.writeHead(400).end(JSON.stringify({ __type: 'ValidationException' }));
    const refusing = await serve(refuse);
    await expect(get(clientOf(refusing.port))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(refusing.calls()).toBe(1);
  });

  test('repeats a refusal only once where its clock is minutes off', async () => {
    const later = () => new Date(Date.now() + 600_000).toUTCString();
    const refuse: Answer = (_, response) =>
      response
        .writeHead(400, { date: later() })
        .end(JSON.stringify({ __type: 'ConditionalCheckFailedException' }));
    const { port, calls } = await serve(...Array<Answer>(5).fill(refuse));
    await expect(get(clientOf(port))).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(calls()).toBe(2);
  });
});

describe('a command', () => {
  const TABLE = 'jobmeter-local';
  const env = { STAGE: 'local', TABLE_NAME: TABLE, BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR' };
  const calendar = createCalendar('UTC');
  const month = calendar.monthOf(calendar.monthOf(Date.now()).start - DAY_MS);
  const JOBS = 10;

  let dynamoDb: LocalDynamoDb;
  let aws: DynamoDB;
  let connection: Connection;
  let slow: Server;
  let faults = 0;

  /** How often what is under way was tried. */
  const attempts = new Map<string, number>();
  /** Passes a call on, but each scan and some other calls only at the third attempt. */
  const passOn = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { headers } = incoming;
    const body = await text(incoming);
    const attempt = (attempts.get(body) ?? 0) + 1;
    attempts.set(body, attempt);
    const isScan = String(headers['x-amz-target']).endsWith('.Scan');
    if ((isScan || attempts.size % 5 === 4) && attempt < 3) {
      faults += 1;
      (attempt === 1 ? drop : fail)(incoming, response);
      return;
    }
    attempts.delete(body);
    const { hostname, port } = new URL(dynamoDb.endpoint);
    const outgoing = request({ hostname, port, method: 'POST', path: '/', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    outgoing.end(body);
  };

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    dynamoDb = await startDynamoDb({ port });
    aws = new DynamoDB(localClientConfig(dynamoDb.endpoint));
    await createTable(aws, TABLE);
    await publishDefaultTariff(aws, env, () => {});
    connection = connect({ stage: 'test', tableName: TABLE, timeZone: 'UTC', currency: 'EUR' }, aws);
    const { store } = connection;
    const context = await connection.openContext('write');
    for (let job = 0; job < JOBS; job += 1) {
      const facts = (['RUNNING', 'DONE'] as const).map((name, index) =>
        status(`job-${job}`, name, new Date(month.start + (60 * job + index) * MINUTE_MS).toISOString()),
      );
      await recordEvents(store, facts.map(recordable), Date.now());
      await settle(context, jobRef(`job-${job}`));
    }
    await closeMonths(context);
    slow = await listen(passOn);
  });

  afterAll(async () => {
    if (slow) stop(slow);
    aws?.destroy();
    await dynamoDb?.stop();
  });

  const jobmeter = (...args: string[]) =>
    run('cli/jobmeter.ts', args, { DYNAMODB_PORT: String(portOf(slow)), TABLE_NAME: TABLE });
  const json = async (...args: string[]) => {
    const { stdout, stderr, code } = await jobmeter(...args, '--json');
    const notices = stderr.split('\n').filter((line) => line.startsWith('jobmeter:'));
    return { ...JSON.parse(stdout || '{}'), notices, code };
  };

  test('ends well on a table that fails calls again and again: audit, replay and a backdated tariff', async () => {
    expect(await json('audit')).toMatchObject({ code: 0, jobs: JOBS, differences: 0 });
    expect(await json('replay', month.id)).toMatchObject({ code: 0, statements: 1, differences: 0 });
    expect(
      await json('tariff', 'publish', 'tariffs/2026-01-27-pending-running.json', '--backdate'),
    ).toMatchObject({ code: 0, outcome: 'published', jobsSettled: JOBS, notices: [] });
    // Two scans of eight segments, and what else was unlucky.
    expect(faults).toBeGreaterThanOrEqual(32);
    expect(await json('audit')).toMatchObject({ code: 0, differences: 0 });
  });

  test('shows a publication that was cut off, names the command that resumes it, and resumes it', async () => {
    const tariff = { ...TARIFF, effectiveFrom: month.start, prices: pricesOf({ 'ai1-1-gpu': '2' }) };
    const id = `${new Date(month.start).toISOString()}#1`;
    const longAgo = Date.now() - DAY_MS;
    const cutOff = beginPublication(tariff, longAgo);
    await connection.store.publishTariff(tariff, { ...cutOff, leaseUntil: Date.now() + DAY_MS });
    expect((await json('tariff', 'list')).notices).toEqual([
      `jobmeter: tariff ${id} is still being published, 0 jobs settled so far: if it was interrupted, \`jobmeter tariff resume\` resumes it`,
    ]);
    await connection.store.savePublication(cutOff);

    const { tariffs, notices } = await json('tariff', 'list');
    expect(tariffs.map((one: { id: string; settled: boolean }) => [one.id === id, one.settled])).toEqual([
      [false, true],
      [false, true],
      [true, false],
    ]);
    const notice = `jobmeter: tariff ${id} is in force, but its publication was interrupted, 0 jobs settled so far: \`jobmeter tariff resume\` resumes it`;
    expect(notices).toEqual([notice]);
    expect((await jobmeter('tariff', 'list')).stdout).toContain('unfinished: not all jobs');
    expect(await json('replay', month.id)).toMatchObject({ code: 0, notices: [notice] });

    expect(await json('tariff', 'resume')).toMatchObject({
      code: 0,
      tariffs: [{ tariff: id, jobsSettled: JOBS, jobsParked: 0 }],
      notices: [],
    });
    expect(await json('audit')).toMatchObject({ differences: 0, notices: [] });
    expect(await jobmeter('tariff', 'resume')).toMatchObject({
      code: 1,
      stderr: 'jobmeter: every tariff is settled: there is nothing to resume\n',
    });
  });
});
