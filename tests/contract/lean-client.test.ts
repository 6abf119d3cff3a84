import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

const { leanClient } = (await import(new URL('../../deploy/lean-client.js', import.meta.url).href)) as {
  readonly leanClient: Plugin;
};

/** Bundles `entry` in a directory that has these files. */
const bundle = async (entry: string, files: Readonly<Record<string, string>>) => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-lean-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const stdin = { contents: entry, resolveDir: directory };
  return build({ stdin, bundle: true, write: false, logLevel: 'silent', plugins: [leanClient] });
};

test('an update of the client that has moved a part fails the bundling, and names what is missing', async () => {
  const client = '@aws-sdk/client-dynamodb/dist-es/DynamoDBClient.js';
  const bundling = bundle(`import '${client}';`, { [`node_modules/${client}`]: 'export default 1;' });
  await expect(bundling).rejects.toThrow('there is no @aws-sdk/credential-provider-node/dist-es/index.js');
});

test('what has no client of DynamoDB is bundled as it is', async () => {
  const { outputFiles } = await bundle('console.log("no client");', {});
  expect(outputFiles[0]?.text).toContain('no client');
});
