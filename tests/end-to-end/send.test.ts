import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REAL_TIME } from '../../cli/api-client.ts';
import { playDemo } from '../../cli/demo/run.ts';
import { freePorts } from '../../local/free-ports.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { run } from './programs.ts';
import { startSlowTable } from './slow-table.ts';
import { SECRETS, TOKEN_SECRET, testSettings } from './stack.ts';

let stack: Stack;
let table: Awaited<ReturnType<typeof startSlowTable>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobmeter-send-'));
  const settings = await testSettings();
  table = await startSlowTable(settings.dynamoDbPort);
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint };
  stack = await startStack({ ...settings, environment, onLog: () => {} });
});

afterAll(async () => {
  await stack?.stop();
  await table?.stop();
  await rm(folder, { recursive: true });
});

const env = () => ({ PORT: new URL(stack.url).port, WEBHOOK_SECRET: SECRETS[0], NO_COLOR: '1' });
const jobmeter = (args: readonly string[], input?: string) => run('cli/jobmeter.ts', args, env(), input);

const event = (id: string) =>
  JSON.stringify({
    specversion: '1.0',
    type: 'training.job.status',
    source: 'https://tests.example',
    id,
    subject: 'job-1',
    time: new Date().toISOString(),
    data: { projectId: 'proj-1', status: 'QUEUED' },
  });

const save = async (name: string, content: string | Buffer) => {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
};

describe('while the table is busy', () => {
  test('send waits with a message and succeeds once the table answers', async () => {
    table.shut();
    const child = spawn(process.execPath, ['cli/jobmeter.ts', 'send', '-'], {
      env: { ...process.env, ...env() },
    });
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      table.open();
    });
    child.stdin.end([event('patient-1'), event('patient-2')].join('\n'));
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '2 recorded, 0 known already, 0 in conflict, 0 refused\n',
    });
    expect(lines[0]).toBe(`${stack.url} answered 503, trying again for up to 60 s`);
    expect(table.turnedAway()).toBeGreaterThan(0);
  });

  test('the demo waits with its events, its close and its reads, and every figure is right', async () => {
    const shutBefore: string[] = [];
    let closes = 0;
    const shut = (step: string) => {
      if (shutBefore.includes(step)) return;
      shutBefore.push(step);
      table.shut();
    };
    /**
     * The table opens only when the demo says that it waits, so a step that does not wait fails.
     */
    const print = (line: string) => {
      if (line.includes('answered 503, trying again') || line.includes('close-month failed')) table.open();
      if (line.startsWith('every event twice')) shut('events');
      if (/^sent \d+ signed events/.test(line)) shut('close');
      if (line.startsWith('closed ')) closes += 1;
      if (closes === 2) shut('reads');
    };
    const settings = { webhookSecret: SECRETS[0], tokenSecret: TOKEN_SECRET };
    const { checks } = await playDemo({ stack, settings, print, realTime: REAL_TIME });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(shutBefore).toEqual(['events', 'close', 'reads']);
  });
});

describe('an address where jobmeter is not', () => {
  test('is reported after some seconds if nothing listens there', async () => {
    const [port] = await freePorts(1);
    const url = `http://localhost:${port}`;
    const { code, stdout, stderr } = await jobmeter(['send', '-', '--url', url], event('1'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/ cannot be reached \(.*ECONNREFUSED.*\), trying again for up to 3 s$/);
    expect(lines.at(-1)).toMatch(
      /^jobmeter: http:.+ cannot be reached \(.+\) after \d+ s of trying: is it running\?/,
    );
  });

  test('is reported if something else answers', async () => {
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>'));
    await once(server.listen(0, 'localhost'), 'listening');
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    try {
      const { code, stdout, stderr } = await jobmeter(['send', '-', '--url', url], event('1'));
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `jobmeter: ${url} answered 200 with text/html, and not as jobmeter does: check the address\n`,
      });
    } finally {
      server.close().closeAllConnections();
    }
  });
});

describe('a file as an editor saves it', () => {
  const marked = (content: string) => `\ufeff${content}`;
  const utf16 = (content: string) => Buffer.from(marked(content), 'utf16le');

  test('may begin with a byte order mark', async () => {
    const file = await save('marked.jsonl', marked(`${event('marked-1')}\r\n${event('marked-2')}\r\n`));
    expect(await jobmeter(['send', file])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^2 recorded, /),
    });
    const { stdout } = await jobmeter(['send', '-'], marked(event('marked-3')));
    expect(stdout).toMatch(/^1 recorded, /);
    const tariff = await save('marked.json', marked('{"name":"a tariff"}'));
    expect(await jobmeter(['tariff', 'publish', tariff])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('prices is missing'),
    });
    const charges = await save('charges.json', marked('{"jobId":"job-1"}'));
    expect(await jobmeter(['verify', charges])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not as jobmeter answers'),
    });
  });

  test('is refused if it is UTF-16, no UTF-8, a directory or not there', async () => {
    const latin1 = await save('latin-1.json', Buffer.from('{"name":"caf\u00e9"}', 'latin1'));
    const file = await save('utf-16.json', utf16('{}'));
    const refusals: readonly (readonly [args: readonly string[], message: string])[] = [
      [['send', file], `${file} is UTF-16: save it as UTF-8`],
      [['verify', file], `${file} is UTF-16: save it as UTF-8`],
      [['tariff', 'publish', file], `${file} is UTF-16: save it as UTF-8`],
      [['send', latin1], `${latin1} is not UTF-8: save it as UTF-8`],
      [['send', folder], `${folder} is a directory, not a file`],
      [['send', join(folder, 'none')], `there is no file ${join(folder, 'none')}`],
    ];
    for (const [args, message] of refusals)
      expect(await jobmeter(args)).toEqual({ code: 1, stdout: '', stderr: `jobmeter: ${message}\n` });
  });

  test('is refused from standard input too', async () => {
    const child = spawn(process.execPath, ['cli/jobmeter.ts', 'send', '-'], {
      env: { ...process.env, ...env() },
    });
    child.stdin.end(utf16(event('1')));
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'jobmeter: standard input is UTF-16: save it as UTF-8\n',
    });
  });
});
