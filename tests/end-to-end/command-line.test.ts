import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import { freeStackPorts, type RunningStack, run, startProgram } from './programs.ts';

const calendar = createCalendar('UTC');
const month = addMonths(calendar.monthOf(Date.now()).id, -1);

let ports: Record<string, string | undefined>;
let stack: RunningStack;
const jobmeter = (args: readonly string[], input?: string) => run('cli/jobmeter.ts', args, ports, input);
const json = async (args: readonly string[], input?: string) =>
  JSON.parse((await jobmeter([...args, '--json'], input)).stdout);

beforeAll(async () => {
  ports = await freeStackPorts();
  stack = await startProgram(ports);
});

afterAll(async () => {
  stack.child.kill('SIGTERM');
  await stack.ended;
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
  for (const word of ['demo', 'send', 'close', 'tariff', 'token', 'redrive', 'Exit codes'])
    expect(stdout).toContain(word);
});

test('wrong use exits with 2 and says what is possible', async () => {
  expect(await jobmeter(['frobnicate'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('unknown command'),
  });
  expect(await jobmeter(['token'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--project <id>'),
  });
  expect(await jobmeter(['token', '--project', 'a b'])).toMatchObject({ code: 2 });
  expect(await jobmeter(['demo', '--stage', 'prod'])).toMatchObject({ code: 2 });
});

describe('send', () => {
  const { start } = calendar.month(month);
  const lines = [event('1', 'RUNNING', start), event('2', 'DONE', start + 3_600_000)];

  test('signs and posts events; sending them again changes nothing', async () => {
    expect((await jobmeter(['send', '-'], lines.join('\n'))).stdout).toBe(
      '2 recorded, 0 known already, 0 in conflict\n',
    );
    expect((await jobmeter(['send', '-'], lines.join('\n'))).stdout).toBe(
      '0 recorded, 2 known already, 0 in conflict\n',
    );
  });

  test('more events than one request takes are sent in several', async () => {
    const many = Array.from({ length: 230 }, (_, index) =>
      event(`many-${index}`, 'QUEUED', start, `job-${index + 2}`),
    );
    const { results } = await json(['send', '-'], many.join('\n'));
    expect(results).toHaveLength(230);
  });

  test('an invalid event is named by its place and field, and nothing of its batch is recorded', async () => {
    const { code, stderr } = await jobmeter(
      ['send', '-'],
      [...lines, event('3', 'SLEEPING', start)].join('\n'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('event 3 /data/status: must be one of');
  });

  test('an invalid event after the first hundred leaves those recorded, and the error says so', async () => {
    const early = Array.from({ length: 100 }, (_, index) =>
      event(`early-${index}`, 'QUEUED', start, 'job-early'),
    );
    const { code, stderr } = await jobmeter(
      ['send', '-'],
      [...early, event('late', 'SLEEPING', start, 'job-early')].join('\n'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain(
      '422: events 101 to 101 were refused and not recorded; the 100 before them were recorded',
    );
    expect(stderr).toContain('event 101 /data/status: must be one of');
  });

  test('a line that is not JSON is named before anything is sent', async () => {
    const { code, stderr } = await jobmeter(['send', '-'], `${lines[0]}\n{`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'jobmeter: line 2 is not JSON; nothing was sent\n' });
  });

  test('a conflict is told and exits with 1', async () => {
    const { code, stdout } = await jobmeter(['send', '-'], event('2', 'FAILED', start + 3_600_000));
    expect(code).toBe(1);
    expect(stdout).toContain('2: recorded before with other content');
  });

  test('an API that does not answer is a clear error', async () => {
    const { code, stderr } = await jobmeter(['send', '-', '--url', 'http://localhost:1'], lines[0]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^jobmeter: http:\/\/localhost:1 cannot be reached \(.+\): is it running\?/);
  });
});

test('close issues statements, once', async () => {
  expect(await json(['close', month])).toEqual({ closed: [{ month, statements: 1 }] });
  expect(await json(['close', month])).toEqual({ closed: [{ month, statements: 0, alreadyClosed: true }] });
  const { code, stderr } = await jobmeter(['close', addMonths(month, 1)]);
  expect(code).toBe(1);
  expect(stderr).toContain('has not ended in UTC: it can be closed from');
});

test('tariffs are listed and published once', async () => {
  const { tariffs } = await json(['tariff', 'list']);
  expect(tariffs).toMatchObject([
    { effectiveFrom: '2023-02-14T00:00:00.000Z', pricePerHour: { 'ai1-1-gpu': '1.93' } },
  ]);

  const tariff = JSON.parse(await readFile('tariffs/2023-02-14-running.json', 'utf8'));
  const file = join(tmpdir(), `tariff-${process.pid}.json`);
  await writeFile(
    file,
    JSON.stringify({ ...tariff, effectiveFrom: new Date(Date.now() + 7_200_000).toISOString() }),
  );
  expect(await json(['tariff', 'publish', file])).toMatchObject({ outcome: 'published', jobsSettled: 0 });
  expect(await json(['tariff', 'publish', file])).toMatchObject({ outcome: 'unchanged' });

  await writeFile(file, JSON.stringify({ ...tariff, currency: 'JPY', pricePerHour: { x: '1,93' } }));
  const refused = await jobmeter(['tariff', 'publish', file]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('/pricePerHour/x: must be a decimal string');
});

test('a tariff that starts in the past has to be asked for, and settles jobs again', async () => {
  const file = 'tariffs/2026-01-27-pending-running.json';
  expect(await jobmeter(['tariff', 'publish', file])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/effectiveFrom: must be at least one hour ahead; --backdate'),
  });
  expect(await json(['tariff', 'publish', file, '--backdate'])).toMatchObject({
    outcome: 'published',
    jobsSettled: 232,
  });
});

test('token issues what the API takes', async () => {
  const { token } = await json(['token', '--project', 'proj-1', '--expires-in', 'PT5M']);
  expect(decodeJwt(token)).toMatchObject({ projects: ['proj-1'], scope: 'usage:read' });
  const response = await fetch(`http://localhost:${ports.PORT}/v1/projects/proj-1/statements`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await response.json()).toMatchObject({ statements: [{ month, total: '0.03' }] });
});

test('redrive has nothing to do', async () => {
  expect(await json(['redrive'])).toEqual({ settled: [], failed: [] });
});

test('a table that cannot be reached is a clear error', async () => {
  const { code, stderr } = await run('cli/jobmeter.ts', ['close'], { ...ports, DYNAMODB_PORT: '1' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^jobmeter: the table cannot be reached \(.+\): is the stack running\?/);
});

test('the demo shows both examples of the product page and checks every figure', async () => {
  const { code, stdout, stderr } = await run('cli/jobmeter.ts', ['demo']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const figure of ['14.40 EUR', '19.30 EUR', '33.70 EUR', 'product page prints 9.65'])
    expect(stdout).toContain(figure);
  expect(stdout).toMatch(/all \d+ figures are as worked out by hand\n$/);
});
