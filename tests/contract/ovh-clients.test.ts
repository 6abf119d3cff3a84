import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { OvhCredentials } from '../../lib/provider/ovh-access.ts';
import { createOvhClient } from '../../lib/provider/ovh-client.ts';
import { startOvhStandIn } from '../../local/ovh-stand-in/server.ts';
import { randomJob } from '../../simulation/lost-events/random-job.ts';
import { createRandom } from '../../simulation/random.ts';
import { CREDENTIALS, RULE } from './ovh-caller.ts';

const at = (text: string) => Date.parse(text);

const random = createRandom(1);
const JOBS = Array.from({ length: 5 }, () =>
  randomJob(random, ['p1'], [at('2026-10-01T00:00:00Z'), at('2026-10-02T00:00:00Z')]),
);
/** A clock that differs from the one of this machine. */
const now = () => at('2026-11-20T12:00:00Z');

const start = async () => {
  const standIn = await startOvhStandIn({ rule: RULE, credentials: CREDENTIALS, jobs: JOBS, now });
  onTestFinished(() => standIn.close());
  setDefaultCACertificates([readFileSync(standIn.caFile, 'utf8')]);
  return standIn;
};

const clientOf = (url: string, changed: Partial<OvhCredentials> = {}) =>
  createOvhClient({
    endpoint: { url },
    credentials: { kind: 'keys', ...CREDENTIALS, ...changed } as OvhCredentials,
  });

test('the client reads jobs and usage of the stand-in, signed by its clock', async () => {
  const { url } = await start();
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
});

test('a job that is killed is interrupted, as the next poll sees it', async () => {
  const { url, provider } = await start();
  const client = clientOf(url);
  const id = '00000000-0000-4000-a000-000000000001';
  const [first] = JOBS;
  if (!first) throw new Error('there is a job');
  provider.put({ ...first, id, transitions: [{ state: 'RUNNING', date: '2026-11-20T11:00:00.000Z' }] });
  expect(await client.stopJob('p1', id)).toBe('requested');
  expect(await client.job('p1', id)).toMatchObject({ status: { state: 'INTERRUPTING' } });
  expect(await client.stopJob('p1', '00000000-0000-4000-a000-000000000000')).toBe('gone');
  expect(await client.stopJob('p1', '../me')).toBe('gone');
});

test('the client says why a call failed', async () => {
  const { url, failNext } = await start();
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
    ...{ kind: 'refused', message: expect.stringContaining('answered 400: Invalid signature') },
  });
});
