import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import { randomJob } from '../../simulation/lost-events/random-job.ts';
import { createRandom } from '../../simulation/random.ts';
import { startProvider } from './ovh-caller.ts';
import { ApiProblem, Bill, BillDetail, CurrentUsage, Job, PastUsage, UsageHistory } from './ovh-model.ts';

const at = (text: string) => Date.parse(text);

const TWO_GPUS = { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 };
const JOB: ScriptedJob = {
  ...{
    id: '3f1c2a52-0d0b-4a5e-9a55-6b1f4f0f7c11',
    project: 'p1',
    user: 'ana',
    name: 'train-a',
    region: 'GRA',
  },
  ...{ labels: { team: 'vision' }, resources: TWO_GPUS, timeoutSeconds: 86_400 },
  transitions: [
    { state: 'QUEUED', date: '2026-11-03T09:30:02.708117Z' },
    { state: 'INITIALIZING', date: '2026-11-03T09:30:02.802995Z' },
    { state: 'RUNNING', date: '2026-11-03T09:31:09.327003Z' },
    { state: 'FINALIZING', date: '2026-11-03T10:12:39Z' },
    { state: 'DONE', date: '2026-11-03T10:12:41Z' },
  ],
};
const JOBS = '/cloud/project/p1/ai/job';

test('a job shows what has happened until now, and nothing of what will', async () => {
  const clock = { now: at('2026-11-03T09:30:00Z') };
  const { call } = await startProvider({ now: () => clock.now, jobs: [JOB] });
  expect((await call(JOBS)).json).toEqual([]);
  expect(await call(`${JOBS}/${JOB.id}`)).toMatchObject({ status: 404, json: { httpCode: '404 Not Found' } });

  clock.now = at('2026-11-03T10:00:00Z');
  const running = (await call(`${JOBS}/${JOB.id}`)).json;
  expect(running.updatedAt).toBe('2026-11-03T09:31:09.327003Z');
  expect(running.status).toMatchObject({ state: 'RUNNING', duration: 1730, stoppedAt: null, exitCode: null });
  expect(running.status.history).toHaveLength(3);
  expect(running.status.timeoutAt).toBe('2026-11-04T09:31:09.327Z');

  clock.now = at('2026-11-03T11:00:00Z');
  expect((await call(JOBS)).json[0].status).toMatchObject({
    ...{ state: 'DONE', duration: 2489, exitCode: 0, stoppedAt: '2026-11-03T10:12:39Z' },
    finalizedAt: '2026-11-03T10:12:41Z',
  });
});

test('a deleted job is gone from list and call; the bill keeps it', async () => {
  const deleted = { ...JOB, deletedAt: '2026-11-05T00:00:00Z' };
  const { call } = await startProvider({ jobs: [deleted] });
  expect((await call(JOBS)).json).toEqual([]);
  expect((await call(`${JOBS}/${JOB.id}`)).status).toBe(404);
  const [used] = (await call('/cloud/project/p1/usage/current')).json.resourcesUsage;
  expect(used.resources[0].components[0].quantity).toEqual({ unit: 'Minute', value: 84 });
});

test('lists are paged, sorted and filtered; updatedAfter and updatedBefore are strict', async () => {
  const jobs = Array.from({ length: 5 }, (_, index): ScriptedJob => {
    const transitions = [{ state: 'QUEUED', date: `2026-11-01T0${index}:00:00.000001Z` }] as const;
    const labels = { team: index % 2 === 0 ? 'vision' : 'text' };
    return { ...JOB, id: `${index}${JOB.id.slice(1)}`, user: `user-${index}`, labels, transitions };
  });
  const { call } = await startProvider({ jobs: [...jobs, { ...JOB, project: 'p2' }] });
  const list = async (query: string) => {
    const { json } = await call(`${JOBS}?${query}`);
    return json.map(({ id }: { id: string }) => Number(id[0]));
  };
  expect(await list('size=2&page=1')).toEqual([0, 1]);
  expect(await list('size=2&page=3')).toEqual([4]);
  expect(await list('size=2&page=4')).toEqual([]);
  expect(await list('sort=updatedAt&order=desc')).toEqual([4, 3, 2, 1, 0]);
  expect(await list('updatedAfter=2026-11-01T02:00:00.000001Z')).toEqual([3, 4]);
  expect(await list('updatedAfter=2026-11-01T02:00:00Z&updatedBefore=2026-11-01T04:00:00.000001Z')).toEqual([
    2, 3,
  ]);
  expect(await list('labelSelector=team%3Dtext')).toEqual([1, 3]);
  expect(await list('userName=user-4')).toEqual([4]);
  expect(await list('statusState=QUEUED&statusState=RUNNING')).toEqual([0, 1, 2, 3, 4]);
  expect(await list('statusState=DONE')).toEqual([]);
  const refused = await call(`${JOBS}?statusState=STOPPED`);
  expect(refused).toMatchObject({ status: 400, json: { errorCode: 'INVALID_ARGUMENT' } });
});

test('a killed job is interrupted, and what was to come does not happen', async () => {
  const clock = { now: at('2026-11-03T09:40:00Z') };
  const { call } = await startProvider({ now: () => clock.now, jobs: [JOB] });
  expect((await call(`${JOBS}/${JOB.id}/kill`, { method: 'PUT' })).status).toBe(200);
  expect((await call(`${JOBS}/${JOB.id}`)).json.status.state).toBe('INTERRUPTING');
  clock.now = at('2026-11-04T00:00:00Z');
  const { status } = (await call(`${JOBS}/${JOB.id}`)).json;
  expect(status.history.map(({ state }: { state: string }) => state)).toEqual([
    ...['QUEUED', 'INITIALIZING', 'RUNNING', 'INTERRUPTING', 'INTERRUPTED'],
  ]);
});

test('calls are refused as the provider refuses them', async () => {
  const now = at('2026-11-10T12:00:00Z');
  const { call } = await startProvider({ now: () => now, jobs: [JOB] });
  const codeOf = async (...of: Parameters<typeof call>) => {
    const { json, status } = await call(...of);
    expect(v.is(ApiProblem, json)).toBe(true);
    return `${status} ${json.errorCode}`;
  };
  expect(await codeOf(JOBS, { secret: 'wrong' })).toBe('400 INVALID_SIGNATURE');
  expect(await codeOf(JOBS, { at: now - 301_000 })).toBe('400 QUERY_TIME_OUT');
  expect(await codeOf(JOBS, { at: now + 301_000 })).toBe('400 QUERY_TIME_OUT');
  expect((await call(JOBS, { at: now - 299_000 })).status).toBe(200);
  expect(await codeOf(JOBS, { headers: { 'x-ovh-timestamp': 'now' } })).toBe('400 QUERY_TIME_OUT');
  expect(await codeOf(JOBS, { headers: { 'x-ovh-application': 'x' } })).toBe('403 INVALID_KEY');
  expect(await codeOf(JOBS, { headers: { 'x-ovh-consumer': 'x' } })).toBe('403 INVALID_CREDENTIAL');
  expect(await codeOf(JOBS, { headers: { 'x-ovh-signature': undefined } })).toBe('401 NOT_CREDENTIAL');
  expect(await codeOf('/cloud/project/p9/ai/job')).toBe('404 NOT_FOUND');
  expect(await codeOf('/cloud/nothing')).toBe('404 INVALID_URL');
});

test('the time and the catalogue need no signature', async () => {
  const { call } = await startProvider({ now: () => at('2026-11-10T12:00:00.600Z') });
  const unsigned = { headers: { 'x-ovh-signature': undefined, 'x-ovh-consumer': undefined } };
  expect((await call('/auth/time', unsigned)).json).toBe(at('2026-11-10T12:00:01Z') / 1000);
  const { json } = await call('/order/catalog/public/cloud?ovhSubsidiary=FR', unsigned);
  const plan = json.addons.find(
    ({ planCode }: { planCode: string }) => planCode === 'ai-training.h100-1-gpu.minute.consumption',
  );
  expect(json.locale).toMatchObject({ currencyCode: 'EUR', subsidiary: 'FR' });
  expect(plan.pricings.map(({ price }: { price: number }) => price)).toEqual([0, 5_166_667]);
  expect((await call('/order/catalog/public/cloud', unsigned)).status).toBe(400);
});

test('calls fail on demand, so often and where they should, and are counted', async () => {
  const { call, failNext, calls } = await startProvider({ jobs: [JOB] });
  failNext({ status: 503, times: 2, route: 'jobs' });
  expect((await call(`${JOBS}/${JOB.id}`)).status).toBe(200);
  expect([(await call(JOBS)).status, (await call(JOBS)).status, (await call(JOBS)).status]).toEqual([
    503, 503, 200,
  ]);
  failNext({ rateLimit: true });
  expect(await call('/auth/time')).toMatchObject({ status: 200 });
  expect(await call(JOBS)).toMatchObject({ status: 429, json: { errorCode: 'TOO_MANY_REQUESTS' } });
  failNext({ html: true });
  expect(await call(JOBS)).toMatchObject({ status: 408, type: 'text/html', json: undefined });
  failNext({ reset: true });
  await expect(call(JOBS)).rejects.toThrow(/socket hang up|ECONNRESET/);
  failNext({ slowMs: 1 });
  expect(await call(JOBS)).toMatchObject({ status: 200 });
  expect(calls).toEqual(new Map(Object.entries({ job: 1, jobs: 7, time: 1 })));
});

test('each answer about jobs of any shape follows the published models', async () => {
  const clock = { now: 0 };
  const { call, provider } = await startProvider({ now: () => clock.now });
  const months = [at('2026-08-01T00:00:00Z'), at('2026-11-01T00:00:00Z')] as const;
  const projects = ['p1', 'p2'] as const;
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: months[0], max: months[1] }), async (seed, now) => {
      const random = createRandom(seed);
      provider.put(...Array.from({ length: 5 }, () => randomJob(random, projects, months)));
      for (const project of projects) provider.put({ ...JOB, project, id: `0${JOB.id.slice(1)}` });
      clock.now = now;
      const read = async (path: string) => (await call(path)).json;
      for (const project of projects) {
        const jobs = v.parse(v.array(Job), await read(`/cloud/project/${project}/ai/job?size=5`));
        for (const { id } of jobs) v.parse(Job, await read(`/cloud/project/${project}/ai/job/${id}`));
        v.parse(CurrentUsage, await read(`/cloud/project/${project}/usage/current`));
        const history = v.parse(UsageHistory, await read(`/cloud/project/${project}/usage/history`));
        for (const { id } of history) {
          const usage = await read(`/cloud/project/${project}/usage/history/${id}`);
          v.parse(PastUsage, usage);
        }
      }
      for (const bill of await read('/me/bill')) {
        v.parse(Bill, await read(`/me/bill/${bill}`));
        const [detail] = v.parse(v.array(v.string()), await read(`/me/bill/${bill}/details`));
        if (detail !== undefined) v.parse(BillDetail, await read(`/me/bill/${bill}/details/${detail}`));
      }
    }),
    { numRuns: 5 },
  );
});
