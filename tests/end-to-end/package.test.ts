import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './programs.ts';

const NO_AWS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined };

test('serverless package makes one small bundle a function, without credentials', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-package-'));
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const { code, stderr } = await run(serverless, ['package', '--package', directory], NO_AWS);
  expect(code, stderr).toBe(0);

  const functions = (await readdir('functions')).map((file) => file.replace('.ts', ''));
  const zips = (await readdir(directory)).filter((file) => file.endsWith('.zip'));
  expect(zips.sort()).toEqual(functions.map((name) => `${name}.zip`).sort());
  for (const zip of zips) expect((await stat(join(directory, zip))).size).toBeLessThan(500_000);

  const template = await readFile(join(directory, 'cloudformation-template-update-stack.json'), 'utf8');
  const { Resources } = JSON.parse(template);
  expect(Resources.SettleDashjobsEventSourceMappingDynamodbJobmeterTable.Properties).toMatchObject({
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    FilterCriteria: { Filters: [{ Pattern: expect.stringContaining('EVENT#') }] },
  });
  expect(template).not.toMatch(/whsec_|jobmeter-local-token-secret/);
  await rm(directory, { recursive: true });
});
