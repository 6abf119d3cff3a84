import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { createCalendar } from '../../lib/billing/months.ts';
import { assertPortFree } from '../../local/child.ts';
import { shortInstants } from '../clock/instants.ts';
import { createTestClock, realNow } from '../clock/test-clock.ts';
import { freeStackPorts, type RunningStack, run, startProgram } from './programs.ts';
import { CPU, eventsOf } from './story.ts';

const stacks: RunningStack[] = [];
const start = async (env: Record<string, string | undefined>) => {
  const stack = await startProgram(env);
  stacks.push(stack);
  return stack;
};

afterEach(async () => {
  for (const { child, ended } of stacks.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
});

const childrenOf = ({ child }: RunningStack) =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) =>
      match?.[2] === String(child.pid) ? [{ pid: Number(match[1]), args: match[3] ?? '' }] : [],
    );

describe('npm start', () => {
  test('explains itself, and starts nothing that was not asked for', async () => {
    const help = await run('local/start.ts', ['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of Object.keys(await freeStackPorts())) expect(help.stdout).toContain(name);
    for (const wrong of ['--prot', '3001'])
      expect(await run('local/start.ts', [wrong])).toMatchObject({
        ...{ code: 2, stdout: '', stderr: expect.stringContaining(wrong) },
      });
  });

  test('a taken port gives one clear line', async () => {
    const ports = await freeStackPorts();
    const occupant = createServer().listen(Number(ports.DYNAMODB_PORT));
    await once(occupant, 'listening');
    const stack = await start(ports);
    expect(await stack.ended).toBe(1);
    expect(stack.lines.at(-1)).toBe(
      `port ${ports.DYNAMODB_PORT} is taken (DYNAMODB_PORT): stop what uses it or choose another`,
    );
    await once(occupant.close(), 'close');
  });

  test('a machine without Java gets a message what to install', async () => {
    const stack = await start({ ...(await freeStackPorts()), PATH: '' });
    expect(await stack.ended).toBe(1);
    expect(stack.lines.at(-1)).toMatch(/^Java 17 or newer is needed and `java` was not found: install/);
  });

  test.each([
    [
      {
        ...{ WEBHOOK_SECRET: 'whsec_!!!!', TOKEN_SECRET: 'too short', BILLING_TIME_ZONE: 'Mars/Olympus' },
        CLOSE_AFTER: '6',
      },
      [
        'WEBHOOK_SECRET must be whsec_<base64 of 24 to 64 bytes>, several separated by white space',
        'BILLING_TIME_ZONE must be an IANA time zone',
        'TOKEN_SECRET must be at least 32 characters, or TOKEN_JWKS_URL must be set',
        'CLOSE_AFTER must be a duration from 0s to 20d, like 6h or PT6H',
      ],
    ],
    [{ SCHEDULES: 'yes' }, ['SCHEDULES must be on or off, not "yes"']],
  ])('settings that are refused end the start with one clear line: %j', async (env, problems) => {
    const stack = await start({ ...(await freeStackPorts()), ...env });
    expect(await stack.ended).toBe(1);
    expect(stack.lines.at(-1)).toBe(`The environment cannot be used: ${problems.join('; ')}`);
    expect(stack.lines.join('\n')).not.toContain('jobmeter ready');
    expect(stack.lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
  });

  test('a function that cannot be loaded ends the start with one clear line', async () => {
    const breaking = `export const load = (url, context, next) => {
      if (url.includes('functions/get-usage.ts')) throw new Error('broken on purpose');
      return next(url, context);
    };`;
    const hooks = `data:text/javascript,${encodeURIComponent(breaking)}`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
    const stack = await start({
      ...(await freeStackPorts()),
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=data:text/javascript,${encodeURIComponent(register)}`,
    });
    expect(await stack.ended).toBe(1);
    expect(stack.lines.at(-1)).toBe('get-usage cannot be loaded: broken on purpose');
  });

  test('runs no schedule, or with SCHEDULES=on all of them in any zone, and lists them', async () => {
    const [{ at }] = shortInstants(realNow());
    const clock = createTestClock({ at: at - 10_000, timeZone: 'Asia/Tokyo' });
    const calendar = createCalendar('UTC');
    const ended = calendar.monthOf(calendar.monthOf(at).start - 1);
    onTestFinished(clock.remove);
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'jobmeter-'));
    const env = { ...(await freeStackPorts()), ...clock.environment, DATA_DIR, CLOSE_AFTER: 'PT0S' };
    const openMonths = async () =>
      JSON.parse((await run('cli/jobmeter.ts', ['close', '--progress', '--json'], env)).stdout).month;

    const quiet = await start(env);
    expect(quiet.lines.slice(0, 3).join('\n')).toContain(
      'no schedules run that close, audit or check budgets',
    );
    const events = eventsOf('job-1', 'proj-1', CPU, [
      ['RUNNING', new Date(ended.start).toISOString()],
      ['DONE', new Date(ended.end).toISOString()],
    ]);
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect(await run('cli/jobmeter.ts', ['send', '-'], env, lines)).toMatchObject({ code: 0 });
    await expect.poll(openMonths, { timeout: 30_000, interval: 500 }).toBe(ended.id);
    // A minute has begun, and nothing has closed the month.
    if (clock.now() < at) clock.moveTo(at - 1_000);
    await expect.poll(() => clock.now(), { timeout: 30_000 }).toBeGreaterThan(at + 5_000);
    expect(await openMonths()).toBe(ended.id);
    quiet.child.kill('SIGINT');
    await quiet.ended;

    // A few seconds before a minute begins.
    clock.moveTo(at - 10_000);
    const busy = await start({ ...env, SCHEDULES: 'on', CLOSE_AFTER: 'PT0S' });
    expect(busy.lines.slice(0, 3).join('\n')).toContain('schedules run as deployed, in UTC');
    // Each look is a process: fewer leave the processor to the stack.
    await expect.poll(openMonths, { timeout: 90_000, interval: 1_000 }).toBeUndefined();
    await rm(DATA_DIR, { recursive: true });
  });

  test('reports when it serves, Ctrl-C leaves nothing running, DATA_DIR keeps tables, a crash ends all', async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'jobmeter-'));
    const ports = await freeStackPorts();
    const env = { ...ports, DATA_DIR, BILLING_TIME_ZONE: 'Europe/Paris' };
    const event = {
      specversion: '1.0',
      type: 'training.job.status',
      source: 'https://tests.example',
      id: '1',
      subject: 'job-1',
      time: new Date().toISOString(),
      data: { projectId: 'proj-1', status: 'QUEUED' },
    };
    const send = () => run('cli/jobmeter.ts', ['send', '-', '--json'], env, JSON.stringify(event));

    const first = await start(env);
    expect(first.lines).toContain(`jobmeter ready http://localhost:${ports.PORT}`);
    expect(childrenOf(first)).toHaveLength(2);
    const answered = (outcome: string) => ({ results: [{ line: 1, id: '1', outcome }], refusals: [] });
    expect(JSON.parse((await send()).stdout)).toEqual(answered('recorded'));
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    for (const [setting, port] of Object.entries(ports))
      await expect(assertPortFree(Number(port), setting)).resolves.toBeUndefined();

    const other = await start({ ...env, BILLING_TIME_ZONE: 'UTC' });
    expect(await other.ended).toBe(1);
    expect(other.lines.at(-1)).toMatch(/BILLING_TIME_ZONE=Europe\/Paris and cannot be used with UTC/);

    const again = await start(env);
    expect(JSON.parse((await send()).stdout)).toEqual(answered('duplicate'));

    // A crashed part ends the rest.
    const database = childrenOf(again).find(({ args }) => args.includes('DynamoDBLocal'));
    expect(database).toBeDefined();
    if (database) process.kill(database.pid, 'SIGKILL');
    expect(await again.ended).toBe(1);
    expect(again.lines.at(-1)).toMatch(/^DynamoDB Local stopped unexpectedly: /);
    expect(childrenOf(again)).toEqual([]);
    await rm(DATA_DIR, { recursive: true });
  });
});
