import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../lib/http/openapi/document.ts';
import { ORIGIN } from '../../lib/http/origin.ts';
import { type Answered, complaintAbout } from './contract.ts';
import { run, runProgram } from './programs.ts';
import { SECRETS, startTestStack, type TestStack, tokenFor, writePath } from './stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => {
  await stack?.stop();
});

test('the OpenAPI document is public, and may be cached for a while', async () => {
  const { status, headers, body } = await stack.get('/v1/openapi.json', undefined);
  expect(status).toBe(200);
  expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument()).replaceAll(ORIGIN, stack.url)));
  expect(headers.get('cache-control')).toBe('public, max-age=300');
});

test('the reference page is public, under a policy of its own', async () => {
  const { status, headers, text } = await stack.get('/v1/docs', undefined);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  expect(text).toContain('<title>jobmeter API reference</title>');
  expect(text).toContain(`curl ${stack.url}/v1/openapi.json`);
  expect(text).not.toContain('.invalid');
});

describe('the examples of the documentation', () => {
  const environment = async () => ({
    JOBMETER_URL: stack.url,
    WEBHOOK_SECRET: SECRETS[0],
    TOKEN: await tokenFor(['proj-1']),
  });

  test.each([
    ['curl', 'bash', 'docs/examples/first-event.sh'],
    ['TypeScript', process.execPath, 'docs/examples/first-event.ts'],
  ])('send an event and read the usage with %s', async (_, program, file) => {
    const { code, stdout, stderr } = await runProgram(program, [file], await environment());
    expect(code, stderr).toBe(0);
    const [sent = '', read = ''] = stdout.trim().split('\n');
    expect(JSON.parse(sent)).toEqual({ results: [{ id: expect.any(String), outcome: 'recorded' }] });
    expect(JSON.parse(read)).toMatchObject({ projectId: 'proj-1', currency: 'EUR' });
    expect(JSON.parse(read).running.count).toBeGreaterThan(0);
  });

  test('in TypeScript send nothing without a token to read with', async () => {
    const file = 'docs/examples/first-event.ts';
    const { code, stdout, stderr } = await run(file, [], { ...(await environment()), TOKEN: undefined });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('set TOKEN');
  });

  test('read a month with types that are made from the document of the stage', async () => {
    const example = resolve('docs/examples/typed-client');
    const folder = await mkdtemp(join(tmpdir(), 'typed-client-'));
    const [typesProgram, tsc] = [`${example}/node_modules/.bin/openapi-typescript`, 'node_modules/.bin/tsc'];
    try {
      for (const file of ['jobmeter.ts', 'read-month.ts', 'package.json', 'tsconfig.json'])
        await copyFile(join(example, file), join(folder, file));
      await symlink(resolve('node_modules'), join(folder, 'node_modules'));
      const types = ['--output', join(folder, 'jobmeter-api.d.ts')];
      const made = await runProgram(typesProgram, [`${stack.url}/v1/openapi.json`, ...types]);
      expect(made.code, made.stderr).toBe(0);

      const mistaken = `import { createJobmeter } from './jobmeter.ts';
        const api = createJobmeter('', '');
        await api.GET('/v1/invoices');
        await api.GET('/v1/projects/{projectId}/usage', { params: { path: {} } });
        (await api.GET('/v1/projects')).data?.total;`;
      await writeFile(join(folder, 'mistaken.ts'), mistaken);
      const found = await runProgram(tsc, ['-p', folder]);
      expect([...found.stdout.matchAll(/(\S+\.ts)\(\d+/g)].map(([, file]) => basename(file ?? ''))).toEqual(
        Array(3).fill('mistaken.ts'),
      );
      await rm(join(folder, 'mistaken.ts'));
      const checked = await runProgram(tsc, ['-p', folder]);
      expect(checked.code, checked.stdout).toBe(0);

      const token = await tokenFor(['proj-1'], { scope: 'budgets:write', sub: 'ana' });
      const body = { amount: '1000', thresholds: [{ at: '100%', on: 'spent', action: 'notify' }] };
      await writePath(stack.url, 'PUT', '/v1/projects/proj-1/budgets/monthly', { token, body });
      const { code, stdout, stderr } = await runProgram(
        process.execPath,
        [join(folder, 'read-month.ts')],
        await environment(),
      );
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(
        /^\d{4}-\d\d: \d+\.\d\d EUR\n {2}ai1-1-gpu: \d+ min, .*\nbudget .*\n {2}job-.*: .* EUR\n/,
      );
      expect(stdout).toMatch(/\nbudget monthly: \d+\.\d\d of 1000\.00 EUR, 0 thresholds crossed\n/);
      expect(stdout).toContain(`: ${stack.url}/#token=`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('send an event as docs/api.md says', async () => {
    const api = await readFile('docs/api.md', 'utf8');
    const [, block = ''] = /## Send events.*?```sh\n(.*?)```/s.exec(api) ?? [];
    const commands = block
      .replace(/^secret=.*$/m, `secret=${SECRETS[0]}`)
      .replace('http://localhost:3000', stack.url);
    const folder = await mkdtemp(join(tmpdir(), 'first-event-'));
    try {
      const { stdout, stderr } = await runProgram('bash', ['-c', `cd "$0"\n${commands}`, folder]);
      expect(JSON.parse(stdout), stderr).toMatchObject({ results: [{ outcome: 'recorded' }] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an answer that is not as documented', () => {
  const answered = (status: number, contentType: string, text: string): Answered => ({
    status,
    header: (name) => (name === 'content-type' ? contentType : null),
    text,
  });
  const path = '/v1/projects?month=2026-10';
  const page = { month: '2026-10', projects: ['proj-1'] };
  const json = (body: object, status = 200) => answered(status, 'application/json', JSON.stringify(body));

  test('is distinguished from one that is', () => {
    expect(complaintAbout('GET', path, json(page))).toBeUndefined();
    expect(complaintAbout('GET', path, json({ ...page, next: 'abc' }))).toBeUndefined();
    expect(complaintAbout('GET', '/v1/invoices', answered(404, 'text/plain', ''))).toBeUndefined();
  });

  test.each<[name: string, method: string, path: string, answer: Answered, complaint: string]>([
    ['a member too many', 'GET', path, json({ ...page, total: 1 }), 'must NOT have additional properties'],
    [
      'a member of another name',
      'GET',
      path,
      json({ month: page.month, ids: [] }),
      "required property 'projects'",
    ],
    ['a member of another type', 'GET', path, json({ ...page, projects: [1] }), 'must be string'],
    ['a month that is none', 'GET', path, json({ ...page, month: 'October' }), 'must match pattern'],
    ['another media type', 'GET', path, answered(200, 'text/plain', ''), 'text/plain is not documented'],
    ['another status', 'GET', path, json(page, 201), 'the status 201 is not documented'],
    [
      'a problem under another status',
      'GET',
      path,
      answered(422, 'application/problem+json', '{}'),
      'required',
    ],
    ['a header that is missing', 'GET', path, answered(503, 'application/problem+json', '{}'), 'retry-after'],
    ['an operation there is not', 'POST', path, json(page), 'there is no such operation'],
    ['a path there is not', 'GET', '/v1/invoices', json(page), 'there is no such operation'],
  ])('is found: %s', (_, method, asked, answer, complaint) => {
    expect(complaintAbout(method, asked, answer)).toContain(complaint);
  });
});
