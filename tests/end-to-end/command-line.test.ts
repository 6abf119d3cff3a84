import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { decodeJwt } from 'jose';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import { LOCAL_WEBHOOK_SECRET } from '../../lib/config.ts';
import { shortInstants } from '../clock/instants.ts';
import { createTestClock, realNow } from '../clock/test-clock.ts';
import { jobOf, uuid } from '../unit/operations/poll/fake-ovh.ts';
import { listen } from '../unit/provider/loopback.ts';
import { openConsumer } from '../unit/webhooks/consumer.ts';
import { freeStackPorts, type RunningStack, run, startProgram } from './programs.ts';
import { readPath, writePath } from './stack.ts';

const calendar = createCalendar('UTC');
const month = addMonths(calendar.monthOf(Date.now()).id, -1);

let ports: Record<string, string | undefined>;
let stack: RunningStack;
let consumer: Awaited<ReturnType<typeof openConsumer>>;
/** What the consumer answers with. */
let answered = 204;
const jobmeter = (args: readonly string[], input?: string) => run('cli/jobmeter.ts', args, ports, input);
/** Each look is a process: fewer leave the processor to the stack. */
const LOOKS = { timeout: 30_000, interval: 500 };
const json = async (args: readonly string[], input?: string) =>
  JSON.parse((await jobmeter([...args, '--json'], input)).stdout);

beforeAll(async () => {
  ports = await freeStackPorts();
  stack = await startProgram(ports);
  consumer = await openConsumer((response) => response.writeHead(answered).end());
});

afterAll(async () => {
  stack.child.kill('SIGTERM');
  await stack.ended;
  consumer.stop();
});

const event = (id: string, status: string, time: number, subject = 'job-1') =>
  JSON.stringify({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'https://tests.example',
    id,
    subject,
    time: new Date(time).toISOString(),
    data: { projectId: 'proj-1', status, resources: { flavor: 'ai1-1-cpu', cpu: 1 } },
  });

test('help names every command and the exit codes', async () => {
  const { code, stdout } = await jobmeter(['--help']);
  expect(code).toBe(0);
  for (const word of [
    'demo',
    'send',
    'usage',
    'jobs',
    'projects',
    'unrated',
    'close',
    'tariff',
    'compare',
    'reconcile',
    'held',
    'budget',
    'completion',
    'token',
    'link',
    'redrive',
    'retract',
    'endpoint',
    'deliveries',
    'redeliver',
    'poll',
    'replay',
    'verify',
    'Exit codes',
  ])
    expect(stdout).toContain(word);
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(await jobmeter(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.each([
  [['us'], ['usage']],
  [['usage', 'proj-1', '--m'], ['--month']],
  [
    ['jobs', 'proj-1', '--sort', ''],
    ['id', 'cost', 'start', 'minutes'],
  ],
  [['tariff', 'p'], ['publish']],
  [
    ['budget', 's'],
    ['set', 'show'],
  ],
])('a shell completes %j', async (words, expected) => {
  const { code, stdout } = await jobmeter(['complete', '--', ...words]);
  const completed = stdout.split('\n').flatMap((line) => /^[^:\t]+/.exec(line)?.[0] ?? []);
  expect({ code, completed }).toEqual({ code: 0, completed: expected });
});

test.each(['bash', 'zsh', 'fish'])('completion prints a script for %s that asks jobmeter', async (shell) => {
  const { code, stdout } = await jobmeter(['completion', shell]);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('complete --') });
});

test('wrong use exits with 2 and lists what is possible', async () => {
  expect(await jobmeter(['frobnicate'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('unknown command'),
  });
  expect(await jobmeter(['token'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--project <id>'),
  });
  expect(await jobmeter(['token', '--project', 'a b'])).toMatchObject({ code: 2 });
  expect(await jobmeter(['useage', 'proj-1'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean usage?'),
  });
  expect(await jobmeter(['held', '--json', '--csv'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('choose one of --json and --csv'),
  });
  expect(await jobmeter(['jobs', 'proj-1', '--status', 'BROKEN'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It must be of RESTARTING'),
  });
  expect(await jobmeter(['demo', '--stage', 'prod'])).toMatchObject({ code: 2 });
});

test('a close of a deployed stage has to be told whether a person approves, before anything is read', async () => {
  for (const ISSUE of [undefined, ''])
    expect(await run('cli/jobmeter.ts', ['close', '--stage', 'prod'], { ISSUE })).toEqual({
      ...{ code: 1, stdout: '' },
      stderr:
        'jobmeter: a close of stage prod issues statements at once, or makes drafts that a person approves: ' +
        'set ISSUE to "at once" or approve, as deployed\n',
    });
});

test.each([
  ['close', '2026-13'],
  ['replay', '2026-1'],
  ['statement', 'proj-1', 'October'],
  ['compare', '--month', '2026', '--tariff', 'tariffs/2023-02-14-running.json'],
])('%s explains what a month is, and exits with 2', async (...args) => {
  const { code, stderr } = await jobmeter(args);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('must be a month as YYYY-MM, from 2000-01 to 9999-12'),
  });
});

describe('send', () => {
  const { start } = calendar.month(month);
  const lines = [event('1', 'RUNNING', start), event('2', 'DONE', start + 3_600_000)];

  test('signs and posts events; sending them again changes nothing', async () => {
    expect((await jobmeter(['send', '-'], lines.join('\n'))).stdout).toBe(
      '2 recorded, 0 known already, 0 in conflict, 0 refused\n',
    );
    expect((await jobmeter(['send', '-'], lines.join('\n'))).stdout).toBe(
      '0 recorded, 2 known already, 0 in conflict, 0 refused\n',
    );
  });

  test('of several secrets the first one signs', async () => {
    const WEBHOOK_SECRET = `${LOCAL_WEBHOOK_SECRET} whsec_${Buffer.alloc(32).toString('base64')}`;
    const sent = await run('cli/jobmeter.ts', ['send', '-'], { ...ports, WEBHOOK_SECRET }, lines[0]);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('1 known already') });
    const refused = await run('cli/jobmeter.ts', ['send', '-'], { ...ports, WEBHOOK_SECRET: 'x' }, lines[0]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/WEBHOOK_SECRET must be/) });
  });

  test('more events than one request takes are sent in several', async () => {
    const many = Array.from({ length: 230 }, (_, index) =>
      event(`many-${index}`, 'QUEUED', start, `job-${index + 2}`),
    );
    const { results } = await json(['send', '-'], many.join('\n'));
    expect(results).toHaveLength(230);
  });

  test('every refused line is named with its rule, the others are recorded, and a repetition gives the same', async () => {
    const early = Array.from({ length: 120 }, (_, index) =>
      event(`early-${index}`, 'QUEUED', start, 'job-early'),
    );
    const file = [
      '',
      event('asleep', 'SLEEPING', start, 'job-early'),
      ...early,
      '{"id":"cut off',
      event('no-job', 'QUEUED', start, ''),
    ];
    const refused = [
      '  line 2, id asleep: data.status must be one of ',
      '  line 123: the line is not JSON',
      '  line 124, id no-job: subject must be 1 to 128 characters',
    ];
    for (const summary of ['120 recorded, 0 known', '0 recorded, 120 known']) {
      const { code, stdout } = await jobmeter(['send', '-'], file.join('\n'));
      expect(code).toBe(1);
      const [first, ...others] = stdout.trimEnd().split('\n');
      expect(first).toBe(`${summary} already, 0 in conflict, 3 refused`);
      expect(others).toEqual(refused.map((text) => expect.stringContaining(text)));
    }
  });

  test('--json gives the result or the errors of each line', async () => {
    const file = [event('1', 'RUNNING', start), '', '{}', '!', event('2', 'ERROR', start)];
    const { results, refusals } = await json(['send', '-'], file.join('\n'));
    expect(results).toEqual([
      { line: 1, id: '1', outcome: 'duplicate' },
      { line: 5, id: '2', outcome: 'conflict' },
    ]);
    expect(refusals).toEqual([
      { line: 3, errors: expect.arrayContaining([{ pointer: '/subject', detail: 'subject is missing' }]) },
      { line: 4, errors: [{ pointer: '', detail: 'the line is not JSON' }] },
    ]);
  });

  test('a file without a line of JSON is refused before anything is sent', async () => {
    const { code, stdout, stderr } = await jobmeter(['send', 'LICENSE']);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'jobmeter: LICENSE is not one JSON event a line; nothing was sent\n',
    });
  });

  test('a conflict is reported and exits with 1', async () => {
    const { code, stdout } = await jobmeter(['send', '-'], event('2', 'FAILED', start + 3_600_000));
    expect(code).toBe(1);
    expect(stdout).toContain('line 1, id 2: recorded before with other content');
  });

  test('an API that does not answer is a clear error', async () => {
    const { code, stderr } = await jobmeter(['send', '-', '--url', 'http://localhost:1'], lines[0]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^jobmeter: http:\/\/localhost:1 cannot be reached \(.+\): is it running\?/);
  });
});

/** The events that the consumer has received, each verified with a secret of its endpoint. */
const receivedEvents = (secret: string) =>
  consumer.received.map(
    ({ body, headers }) => new Webhook(secret).verify(body, headers) as Record<string, unknown>,
  );
let endpoint: { readonly endpointId: string; readonly secret: string };

describe('an endpoint', () => {
  test('that could not be one is refused at once, with its rule', async () => {
    for (const [url, rule] of [
      ['example.com', 'the URL must be a URL like https://example.com/hooks'],
      ['http://example.com', 'the URL must begin with https://'],
      ['https://169.254.169.254', 'the URL must name its host, not give an address'],
    ] as const)
      expect(await jobmeter(['endpoint', 'add', url])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(rule),
      });
    expect(await jobmeter(['endpoint', 'add', consumer.url, '--types', 'job.hold'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"job.hold" is no type of event. They are: statement.issued'),
    });
    expect((await jobmeter(['endpoint', 'list'])).stdout).toContain('no endpoint: add one');
  });

  test('is added, gets a signed test, and has another secret once it is rotated', async () => {
    const args = ['endpoint', 'add', consumer.url, '--types', 'statement.issued,month.closed'];
    endpoint = await json(args);
    const { endpointId: id, secret } = endpoint;
    expect(await json(['endpoint', 'list'])).toMatchObject({
      endpoints: [{ endpointId: id, url: consumer.url, types: ['statement.issued', 'month.closed'] }],
    });
    expect(await jobmeter(['endpoint', 'test', id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`delivered: ${consumer.url} answered 204`),
    });
    expect(receivedEvents(secret)).toMatchObject([{ type: 'endpoint.test', subject: id }]);
    const rotated = await json(['endpoint', 'rotate', id]);
    expect((await jobmeter(['endpoint', 'secret', id])).stdout.trim()).toBe(rotated.secret);
    await jobmeter(['endpoint', 'test', id]);
    for (const one of [secret, rotated.secret])
      expect(
        new Webhook(one).verify(consumer.received[1]?.body ?? '', consumer.received[1]?.headers ?? {}),
      ).toBeTruthy();
    expect(await jobmeter(['endpoint', 'remove', 'ep_unknown'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no endpoint ep_unknown: jobmeter endpoint list'),
    });
    answered = 503;
  });
});

test('close issues statements, once, and says what they bill by project and in total', async () => {
  const amounts = [
    { projectId: 'proj-1', statementId: expect.any(String), total: '0.03', unrated: 0, held: 0 },
  ];
  const billed = { month, total: '0.03', currency: 'EUR', amounts };
  expect(await json(['close', month])).toEqual({ closed: [{ ...billed, statements: 1 }] });
  expect(await json(['close', month])).toEqual({
    closed: [{ ...billed, statements: 0, alreadyClosed: true }],
  });
  expect((await jobmeter(['close', month])).stdout).toBe(
    `${month} was closed already: 1 statement, total 0.03 EUR\n` +
      'project   EUR  charges not billed yet\nproj-1   0.03\n',
  );
  const { code, stderr } = await jobmeter(['close', addMonths(month, 1)]);
  expect(code).toBe(1);
  expect(stderr).toContain('has not ended in UTC: it can be closed from');
});

describe('an endpoint that does not answer well', () => {
  test('has what waits for it shown with the reason, and tried again when it is asked for, until it takes it', async () => {
    const waiting = async () => (await json(['deliveries', '--failed'])).failing.length;
    // The statement, and that the month is closed.
    await expect.poll(waiting, LOOKS).toBe(2);
    expect((await jobmeter(['deliveries'])).stdout).toMatch(/2 topics not delivered:.*answered 503/s);
    // Asked for while every attempt fails: once the consumer answers well, the retries may be first.
    const redeliver = async () => (await jobmeter(['redeliver', endpoint.endpointId])).stdout;
    await expect.poll(redeliver, LOOKS).toContain('2 topics will be tried');
    answered = 204;
    await expect.poll(redeliver, LOOKS).toContain('nothing waits');
    expect(await waiting()).toBe(0);
    expect((await jobmeter(['redeliver'])).stdout).toBe('nothing waits: every event is delivered\n');
    expect((await jobmeter(['redeliver', 'provider'])).stdout).toContain('nothing waits');
    const delivered = receivedEvents(endpoint.secret).slice(-2);
    const statement = await json(['statement', 'proj-1', month]);
    expect(delivered.sort((a, b) => (String(a.type) < String(b.type) ? 1 : -1))).toMatchObject([
      {
        ...{ specversion: '1.0', type: 'statement.issued', source: 'urn:jobmeter:local', subject: month },
        data: {
          projectId: 'proj-1',
          month,
          statementId: statement.statementId,
          total: '0.03',
          digest: statement.digest,
        },
      },
      { type: 'month.closed', subject: month },
    ]);
    expect((await json(['deliveries'])).attempts.slice(0, 2)).toMatchObject([
      { status: 204 },
      { status: 204 },
    ]);
    expect(await jobmeter(['endpoint', 'remove', endpoint.endpointId])).toMatchObject({ code: 0 });
  });
});

describe('what was recorded is read as text, JSON and CSV', () => {
  const csv = async (...args: string[]) =>
    parse((await jobmeter([...args, '--csv'])).stdout, { columns: true }) as Record<string, string>[];
  const ofMonth = ['--month', month];

  test('the usage of a project, by line and by group', async () => {
    const { stdout } = await jobmeter(['usage', 'proj-1', ...ofMonth, '--by', 'status']);
    expect(stdout).toMatch(/\nDONE +60 +0\.03 +█+\ntotal 0\.03 EUR\n/);
    expect(await csv('usage', 'proj-1', ...ofMonth)).toMatchObject([
      { usageMonth: month, flavor: 'ai1-1-cpu', minutes: '60', amount: '0.03', currency: 'EUR' },
    ]);
  });

  test('a reader that has read enough ends a command without a word', async () => {
    const args = ['cli/jobmeter.ts', 'jobs', 'proj-1', ...ofMonth, '--csv'];
    const env = { ...process.env, ...ports };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [[code], errors] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    expect([code, errors]).toEqual([0, '']);
  });

  test('its jobs, in the order and status that is asked for', async () => {
    const { stdout } = await jobmeter(['jobs', 'proj-1', ...ofMonth]);
    expect(stdout).toMatch(
      /\njob-1 +DONE +\d{4}-\d\d-01 00:00:00 +\d{4}-\d\d-01 01:00:00 +ai1-1-cpu × 1 cpu +60 +0\.03\n/,
    );
    expect(await json(['jobs', 'proj-1', ...ofMonth, '--search', 'JOB'])).toMatchObject({
      jobs: [{ jobId: 'job-1', status: 'DONE', cost: '0.03' }],
    });
    expect(await csv('jobs', 'proj-1', ...ofMonth)).toMatchObject([{ jobId: 'job-1', status: 'DONE' }]);
    expect((await jobmeter(['jobs', 'proj-1', ...ofMonth, '--status', 'failed'])).stdout).toContain(
      'no such job',
    );
  });

  test('one job, with its charge and what was billed', async () => {
    const { stdout } = await jobmeter(['job', 'proj-1', 'job-1']);
    expect(stdout).toMatch(/1\. .+: 60 min × 1 cpu × 0\.03 EUR per hour ÷ 60 = 0\.03 EUR\n/);
    expect(stdout).toMatch(new RegExp(`${month} +usage of ${month} +60 +0\\.03\n`));
    expect(await json(['job', 'proj-1', 'job-1'])).toMatchObject({ billed: [{ month, amount: '0.03' }] });
    expect(await csv('job', 'proj-1', 'job-1')).toMatchObject([{ usageMonth: month, cost: '0.03' }]);
  });

  test('the projects of a month', async () => {
    expect((await jobmeter(['projects', ...ofMonth])).stdout).toMatch(/\n1 project, total 0\.03 EUR, /);
    expect(await csv('projects', ...ofMonth)).toMatchObject([{ projectId: 'proj-1', total: '0.03' }]);
  });

  test('what is held or has no price: nothing', async () => {
    expect((await jobmeter(['held'])).stdout).toBe('no job is held\n');
    expect((await jobmeter(['unrated'])).stdout).toBe('every job has a price\n');
    expect(await json(['unrated'])).toMatchObject({ jobs: [] });
    expect((await jobmeter(['unrated', '--csv'])).stdout).toBe(
      'jobId,projectId,since,minutes,flavor,waitsFor\r\n',
    );
  });

  test('a project or job that nobody knows is said to be unknown', async () => {
    const unknown = 'nothing was ever charged for a project porj-1';
    // It may not have begun: without usage it is an answer.
    for (const command of ['usage', 'jobs'])
      expect(await jobmeter([command, 'porj-1'])).toMatchObject({
        ...{ code: 0, stdout: expect.stringContaining(unknown) },
      });
    expect(await json(['jobs', 'porj-1'])).toMatchObject({ jobs: [], unknown: true });
    expect(await jobmeter(['job', 'porj-1', 'job-1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(unknown),
    });
    expect(await jobmeter(['statement', 'porj-1', month])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the project is not known, because nothing of it was ever charged'),
    });
    for (const [command = '', ...rest] of [['job'], ['retract', 'event-1', '--reason', 'sent by mistake']])
      expect(await jobmeter([command, 'proj-1', 'job-none', ...rest])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('`jobmeter jobs proj-1 --month <month> --search <part>` finds ids'),
      });
  });
});

test('tariffs are listed and published once', async () => {
  const { tariffs } = await json(['tariff', 'list']);
  expect(tariffs).toMatchObject([
    {
      effectiveFrom: '2023-02-14T00:00:00.000Z',
      maxRunning: 'P28D',
      maxSilence: 'P7D',
      prices: {
        'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
        'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
      },
    },
  ]);

  const tariff = JSON.parse(await readFile('tariffs/2023-02-14-running.json', 'utf8'));
  const file = join(tmpdir(), `tariff-${process.pid}.json`);
  await writeFile(
    file,
    JSON.stringify({ ...tariff, effectiveFrom: new Date(Date.now() + 7_200_000).toISOString() }),
  );
  expect(await json(['tariff', 'publish', file])).toMatchObject({ outcome: 'published', jobsSettled: 0 });
  expect(await json(['tariff', 'publish', file])).toMatchObject({ outcome: 'unchanged' });

  const prices = { x: { unit: 'gpu', pricePerHour: '1,93' }, y: { unit: 'tpu', pricePerHour: '1.93' } };
  await writeFile(file, JSON.stringify({ ...tariff, currency: 'JPY', prices }));
  const refused = await jobmeter(['tariff', 'publish', file]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('  prices.x.pricePerHour must be a decimal string');
  expect(refused.stderr).toContain('  prices.y.unit must be one of gpu, cpu, node');
});

test('a tariff that starts in the past needs an option, and settles jobs again', async () => {
  const file = 'tariffs/2026-01-27-pending-running.json';
  expect(await jobmeter(['tariff', 'publish', file])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('  effectiveFrom must be at least one hour ahead; --backdate'),
  });
  expect(await json(['tariff', 'publish', file, '--backdate'])).toMatchObject({
    outcome: 'published',
    jobsSettled: 232,
  });
});

describe('compare', () => {
  const { start } = calendar.month(month);
  const [running, pending] = ['tariffs/2023-02-14-running.json', '2026-01-27T00:00:00.000Z#1'];
  const compare = (...tariffs: string[]) => [
    'compare',
    '--month',
    month,
    ...tariffs.flatMap((tariff) => ['--tariff', tariff]),
  ];

  test('shows what the same jobs cost under a tariff file and a published tariff', async () => {
    const steps = [
      event('c-1', 'PENDING', start, 'job-waiting'),
      event('c-2', 'RUNNING', start + 20 * 60_000, 'job-waiting'),
      event('c-3', 'DONE', start + 60 * 60_000, 'job-waiting'),
    ];
    await jobmeter(['send', '-'], steps.join('\n'));
    // A CPU at 0.03 an hour: job-1 ran for an hour, job-waiting for 40 minutes after it had waited
    // for 20.
    const cost = (minutes: number, cost: string, difference = '0.00') => ({ minutes, cost, difference });
    expect(await json(compare(running, pending))).toMatchObject({
      month,
      timeZone: 'UTC',
      currency: 'EUR',
      tariffs: [
        { file: running, billableStatuses: ['RUNNING'], maxRunning: 'P28D' },
        { id: pending, billableStatuses: ['PENDING', 'RUNNING'] },
      ],
      projects: [
        {
          projectId: 'proj-1',
          costs: [cost(100, '0.05'), cost(120, '0.06', '0.01')],
          jobs: [
            { jobId: 'job-1', costs: [cost(60, '0.03'), cost(60, '0.03')] },
            { jobId: 'job-waiting', costs: [cost(40, '0.02'), cost(60, '0.03', '0.01')] },
          ],
        },
      ],
      total: [cost(100, '0.05'), cost(120, '0.06', '0.01')],
    });
    const { code, stdout } = await jobmeter(compare(running, pending));
    expect(code).toBe(0);
    expect(stdout).toMatch(/job-waiting +40 +0\.02 +60 +0\.03 +\+0\.01\n/);
  });

  test('reports in one line what is wrong with a tariff', async () => {
    expect(await jobmeter(compare(running))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: name at least two tariffs'),
    });
    expect(await jobmeter(compare(running, 'tariffs/none.json'))).toMatchObject({
      code: 1,
      stderr: 'jobmeter: there is no file tariffs/none.json\n',
    });
    expect(await jobmeter(compare(running, 'README.md'))).toMatchObject({
      code: 1,
      stderr: 'jobmeter: README.md is not JSON\n',
    });
    expect(await jobmeter(compare(running, '2026-01-27T00:00:00.000Z#9'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^jobmeter: no tariff 2026-01-27T00:00:00.000Z#9 is published: .+\n$/),
    });
  });
});

describe('tariff import', () => {
  const CATALOG = 'docs/examples/ovh-catalog.json';
  const importOvh = (...options: string[]) => ['tariff', 'import', 'ovh', CATALOG, ...options];

  test('makes a tariff of a catalogue that can be published as it is', async () => {
    const file = join(tmpdir(), `imported-${process.pid}.json`);
    expect(await jobmeter(importOvh('--subsidiary', 'FR', '--output', file))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /billed: PENDING, RUNNING, INTERRUPTING, TIMEOUT.+h100-1-gpu +3\.1000002 +gpu.+3 plans left out.+tariff publish/s,
      ),
    });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(await json(importOvh()));
    expect(await json(['tariff', 'publish', file, '--dry-run'])).toMatchObject({ outcome: 'dry run' });
    expect(await json(importOvh('--rule', '2023-02-14'))).toMatchObject({ billableStatuses: ['RUNNING'] });
  });

  test.each([
    [importOvh('--subsidiary', 'US'), 1, 'has the prices of FR, not of US: get those of GET /order/catalog'],
    [['tariff', 'import', 'ovh', 'docs/examples/ovh-jobs.json'], 1, 'locale is missing'],
    [['tariff', 'import', 'aws', CATALOG], 2, 'Allowed choices are ovh'],
  ])('%j is refused, with what to do', async (args, code, reason) => {
    expect(await jobmeter(args)).toMatchObject({ code, stderr: expect.stringContaining(reason) });
  });
});

test('a tariff that drops a flavor in use is shown and refused; a dry run publishes nothing', async () => {
  await jobmeter(['send', '-'], event('d-1', 'RUNNING', Date.now() - 90_000, 'job-runs'));
  const tariff = JSON.parse(await readFile('tariffs/2023-02-14-running.json', 'utf8'));
  const file = join(tmpdir(), `tariff-${process.pid}.json`);
  const effectiveFrom = new Date(Date.now() + 10_800_000).toISOString();
  const prices = { ...tariff.prices, 'ai2-h100': { unit: 'gpu', pricePerHour: '4.00' } };
  delete prices['ai1-1-cpu'];
  await writeFile(file, JSON.stringify({ ...tariff, name: 'a new flavor', effectiveFrom, prices }));
  const publish = (...options: string[]) => ['tariff', 'publish', file, ...options];

  const refused = await jobmeter(publish());
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('drop them with --drop ai1-1-cpu'),
  });
  // Jobs of the tests before have not ended either.
  expect(refused.stderr).toMatch(
    / {2}prices\.ai1-1-cpu is missing: \d+ jobs use it, 1 running, 0\.00 EUR not billed/,
  );
  expect(refused.stdout).toMatch(
    /\nai1-1-cpu +dropped +0\.03 per cpu +no price +\d+ jobs +1 +0\.03 +unrated/,
  );
  expect(refused.stdout).toMatch(/\nai2-h100 +added +no price +4 per gpu +0 jobs/);

  const dryRun = await json(publish('--drop', 'ai1-1-cpu', '--dry-run'));
  expect(dryRun).toMatchObject({ outcome: 'dry run', changes: { jobsSettled: 0, months: [] } });
  expect((await jobmeter(['tariff', 'list'])).stdout).not.toContain('a new flavor');

  const published = await jobmeter(publish('--drop', 'ai1-1-cpu'));
  expect(published).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${dryRun.tariff} published\n`),
  });
  const list = await jobmeter(['tariff', 'list']);
  expect(list.stdout).toMatch(
    /\na new flavor +scheduled, from [^\n]+ RUNNING +28 days +ai1-1-cpu +dropped\n/,
  );
  const { tariffs } = await json(['tariff', 'list']);
  expect(tariffs.at(-1)).toMatchObject({ name: 'a new flavor', state: 'scheduled', settled: true });
});

test('link prints an address that signs its reader in to one project', async () => {
  const { stdout } = await jobmeter(['link', '--project', 'proj-1', '--to', '#/projects/proj-1/2026-10']);
  const fragment = new URLSearchParams(new URL(stdout.trim()).hash.slice(1));
  expect(stdout).toMatch(new RegExp(`^http://localhost:${ports.PORT}/#token=`));
  expect(fragment.get('to')).toBe('/projects/proj-1/2026-10');
  const { exp = 0, iat = 0, projects } = decodeJwt(fragment.get('token') ?? '');
  expect([projects, exp - iat]).toEqual([['proj-1'], 15 * 60]);
  for (const wrong of [
    [],
    ['--project', 'proj-1', '--expires-in', 'PT2H'],
    ['--project', 'proj-1', '--to', '/x'],
  ])
    expect(await jobmeter(['link', ...wrong])).toMatchObject({ code: 2, stdout: '' });
});

test('token issues what the API takes', async () => {
  const { token } = await json(['token', '--project', 'proj-1', '--expires-in', '5m']);
  expect(decodeJwt(token)).toMatchObject({ projects: ['proj-1'], scope: 'usage:read' });
  const url = `http://localhost:${ports.PORT}`;
  const { body } = await readPath(url, '/v1/projects/proj-1/statements', { token });
  expect(body).toMatchObject({ statements: [{ month, total: '0.03' }] });
});

test('a budget is set, shown and removed, and a token for it sets it by the API', async () => {
  const set = (...args: string[]) => jobmeter(['budget', 'set', 'proj-1', 'monthly', ...args]);
  const options = ['--notify', '50%,80%', '--stop', '100%', '--stops', 'all'];
  const { code, stdout, stderr } = await set('--amount', '1000', ...options);
  expect({ code, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^monthly: made\nbudget monthly of proj-1 in (?:.*\n)+ *80% +spent +800\.00 +notify/,
    ),
  });
  expect((await set('--amount', '1000.00', ...options)).stdout).toContain('it was set so already');
  expect(await set('--amount', '1.005', '--notify', '80%')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^error: .*\n {2}--amount 1\.005 must have at most 2 digits after the point/,
    ),
  });
  expect((await jobmeter(['usage', 'proj-1'])).stdout).toMatch(/\n {2}monthly +0\.00 +1000\.00 +░+ 0%/);

  const scopes = ['usage:read', 'budgets:write'].flatMap((scope) => ['--scope', scope]);
  const issued = await json(['token', '--project', 'proj-1', ...scopes, '--subject', 'ana']);
  const path = '/v1/projects/proj-1/budgets/monthly';
  const body = { amount: '2000', thresholds: [{ at: '80%', on: 'spent', action: 'notify' }] };
  const changed = await writePath(`http://localhost:${ports.PORT}`, 'PUT', path, {
    token: issued.token,
    body,
  });
  expect(changed).toMatchObject({ status: 200, body: { amount: '2000.00' } });
  expect(await json(['budget', 'list', 'proj-1'])).toMatchObject({ budgets: [changed.body] });

  // The stage runs no schedules: what was set is due.
  expect((await jobmeter(['budget', 'check'])).stdout).toBe('1 project checked: proj-1\n');
  expect((await jobmeter(['budget', 'check', 'proj-none'])).stdout).toBe('no budget is due\n');

  const remove = () => jobmeter(['budget', 'remove', 'proj-1', 'monthly']);
  expect(await remove()).toMatchObject({ code: 0, stdout: 'monthly: removed\n' });
  expect(await remove()).toMatchObject({
    code: 1,
    stderr: 'jobmeter: the project proj-1 has no budget monthly\n',
  });
});

test('a token that changes something has a subject', async () => {
  const { code, stderr } = await jobmeter(['token', '--all', '--scope', 'budgets:write']);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--subject <name>') });
  expect(await jobmeter(['token', '--all', '--scope', 'budgets'])).toMatchObject({ code: 2 });
});

describe('a statement that was issued', () => {
  const readText = async (path: string) => {
    const { token } = await json(['token', '--project', 'proj-1']);
    const statement = `/v1/projects/proj-1/statements/${month}`;
    return (await readPath(`http://localhost:${ports.PORT}`, `${statement}${path}`, { token })).text;
  };
  const save = async (name: string, text: string) => {
    const file = join(tmpdir(), `${name}-${process.pid}.json`);
    await writeFile(file, text);
    return file;
  };

  test('is verified from its files, with no stack in reach', async () => {
    const [statement, charges] = [await readText(''), await readText('/charges')];
    const files = [await save('statement', statement), await save('charges', `\ufeff${charges}`)];
    const alone = { DYNAMODB_PORT: '1', AWS_REGION: undefined };
    const verified = await run('cli/jobmeter.ts', ['verify', ...files], alone);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(/✔ digest of 1 billed charge\n/);
    expect(verified.stdout).toMatch(/✔ total of 0\.03 EUR\n/);
    expect(verified.stdout).toMatch(/\neverything adds up\n$/);

    files[1] = await save('charges', charges.replace('"minutes":60', '"minutes":61'));
    const refuted = await run('cli/jobmeter.ts', ['verify', ...files], alone);
    expect(refuted).toMatchObject({ code: 1, stderr: '' });
    expect(refuted.stdout).toMatch(/✘ digest of 1 billed charge\n/);
    expect(refuted.stdout).toMatch(/job-1 from .+: minutes: expected 60, found 61\n/);

    files[1] = await save('charges', charges.replace('"minutes":60', '"minutes":-60'));
    const refused = await run('cli/jobmeter.ts', ['verify', ...files], alone);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^jobmeter: .+ is not as jobmeter answers\n {2}charges\[0\]\.minutes must be/,
    );
  });

  test('is rebuilt exactly from the table', async () => {
    expect(await json(['replay', month])).toEqual({
      month,
      closed: true,
      statements: 1,
      billedCharges: 1,
      differences: 0,
      findings: [],
    });
    const { code, stdout } = await jobmeter(['replay', month]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `✔ proj-1: rebuilt exactly from 1 billed charge\n1 statement of ${month} from 1 billed charge: rebuilt exactly\n`,
    );
  });

  test('is not there for a month that had nothing to bill or is not closed', async () => {
    expect((await jobmeter(['replay', addMonths(month, -1)])).stdout).toBe(
      `no statements of ${addMonths(month, -1)}: it was closed with nothing to bill\n`,
    );
    expect((await jobmeter(['replay', addMonths(month, 1)])).stdout).toContain('it is not closed yet');
    expect(await jobmeter(['replay', 'october'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be a month as YYYY-MM'),
    });
  });
});

describe('import', () => {
  const earlier = addMonths(month, -1);
  const sacct = [
    'JobID|State|Submit|Start|End|AllocTRES|Account|User',
    ...['ana', 'bob'].map(
      (user, day) =>
        `${day + 1}|COMPLETED|${earlier}-0${day + 3}T08:00:00|${earlier}-0${day + 3}T09:00:00|` +
        `${earlier}-0${day + 3}T1${day}:30:00|cpu=8,gres/gpu:ai1-1-gpu=2,node=1|vision|${user}`,
    ),
    `3|EXPLODED|${earlier}-05T08:00:00|${earlier}-05T09:00:00|${earlier}-05T10:00:00|cpu=8|vision|ana`,
  ].join('\n');
  const tariff = 'tariffs/2023-02-14-running.json';
  const alone = { DYNAMODB_PORT: '1', AWS_REGION: undefined };

  test('says what a month cost, by user, with no stack in reach', async () => {
    const dryRun = ['import', 'slurm', '-', '--dry-run'];
    const { code, stdout } = await run('cli/jobmeter.ts', [...dryRun, '--tariff', tariff], alone, sacct);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 11)).toEqual([
      'dry run: nothing is recorded',
      `4 lines read, 2 jobs, 6 events, from ${earlier}-03 08:00:00 to ${earlier}-04 11:30:00 UTC`,
      'times in the files are read as UTC: --time-zone names another',
      'prices from files: RUNNING only (2023-02-14); months in UTC',
      '',
      'month    project  user  minutes    EUR',
      `${earlier}  vision             240  15.44`,
      '                  bob       150   9.65',
      '                  ana        90   5.79',
      'not translated: 1',
      '  1 × State "EXPLODED" is not translated (line 4)',
    ]);
    const unpriced = await run('cli/jobmeter.ts', dryRun, alone, sacct);
    expect(unpriced.stdout).toContain('no prices: stage local cannot be reached. Name a tariff file');
    expect(unpriced.stdout).toContain('not in the total: 8 GPU hours of ai1-1-gpu have no price');
  });

  test('records it once, by the table or by the API, and its usage is what the dry run said', async () => {
    const { code, stdout } = await jobmeter(['import', 'slurm', '-', '--label', 'team=vision'], sacct);
    expect(code).toBe(1);
    expect(stdout).toContain('\n6 recorded, 0 known already, 0 known with other content\n');
    expect(stdout).toContain(`\n  jobmeter usage vision --month ${earlier} `);
    const url = `http://localhost:${ports.PORT}`;
    for (const to of [[], ['--url', url]])
      expect(await json(['import', 'slurm', '-', '--label', 'team=vision', ...to], sacct)).toMatchObject({
        ...{ records: 4, events: 6, recorded: 0, known: 6, conflicts: 0 },
        skipped: [{ count: 1, first: ['line 4'] }],
      });
    const old = await json(['import', 'slurm', '-', '--url', url], sacct.replaceAll(earlier, '2020-01'));
    expect(old.refused).toMatchObject([
      { count: 6, reason: expect.stringMatching(/400 days; without --url the table is written/) },
    ]);
    const { token } = await json(['token', '--project', 'vision']);
    const usage = async () =>
      (await readPath(url, `/v1/projects/vision/usage?month=${earlier}&groupBy=label:user`, { token })).body;
    await expect.poll(usage, LOOKS).toMatchObject({
      total: '15.44',
      groups: [
        { value: 'bob', minutes: 150, total: '9.65' },
        { value: 'ana', minutes: 90, total: '5.79' },
      ],
    });
  });

  test.each<[args: string[], error: string]>([
    [['slurm', 'jobs.txt', '--by', 'user'], '--tariff and --by are for --dry-run'],
    [['ovh', 'jobs.json'], 'nothing in the files of ovh names the project: --project <id>'],
    [['slurm', 'jobs.txt', '--project', 'a', '--project-from', 'Account'], 'cannot be used with'],
    [['slurm', 'jobs.txt', '--time-zone', '+01:00'], 'must be an IANA time zone'],
    [['slurm', 'jobs.txt', '--label', 'team'], 'must be key=value'],
    [['pbs', 'jobs.txt'], 'Allowed choices are batch, kubernetes, ovh, sagemaker, slurm'],
  ])('wrong use exits with 2 and says why: %j', async (args, error) => {
    expect(await jobmeter(['import', ...args])).toMatchObject({
      ...{ code: 2, stdout: '', stderr: expect.stringContaining(error) },
    });
  });
});

describe("a month is reconciled with the provider's bill", () => {
  const { start } = calendar.month(month);
  const iso = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
  /** Ran for 600 minutes, of which the log here has the start only: held after 7 days. */
  const jobs = [
    {
      id: 'job-ovh',
      spec: { region: 'GRA', labels: {}, resources: { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 } },
      status: {
        state: 'DONE',
        history: [
          { state: 'RUNNING', date: iso(0) },
          { state: 'DONE', date: iso(600) },
        ],
      },
    },
  ];
  const usage = (value: number, totalPrice: number) => {
    const components = [{ name: 'ai1-1-cpu', quantity: { unit: 'Minute', value }, totalPrice }];
    const period = { from: iso(0), to: new Date(calendar.month(month).end - 1000).toISOString() };
    const resourcesUsage = [{ type: 'ai-training', resources: [{ region: 'GRA', components }] }];
    return { id: 'u1', period, resourcesUsage };
  };
  const save = async (name: string, content: unknown) => {
    const file = join(tmpdir(), `jobmeter-${process.pid}-${name}.json`);
    await writeFile(file, JSON.stringify(content));
    return file;
  };
  const files = async (...figures: Parameters<typeof usage>) => [
    ...['reconcile', month, '--project', 'proj-ovh'],
    ...['--usage', await save('usage', usage(...figures)), '--jobs', await save('jobs', jobs)],
  ];

  test('from files: a stop that was lost is recorded, and then nothing differs', async () => {
    const lost = JSON.parse(event('start', 'RUNNING', start, 'job-ovh'));
    lost.data.projectId = 'proj-ovh';
    await jobmeter(['send', '-'], JSON.stringify(lost));
    const page = join(tmpdir(), `jobmeter-${process.pid}-reconciliation.html`);
    const args = [...(await files(600, 0.3)), '--record', '--save', '--output', page];
    const { code, stdout, stderr } = await jobmeter(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\n {2}held: -4\.74\n/);
    expect(stdout).toContain('1 event recorded, compared again');
    expect(stdout).toMatch(/\nThe provider bills as much as jobmeter counts, and nothing differs\.\n$/);
    expect(await readFile(page, 'utf8')).toContain('Reconciliation of proj-ovh');
  });

  test("from the provider's API: what stays unexplained exits with 1", async () => {
    const answers: Readonly<Record<string, unknown>> = {
      '/auth/time': Math.floor(Date.now() / 1000),
      '/cloud/project/p1/usage/history': [usage(0, 0)],
      '/cloud/project/p1/usage/history/u1': usage(1200, 0.6),
      '/cloud/project/p1/ai/job?page=1&size=200': jobs,
      '/cloud/project/p1/ai/job?page=2&size=200': [],
    };
    const provider = await listen(({ path }) => ({ json: answers[path.replace('/1.0', '')] }));
    const env = {
      ...{ OVH_PROJECTS: 'p1=proj-ovh', OVH_CREDENTIALS: 'key secret consumer' },
      ...{ OVH_API_URL: provider.url, NODE_EXTRA_CA_CERTS: provider.caFile },
    };
    const args = ['reconcile', month, '--project', 'proj-ovh', '--json'];
    const { code, stdout } = await run('cli/jobmeter.ts', args, { ...ports, ...env });
    await provider.close();
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: [
        {
          unexplained: { unitMinutes: 600, amount: '0.30' },
          hints: ['the 600 unexplained minutes are those of job job-ovh: billed twice?'],
        },
      ],
    });
  });

  test('what cannot be written or asked says what to do, without a stack trace', async () => {
    const missing = join(tmpdir(), `jobmeter-${process.pid}-missing`, 'page.html');
    const { code, stdout, stderr } = await jobmeter([...(await files(600, 0.3)), '--output', missing]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `jobmeter: ${missing} cannot be written: its folder does not exist: make it first\n`,
    });
    expect(stdout).toContain('nothing differs');
    const refused = await listen(({ path }) =>
      path.endsWith('/auth/time')
        ? { json: Math.floor(Date.now() / 1000) }
        : { status: 401, json: { errorCode: 'INVALID_CREDENTIAL', message: 'This credential is not valid' } },
    );
    const asked = await run('cli/jobmeter.ts', ['reconcile', month, '--project', 'proj-ovh'], {
      ...ports,
      ...{ OVH_PROJECTS: 'p1=proj-ovh', OVH_CREDENTIALS: 'key secret consumer' },
      ...{ OVH_API_URL: refused.url, NODE_EXTRA_CA_CERTS: refused.caFile },
    });
    await refused.close();
    expect(asked).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/This credential is not valid.*\n {2}check OVH_CREDENTIALS.*\n$/),
    });
  });

  test('without usage, or with a file that is none, it says what to give', async () => {
    const args = ['reconcile', month, '--project', 'proj-ovh'];
    expect(await jobmeter(args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--usage <file>, or set OVH_PROJECTS and OVH_CREDENTIALS'),
    });
    const wrong = await save('wrong', [{ id: 'u1' }]);
    expect(await jobmeter([...args, '--usage', wrong])).toMatchObject({
      code: 1,
      stderr: 'jobmeter: the usage is not as the provider describes it:\n  the usage must be an object\n',
    });
  });
});

test('redrive has nothing to do', async () => {
  expect(await json(['redrive'])).toEqual({ settled: [], failed: [] });
});

describe('log', () => {
  interface Log {
    readonly actions: readonly (Readonly<Record<'action' | 'target' | 'detail' | 'at', string>> & {
      readonly by: { readonly kind: string };
    })[];
    readonly more?: true;
  }

  test('has what was done by hand, the latest first, and nothing that came through the API', async () => {
    const { actions }: Log = await json(['log', '--limit', '1000']);
    expect(actions.map(({ at }) => at)).toEqual(
      actions
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    );
    expect(new Set(actions.map(({ by }) => by.kind))).toEqual(new Set(['local', 'token']));
    const done = new Set(actions.map(({ action }) => action));
    expect([...done]).toEqual(
      expect.arrayContaining([
        'budget.changed',
        'close.begun',
        'events.recorded',
        'import.begun',
        'import.ended',
        'tariff.published',
        'endpoint.added',
      ]),
    );
    const imports = actions.filter(({ action }) => action.startsWith('import'));
    // The first recorded six events, the second none; the third was posted to the API.
    expect(imports.map(({ action, target, detail }) => `${action} ${target}: ${detail}`).reverse()).toEqual([
      'import.begun standard input: slurm',
      'import.ended standard input: 6 events recorded, 0 known already, 0 in conflict, 0 refused',
      'import.begun standard input: slurm',
      'import.ended standard input: 0 events recorded, 6 known already, 0 in conflict, 0 refused',
    ]);
  });

  test('is cut and picked, and printed in the billing zone', async () => {
    const { actions, more }: Log = await json(['log', '--action', 'import.ended', '--limit', '1']);
    expect([actions.map(({ action }) => action), more]).toEqual([['import.ended'], true]);
    const { stdout } = await jobmeter(['log', '--limit', '2']);
    expect(stdout).toMatch(/^when \(UTC\) +who +what +project +of what\n/);
    expect(stdout).toContain('and more: see --limit and --month');
    expect((await jobmeter(['log', '--month', '2020-01'])).stdout).toBe('nothing is logged\n');
    expect(await jobmeter(['log', '--limit', '0'])).toMatchObject({ code: 2 });
    expect(await jobmeter(['log', '--action', 'import'])).toMatchObject({ code: 2 });
  });
});

describe('poll', () => {
  const polling = { OVH_PROJECTS: 'cloud-1=proj-polled', OVH_CREDENTIALS: 'key Secret8888 consumer' };

  test('needs projects, and says how they are set', async () => {
    expect(await jobmeter(['poll'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set OVH_PROJECTS and OVH_CREDENTIALS'),
    });
    const wrong = await run('cli/jobmeter.ts', ['poll'], {
      ...ports,
      ...polling,
      OVH_CREDENTIALS: 'Secret8888',
    });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('OVH_CREDENTIALS must be') });
    expect(wrong.stderr).not.toMatch(/Secret8888|\n {4}at /);
  });

  test("records the jobs of the provider's project, and names one that cannot be read", async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const job = jobOf(uuid(1), [
      ['RUNNING', ago(90)],
      ['DONE', ago(60)],
    ]);
    const provider = await listen(({ path }) => {
      if (path.endsWith('/auth/time')) return { json: Math.round(Date.now() / 1000) };
      return { json: path.includes('page=1&') && !path.includes('statusState') ? [job, { id: 'odd' }] : [] };
    });
    const reached = { OVH_API_URL: provider.url, NODE_EXTRA_CA_CERTS: provider.caFile };
    const env = { ...ports, ...polling, ...reached };
    const poll = (...args: string[]) => run('cli/jobmeter.ts', ['poll', ...args], env);
    try {
      expect(await poll('--project', 'proj-other')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('proj-other is not among the projects of OVH_PROJECTS'),
      });
      const { code, stdout } = await poll('--project', 'proj-polled');
      expect(code).toBe(1);
      expect(stdout).toMatch(/cloud-1 +proj-polled +2 +2 +done/);
      expect(stdout).toContain('odd of cloud-1: spec is missing');
      const { projects } = JSON.parse((await poll('--json')).stdout);
      expect(projects).toMatchObject([{ outcome: 'done', recorded: 0, lastSuccess: expect.any(String) }]);
    } finally {
      await provider.close();
    }
    const failed = await poll();
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/failed: https:.* cannot be reached \(ECONNREFUSED\)/);
    expect(await json(['job', 'proj-polled', uuid(1)])).toMatchObject({ status: 'DONE' });
  });
});

test('a table that cannot be reached is a clear error', async () => {
  const { code, stderr } = await run('cli/jobmeter.ts', ['close'], { ...ports, DYNAMODB_PORT: '1' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^jobmeter: the table cannot be reached \(.+\): is the stack running\?/);
});

test('the demo shows both examples of the product page and checks every figure', async () => {
  const clock = createTestClock(shortInstants(realNow())[0]);
  const { code, stdout, stderr } = await run('cli/jobmeter.ts', ['demo'], clock.environment);
  clock.remove();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const figure of ['14.40 EUR', '19.30 EUR', '33.70 EUR', 'product page prints 9.65'])
    expect(stdout).toContain(figure);
  expect(stdout).toMatch(/all \d+ figures are as worked out by hand\n$/);
});
