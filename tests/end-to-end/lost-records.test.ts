import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { billedBlocks, usagePartition } from '../../lib/store/keys.ts';
import type { Item, Table } from '../../lib/store/table.ts';
import { localClientConfig } from '../../local/environment.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { run } from './programs.ts';
import { postEvents, readPath, testSettings } from './stack.ts';
import { eventsOf, gpu, type JobEvent, latestEndedNovember } from './story.ts';

const YEAR = latestEndedNovember(new Date());
const [OCTOBER, NOVEMBER] = [`${YEAR}-10`, `${YEAR}-11`];

let stack: Stack;
let stage: Readonly<Record<string, string>>;
let client: DynamoDBClient;
let table: Table;
/** What was billed of proj-1, which is lost then. */
let lost: Item;
let reason: string;

/** An hour on a GPU, 1.93 EUR, in each of two projects. */
const jobs = (jobId: string): JobEvent[] =>
  ['proj-1', 'proj-2'].flatMap((projectId) =>
    eventsOf(jobId, projectId, gpu(1), [
      ['RUNNING', `${OCTOBER}-31T08:00:00Z`],
      ['DONE', `${OCTOBER}-31T09:00:00Z`],
    ]),
  );

const send = async (events: readonly JobEvent[]) => {
  expect(await postEvents(stack.url, events)).toMatchObject({ status: 202 });
  await stack.trigger.idle();
};

const read = (path: string) => readPath(stack.url, `/v1/projects/${path}`, ['proj-1', 'proj-2']);
const jobmeter = (...args: string[]) => run('cli/jobmeter.ts', args, stage);

beforeAll(async () => {
  const settings = await testSettings();
  stack = await startStack({ ...settings, onLog: () => {} });
  stage = { DYNAMODB_PORT: String(settings.dynamoDbPort) };
  client = new DynamoDBClient(localClientConfig(stack.endpoint));
  table = createDynamoDbTable(client, stack.tableName, pause);
  await send(jobs('in-time'));
  await stack.invoke('close-month', { month: OCTOBER });
  await stack.trigger.idle();
  await send(jobs('late'));
  const { body } = await read(`proj-1/statements/${OCTOBER}`);
  const { statementId } = body as { readonly statementId: string };
  const pk = usagePartition('proj-1', OCTOBER);
  const blocks = (await Array.fromAsync(table.query(pk, { prefix: billedBlocks(statementId) }))).flat();
  expect(blocks).toHaveLength(1);
  [lost] = blocks as [Item];
  await table.delete(lost, { kind: 'unchanged', from: { sk: lost.sk } });
  reason =
    `proj-1 is not billed: 1 of 1 charges that its statement of ${OCTOBER} (${statementId}) billed of ${OCTOBER} ` +
    'are not in the table; restore its billed charge records from a backup, then close again';
});

afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

test('a preview is refused with the reason, and that of another project is not', async () => {
  expect(await read(`proj-1/statements/${NOVEMBER}?preview=true`)).toMatchObject({
    status: 409,
    body: { type: 'urn:jobmeter:problem:conflict', status: 409, detail: reason },
  });
  expect(await read(`proj-2/statements/${NOVEMBER}?preview=true`)).toMatchObject({
    status: 200,
    body: { total: '1.93' },
  });
});

test('usage shows no correction that will not be billed so', async () => {
  const { status, body } = await read(`proj-1/usage?month=${NOVEMBER}`);
  expect({ status, body }).toMatchObject({ status: 200, body: { correctionsUnknown: reason } });
  expect(body).not.toHaveProperty('corrections');
  expect(await read(`proj-2/usage?month=${NOVEMBER}`)).toMatchObject({
    body: { corrections: { total: '1.93' } },
  });
  expect((await jobmeter('usage', 'proj-1', '--month', NOVEMBER)).stdout).toContain(reason);
});

test('a dry run of all projects names it, has the others, and fails', async () => {
  const { code, stdout } = await jobmeter('close', NOVEMBER, '--dry-run', '--json');
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 1,
    total: '1.93',
    projects: [{ projectId: 'proj-2', total: '1.93' }],
    failures: [{ projectId: 'proj-1', error: reason }],
  });
  const shown = await jobmeter('close', NOVEMBER, '--dry-run');
  expect(shown.code).toBe(1);
  expect(shown.stdout).toContain(reason);
});

test('a close fails with the same reason, and bills all once the records are back', async () => {
  const failed = await jobmeter('close', NOVEMBER);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(reason);
  await table.put({ item: lost });
  expect((await jobmeter('close', NOVEMBER)).code).toBe(0);
  for (const projectId of ['proj-1', 'proj-2'])
    expect(await read(`${projectId}/statements/${NOVEMBER}`)).toMatchObject({ body: { total: '1.93' } });
});
