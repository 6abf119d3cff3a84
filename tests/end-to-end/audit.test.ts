import { DeleteItemCommand, DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localClientConfig } from '../../local/environment.ts';
import { createInvoke } from '../../local/functions.ts';
import { freeStackPorts, type RunningStack, run, startProgram } from './programs.ts';
import { readPath } from './stack.ts';
import { CPU, eventsOf, gpu, latestEndedNovember, retractionOf } from './story.ts';

const YEAR = latestEndedNovember(new Date());
const [OCTOBER, NOVEMBER] = [`${YEAR}-10`, `${YEAR}-11`];
const TABLE = 'jobmeter-local';

let ports: Record<string, string | undefined>;
let stack: RunningStack;
let client: DynamoDBClient;
const jobmeter = (...args: string[]) => run('cli/jobmeter.ts', args, ports);
const json = async (...args: string[]) => JSON.parse((await jobmeter(...args, '--json')).stdout);
const send = async (events: readonly object[]) => {
  const lines = events.map((event) => JSON.stringify(event)).join('\n');
  expect(await run('cli/jobmeter.ts', ['send', '-'], ports, lines)).toMatchObject({ code: 0 });
};

const itemsOf = async (prefix: string) => {
  const pages = await Array.fromAsync(paginateScan({ client }, { TableName: TABLE, ConsistentRead: true }));
  return pages.flatMap(({ Items = [] }) => Items).filter(({ sk }) => sk?.S?.startsWith(prefix));
};
/** Waits until an audit finds nothing: until the stream has settled all that was sent. */
const settled = () =>
  expect.poll(async () => (await json('audit')).differences, { timeout: 30_000, interval: 500 }).toBe(0);

beforeAll(async () => {
  ports = await freeStackPorts();
  stack = await startProgram(ports);
  client = new DynamoDBClient(localClientConfig(`http://localhost:${ports.DYNAMODB_PORT}`));
});

afterAll(async () => {
  client.destroy();
  stack.child.kill('SIGTERM');
  await stack.ended;
});

interface Line {
  readonly kind: string;
  readonly usageMonth: string;
  readonly flavor: string;
  readonly unitMinutes: number;
  readonly amount: string;
}

/** What all statements of a project ask for, by usage month and flavor. */
const billed = async (projectId: string) => {
  const token = (await jobmeter('token', '--project', projectId)).stdout.trim();
  const read = async (path: string) => {
    type Content = { readonly statements: { month: string }[]; readonly lines: Line[] };
    const url = `http://localhost:${ports.PORT}`;
    return (await readPath<Content>(url, `/v1/projects/${projectId}${path}`, { token })).body;
  };
  const { statements } = await read('/statements');
  const lines = await Promise.all(
    statements.map(async ({ month }) => (await read(`/statements/${month}`)).lines),
  );
  const sums = new Map<string, { unitMinutes: number; cents: number }>();
  for (const { usageMonth, flavor, unitMinutes, amount } of lines.flat()) {
    const sum = sums.get(`${usageMonth} ${flavor}`) ?? { unitMinutes: 0, cents: 0 };
    sums.set(`${usageMonth} ${flavor}`, {
      unitMinutes: sum.unitMinutes + unitMinutes,
      cents: sum.cents + Math.round(Number(amount) * 100),
    });
  }
  // The latest statement comes first.
  const kinds = lines.map((ofMonth) => [...new Set(ofMonth.map(({ kind }) => kind))]);
  return { kinds, sums: Object.fromEntries(sums) };
};

describe('facts that arrive after the close', () => {
  const jobs = (projectId: string) => {
    const job = (name: string) => `${projectId}-${name}`;
    const stopped = eventsOf(job('stopped'), projectId, gpu(2), [
      ['RUNNING', `${OCTOBER}-30T08:00:00Z`],
      ['DONE', `${OCTOBER}-30T12:00:00Z`],
    ]);
    const mistaken = eventsOf(job('mistaken'), projectId, CPU, [
      ['RUNNING', `${OCTOBER}-30T08:00:00Z`],
      ['DONE', `${OCTOBER}-30T08:10:00Z`],
    ]);
    const unheard = eventsOf(job('unheard'), projectId, CPU, [
      ['RUNNING', `${OCTOBER}-30T08:00:00Z`],
      ['DONE', `${OCTOBER}-30T08:20:30Z`],
    ]);
    const steady = eventsOf(job('steady'), projectId, CPU, [
      ['RUNNING', `${OCTOBER}-30T08:00:00Z`],
      ['DONE', `${OCTOBER}-30T08:10:00Z`],
    ]);
    const earlierStop = eventsOf(job('stopped'), projectId, gpu(2), [
      ['DONE', `${OCTOBER}-30T11:00:00Z`],
    ]).map((event) => ({ ...event, id: `${event.subject}-earlier` }));
    return {
      known: [...stopped, ...mistaken, ...steady],
      late: [
        ...earlierStop,
        ...unheard,
        retractionOf(job('mistaken'), projectId, 1, `${NOVEMBER}-02T08:00:00Z`),
      ],
    };
  };

  test('are billed by the next statement, so that all statements together are those of a clean run', async () => {
    const [clean, late] = [jobs('clean'), jobs('late')];
    await send([...clean.known, ...clean.late, ...late.known]);
    await settled();
    expect(await jobmeter('close', OCTOBER)).toMatchObject({ code: 0 });
    await send(late.late);
    await settled();
    expect(await jobmeter('close', NOVEMBER)).toMatchObject({ code: 0 });

    const [once, corrected] = [await billed('clean'), await billed('late')];
    expect(once).toEqual({
      kinds: [['usage']],
      sums: {
        // 3 hours on 2 GPUs; 21 and 10 minutes on 2 CPUs.
        [`${OCTOBER} ai1-1-gpu`]: { unitMinutes: 360, cents: 1158 },
        [`${OCTOBER} ai1-1-cpu`]: { unitMinutes: 62, cents: 3 },
      },
    });
    expect(corrected).toEqual({ ...once, kinds: [['correction'], ['usage']] });
  });
});

describe('an audit of a table damaged by hand', () => {
  /** A charge changed, one deleted and one added. */
  const damage = async () => {
    const charges = (await itemsOf('CHARGE#')).filter(({ kind }) => kind?.S === 'final');
    const [changed, deleted, copied] = charges;
    if (!changed || !deleted || !copied) throw new Error('there are three charges');
    const put = (Item: typeof changed) => client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await put({ ...changed, minutes: { N: '12345' } });
    const { pk, sk } = deleted;
    await client.send(
      new DeleteItemCommand({ TableName: TABLE, Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } } }),
    );
    await put({ ...copied, sk: { S: 'CHARGE#nobody#2026-01-01T00:00:00.000Z' } });
  };
  const bySk = (items: Awaited<ReturnType<typeof itemsOf>>) =>
    items
      .filter(({ kind }) => kind?.S !== 'void')
      .sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));

  test('finds all three, with their causes, and heals them', async () => {
    const before = bySk(await itemsOf('CHARGE#'));
    await damage();

    const found = await jobmeter('audit');
    expect(found.code).toBe(1);
    for (const text of [
      'changed',
      'missing',
      'added',
      '12345',
      'it is not as it was written',
      '3 differences, 0 healed',
    ])
      expect(found.stdout).toContain(text);
    expect(await json('audit')).toMatchObject({ differences: 3, healed: 0 });

    expect(await jobmeter('audit', '--heal')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 differences, 3 healed'),
    });
    expect(await jobmeter('audit')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all charges follow from their facts'),
    });
    expect(bySk(await itemsOf('CHARGE#'))).toEqual(before);
  });

  test('is made and healed by the scheduled function, once a day', async () => {
    // The healing audit above is today's: only with it gone the function begins one of its own.
    for (const { pk, sk } of (await itemsOf('')).filter((item) => item.pk?.S === 'AUDIT'))
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk, sk } as never }));
    await damage();
    const auditToday = createInvoke(Number(ports.LAMBDA_PORT), 'jobmeter-local-audit-charges');
    await auditToday({});
    expect(await json('audit')).toMatchObject({ differences: 0 });
    await auditToday({});
    // The one by hand does not heal. Midnight may pass between the two.
    const healing = (await itemsOf('')).filter(({ pk, heals }) => pk?.S === 'AUDIT' && heals?.BOOL);
    const days = healing.map(({ sk }) => sk?.S?.slice(0, '2026-10-01'.length));
    expect(days).not.toEqual([]);
    expect(days).toEqual([...new Set(days)]);
  });

  test('that is finished cannot be resumed', async () => {
    expect(await jobmeter('audit', '--resume')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is nothing to resume'),
    });
  });
});
