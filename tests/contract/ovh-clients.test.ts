import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, globalAgent } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { expect, onTestFinished, test } from 'vitest';
import { endpointAt, type OvhCredentials } from '../../lib/provider/ovh-access.ts';
import { createOvhClient } from '../../lib/provider/ovh-client.ts';
import { type OvhStandInOptions, startOvhStandIn } from '../../local/ovh-stand-in/server.ts';
import { randomJob } from '../../simulation/lost-events/random-job.ts';
import { createRandom } from '../../simulation/random.ts';
import { CREDENTIALS, RULE } from './ovh-caller.ts';

/** The provider's own client, which has no types. */
const createTheirClient: (options: object) => {
  requestPromised(method: string, path: string, parameters?: object): Promise<unknown>;
} = createRequire(import.meta.url)('@ovhcloud/node-ovh');

const at = (text: string) => Date.parse(text);

const random = createRandom(1);
const JOBS = Array.from({ length: 5 }, () =>
  randomJob(random, ['p1'], [at('2026-10-01T00:00:00Z'), at('2026-10-02T00:00:00Z')]),
);
/** A clock that differs from the one of this machine. */
const now = () => at('2026-11-20T12:00:00Z');

const start = async (protocol: NonNullable<OvhStandInOptions['protocol']>) => {
  const standIn = await startOvhStandIn({ rule: RULE, credentials: CREDENTIALS, jobs: JOBS, now, protocol });
  onTestFinished(() => standIn.close());
  return standIn;
};

/** For the rest of the test. */
const trust = (certificate: string) => {
  const { ca } = globalAgent.options;
  globalAgent.options.ca = certificate;
  onTestFinished(() => {
    globalAgent.options.ca = ca;
  });
};

test("the provider's own client reads the stand-in, signed and over HTTPS", async () => {
  const { port, caFile = '', failNext } = await start('https');
  trust(readFileSync(caFile, 'utf8'));
  const { applicationKey: appKey, applicationSecret: appSecret, consumerKey } = CREDENTIALS;
  const client = createTheirClient({ ...{ host: 'localhost', port, appKey, appSecret }, consumerKey });
  const jobs = await client.requestPromised('GET', '/cloud/project/p1/ai/job', { page: 1, size: 3 });
  expect(jobs).toHaveLength(3);
  failNext({ status: 503 });
  await expect(client.requestPromised('GET', '/cloud/project/p1/ai/job')).rejects.toMatchObject({
    error: 503,
  });
  const stranger = createTheirClient({ ...{ host: 'localhost', port, appKey, appSecret: 'x' }, consumerKey });
  await expect(stranger.requestPromised('GET', '/cloud/project/p1/ai/job')).rejects.toEqual({
    ...{ error: 400, message: 'Invalid signature' },
  });
});

/** An API that answers with a job whose name is cut within a character, at the border of two parts. */
const startSplitting = async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const body = Buffer.from(JSON.stringify([{ name: 'é' }]));
  const middle = body.indexOf(Buffer.from('é')) + 1;
  const server = createServer({ key, cert }, ({ url }, response) => {
    if (url?.endsWith('/auth/time')) return response.end(String(Math.floor(Date.now() / 1000)));
    response.flushHeaders();
    return response.write(body.subarray(0, middle), () =>
      setImmediate(() => response.end(body.subarray(middle))),
    );
  });
  await once(server.listen(0, 'localhost'), 'listening');
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return { cert, port: (server.address() as AddressInfo).port };
};

test('why not their client: it breaks a character that is divided by two parts of an answer', async () => {
  const { cert, port } = await startSplitting();
  trust(cert);
  const { applicationKey: appKey, applicationSecret: appSecret, consumerKey } = CREDENTIALS;
  const client = createTheirClient({ ...{ host: 'localhost', port, appKey, appSecret }, consumerKey });
  const [job] = (await client.requestPromised('GET', '/cloud/project/p1/ai/job')) as { name: string }[];
  expect(job?.name).toBe('\ufffd\ufffd');
});

const clientOf = (api: string, changed: Partial<OvhCredentials> = {}) =>
  createOvhClient({
    endpoint: endpointAt(api),
    credentials: { kind: 'keys', ...CREDENTIALS, ...changed } as OvhCredentials,
    now: Date.now,
  });

test('our client reads jobs, usage and catalogue', async () => {
  const { url } = await start('http');
  const client = clientOf(url);
  const pages = [1, 2, 3].map((page) => client.jobs('p1', { page, size: 3 }));
  const [first, second, last] = await Promise.all(pages);
  expect([first?.length, second?.length, last?.length]).toEqual([3, 2, 0]);
  expect(await client.jobs('p1', { page: 1, size: 9, states: ['RUNNING'] })).toEqual([]);
  const [job] = JOBS;
  expect(await client.job('p1', job?.id ?? '')).toMatchObject({ id: job?.id });
  expect(await client.job('p1', '00000000-0000-4000-a000-000000000000')).toBeUndefined();
  expect(await client.usages('p1')).toMatchObject([{ id: 'usage-2026-10' }]);
  expect(await client.usage('p1', 'usage-2026-10')).toMatchObject({
    resourcesUsage: [{ type: 'ai-training' }],
  });
  expect(await client.usage('p1', 'current')).toMatchObject({
    period: { from: '2026-11-01T00:00:00+00:00' },
  });
  expect(await client.catalog('FR')).toMatchObject({ locale: { currencyCode: 'EUR' } });
});

test('our client says why a call failed', async () => {
  const { url, failNext } = await start('http');
  const client = clientOf(url);
  const list = () => client.jobs('p1', { page: 1, size: 3 });
  const failures = [{ rateLimit: true }, { status: 503 }, { html: true }, { reset: true }] as const;
  for (const failure of failures) {
    failNext({ ...failure, route: 'jobs' });
    await expect(list()).rejects.toMatchObject({
      kind: 'rateLimit' in failure ? 'rate limit' : 'unavailable',
    });
  }
  expect(await list()).toHaveLength(3);
  const stranger = clientOf(url, { applicationSecret: 'another' });
  await expect(stranger.jobs('p1', { page: 1, size: 3 })).rejects.toMatchObject({
    ...{ kind: 'refused', message: expect.stringContaining('INVALID_SIGNATURE') },
  });
});
