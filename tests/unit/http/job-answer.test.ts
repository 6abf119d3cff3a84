import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../lib/billing/facts.ts';
import { MINUTE_MS } from '../../../lib/billing/minutes.ts';
import { jobAnswer, withLatestRetractions } from '../../../lib/http/job-answer.ts';
import { readJob } from '../../../lib/operations/reads/read-job.ts';
import { Job } from '../../../lib/shapes/job.ts';
import { at, createWorld, jobRef, retraction, status, TWO_GPUS } from '../operations/world.ts';

const NOW = '2026-10-28T00:00:00Z';
const START = at('2026-10-01T00:00:00Z');
const minute = (index: number) => new Date(START + index * MINUTE_MS).toISOString();

/** The job of some facts as it is read, and as it is answered. */
const answered = async (...facts: Parameters<Awaited<ReturnType<typeof createWorld>>['tell']>) => {
  const world = await createWorld({ now: NOW });
  await world.tell(...facts);
  const job = (await readJob(await world.open(), jobRef('job-1'), world.clock.now)) as Job;
  return { job, listed: await bodyOf(job) };
};
const bodyOf = async (job: Job): Promise<Job> => JSON.parse((await jobAnswer(job)).body ?? '');

describe('a job of more events than an answer lists', () => {
  test('has the latest of each list, how many there are besides, and the figures of all', async () => {
    const cpus = { resources: { flavor: 'ai1-1-cpu', milliUnits: { cpu: 1_000 } }, labels: { by: 'other' } };
    const runs = Array.from({ length: 1_002 }, (_, index): Transition[] => [
      status('job-1', 'RUNNING', minute(2 * index), index % 2 ? cpus : { resources: TWO_GPUS, labels: {} }),
      status('job-1', 'DONE', minute(2 * index + 1), { labels: {} }),
    ]).flat();
    const { job, listed } = await answered(...runs);
    expect(listed).toEqual({
      ...job,
      ...{ transitions: job.transitions.slice(1_004), moreTransitions: 1_004 },
      ...{ intervals: job.intervals.slice(2), moreIntervals: 2 },
      ...{ charges: job.charges.slice(2), moreCharges: 2 },
      ...{ warnings: job.warnings.slice(-1_000), moreWarnings: job.warnings.length - 1_000 },
    });
    expect(v.safeParse(Job, listed).issues).toBeUndefined();
  });

  test('has the latest that count and were taken back, in the order of the whole list', async () => {
    const events = Array.from({ length: 1_200 }, (_, index) => status('job-1', 'RUNNING', minute(index)));
    const wrong = events.filter((_, index) => index % 2 === 0);
    const { job, listed } = await answered(...events, ...wrong.map((event) => retraction(event, NOW)));
    const isLatest = ({ time }: { readonly time: string }) => time >= minute(200);
    expect(listed.transitions).toEqual(job.transitions.filter(isLatest));
    expect(listed.moreTransitions).toBe(200);
    expect(listed).toMatchObject({ status: 'RUNNING', retractions: job.retractions });
  });
});

test('a job whose lists all fit is answered as it is', async () => {
  const { job, listed } = await answered(status('job-1', 'RUNNING', minute(0)));
  expect(listed).toEqual(job);
});

const LAMBDA_BYTES = 6 * 1024 * 1024;

test('a job with the longest texts fits into the answer of a Lambda, with shorter lists', async () => {
  const { job } = await answered(status('job-1', 'RUNNING', minute(0)));
  const [source, id, reason] = ['\\'.repeat(256), '"'.repeat(256), '\\'.repeat(1_024)];
  const retracts = { source, id };
  const retractions = Array.from({ length: 1_000 }, () => ({
    ...retracts,
    time: minute(0),
    retracts,
    reason,
  }));
  const [transition] = job.transitions;
  const transitions = Array.from({ length: 1_000 }, () => ({ ...transition, ...retracts })) as never;
  const answer = await jobAnswer({ ...job, transitions, retractions });
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(LAMBDA_BYTES);
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ moreTransitions: 500, moreRetractions: 500 });
});

test('what a statement credits has its latest retractions', () => {
  const of = { month: '2026-11', usageMonth: '2026-10', kind: 'correction', minutes: -5 } as const;
  const retracts = { source: 'gra', id: 'wrong' };
  const retractions = Array.from({ length: 1_001 }, (_, index) => ({
    ...{ source: 'gra', id: `not-${index}`, time: minute(index), retracts, reason: 'a mistake' },
  }));
  const billed = { ...of, amount: '-1.00', currency: 'EUR', retractions };
  expect(withLatestRetractions([billed])).toEqual([
    { ...billed, retractions: retractions.slice(1), moreRetractions: 1 },
  ]);
});
