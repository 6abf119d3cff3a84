import { stripVTControlCharacters } from 'node:util';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { jobCsv, showJob } from '../../../cli/show-job.ts';
import { readJob } from '../../../lib/operations/reads/read-job.ts';
import { pricesOf } from '../billing/builders.ts';
import {
  createWorld,
  jobRef,
  retraction,
  status,
  TARIFF,
  TWO_GPUS,
  type World,
} from '../operations/world.ts';

const read = async (world: World, jobId = 'job-1') => {
  const job = await readJob(await world.open(), jobRef(jobId), world.clock.now);
  if (!job) throw new Error('there is no such job');
  return job;
};

/** The lines under a title, without colours and padding. */
const sectionsOf = async (world: World) => {
  const shown = stripVTControlCharacters(showJob(await read(world), 'UTC'));
  const [heading = '', ...sections] = shown.split('\n\n');
  const lines = (text: string) => text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
  return new Map([
    ['', lines(heading)],
    ...sections.map((text): [string, string[]] => {
      const [title = '', ...rest] = lines(text);
      return [title, rest];
    }),
  ]);
};

const started = status('job-1', 'RUNNING', '2026-10-31T22:00:00Z', {
  resources: TWO_GPUS,
  labels: { team: 'vision' },
  timeoutMs: 7 * 24 * 60 * 60 * 1000,
});
const ended = status('job-1', 'DONE', '2026-11-01T01:00:10Z');

test('a job is explained: its events, each charge by minutes, units and price, and its billable time', async () => {
  const world = await createWorld({ now: '2026-11-01T02:00:00Z' });
  await world.tell(started, ended);
  const sections = await sectionsOf(world);
  expect(sections.get('')).toEqual([
    'job job-1 of proj-1: DONE',
    '11.64 EUR, 2 charges, 181 commenced minutes',
    'as of 2026-11-01 02:00:00, times in UTC',
    'runs on ai1-1-gpu, 2 gpu, 26 cpu',
    'labels: team=vision',
    'timeout: at most 7 days count without a stop',
  ]);
  expect(sections.get('charges')).toEqual([
    '1. 2026-10: 120 min × 2 gpu × 1.93 EUR per hour ÷ 60 = 7.72 EUR',
    'from RUNNING (event RUNNING 2026-10-31T22:00:00Z) at 2026-10-31 22:00:00,',
    'until the last minute of the month ends at 2026-11-01 00:00:00; it continues in the next',
    'ai1-1-gpu, tariff 2023-02-14T00:00:00.000Z#1',
    '2. 2026-11: 61 min × 2 gpu × 1.93 EUR per hour ÷ 60 = 3.92 EUR (exactly 235.46 ÷ 60)',
    'since RUNNING (event RUNNING 2026-10-31T22:00:00Z) at 2026-10-31 22:00:00, counted here from 2026-11-01 00:00:00 on,',
    'until DONE (event DONE 2026-11-01T01:00:10Z) at 2026-11-01 01:00:10',
    'ai1-1-gpu, tariff 2023-02-14T00:00:00.000Z#1',
  ]);
  expect(sections.get('what happened')?.slice(1)).toEqual([
    '2026-10-31 22:00:00 | RUNNING | 3 hours 10 seconds | billable | RUNNING 2026-10-31T22:00:00Z | ai1-1-gpu, 2 gpu, 26 cpu; team=vision; timeout 7 days',
    '2026-11-01 01:00:10 | DONE | DONE 2026-11-01T01:00:10Z | ai1-1-gpu, 2 gpu, 26 cpu',
  ]);
  expect(sections.get('billable time')?.slice(1)).toEqual([
    '2026-10-31 22:00:00 | 2026-11-01 01:00:10 | 181',
  ]);
  expect([...sections.keys()]).not.toContain('not billed yet');
});

test('a job that was billed and taken back says what was charged, why it is credited, and by which statement', async () => {
  const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
  const [wrong, stop] = [
    status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'),
    status('job-1', 'DONE', '2026-10-05T13:00:00Z'),
  ];
  await world.tell(wrong, stop);
  await world.closeAt('2026-11-01T02:00:00Z');
  await world.tell(retraction(wrong, '2026-11-02T00:00:00Z'), retraction(stop, '2026-11-02T00:00:00Z'));
  const before = await sectionsOf(world);
  expect(before.get('')?.slice(0, 2)).toEqual([
    'job job-1 of proj-1: every event taken back',
    '0.00 EUR, 0 charges, 0 commenced minutes',
  ]);
  expect(before.get('charges')).toEqual(['nothing: every run was taken back']);
  expect(before.get('billed by statements')?.slice(1)).toEqual([
    '2026-10 | usage of 2026-10 | 300 | 19.30',
    'the next statement credits 19.30 for 2026-10',
  ]);
  expect(before.get('taken back')).toEqual([
    'event RUNNING 2026-10-05T08:00:00Z on 2026-11-02 00:00:00: sent by mistake',
    'event DONE 2026-10-05T13:00:00Z on 2026-11-02 00:00:00: sent by mistake',
  ]);

  await world.closeAt('2026-12-01T02:00:00Z');
  expect((await sectionsOf(world)).get('billed by statements')?.slice(1)).toEqual([
    '2026-10 | usage of 2026-10 | 300 | 19.30',
    '2026-11 | correction of 2026-10 | -300 | -19.30 | taken back: sent by mistake',
  ]);
});

test('what a late event adds to a closed month is due on the next statement', async () => {
  const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
  await world.tell(
    status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'),
    status('job-1', 'DONE', '2026-10-05T13:00:00Z'),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  await world.tell(
    status('job-1', 'RESTARTING', '2026-10-06T08:00:00Z'),
    status('job-1', 'RUNNING', '2026-10-06T09:00:00Z'),
    status('job-1', 'DONE', '2026-10-06T10:00:00Z'),
  );
  expect((await sectionsOf(world)).get('billed by statements')?.at(-1)).toBe(
    'the next statement adds 3.86 for 2026-10',
  );
});

test('a job without a price costs no 0.00, and says what it waits for', async () => {
  const world = await createWorld({
    now: '2026-10-05T10:00:00Z',
    tariffs: [{ ...TARIFF, prices: {} }],
  });
  await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
  const sections = await sectionsOf(world);
  expect(sections.get('')?.[1]).toBe('no price yet, 1 charge, 120 commenced minutes');
  expect(sections.get('not billed yet')).toEqual(['120 min wait for a price for ai1-1-gpu']);
  expect(sections.get('charges')?.[0]).toBe(
    '1. 2026-10: 120 min, no price yet: no tariff has a price for ai1-1-gpu',
  );
  expect(sections.get('to look at')).toEqual(['no price yet: billed once a tariff has one for ai1-1-gpu']);
});

test('held time is named with its cost, and a job that never ran with a reason', async () => {
  const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
  const day = 24 * 60 * 60 * 1000;
  await world.tell(
    status('job-1', 'RUNNING', '2026-10-05T00:00:00Z', { resources: TWO_GPUS, timeoutMs: day }),
    status('queued', 'QUEUED', '2026-10-05T00:00:00Z'),
  );
  const sections = await sectionsOf(world);
  // Four days of two GPUs at 1.93 an hour.
  expect(sections.get('not billed yet')).toEqual([
    'held time of 370.56 EUR so far, 3.86 EUR more with each hour',
  ]);
  expect(sections.get('charges')).toContain('until its limit at 2026-10-06 00:00:00; the rest is held');
  expect(sections.get('billable time')?.at(-1)).toBe(
    '2026-10-05 00:00:00 | no stop is known | 1,440 | held from 2026-10-06 00:00:00 on',
  );
  expect(showJob(await read(world, 'queued'), 'UTC')).toContain(
    'nothing: it was in no status that the tariff bills',
  );
});

test('held time at a price of zero has a price', async () => {
  const world = await createWorld({
    now: '2026-11-10T00:00:00Z',
    tariffs: [{ ...TARIFF, prices: pricesOf({ 'ai1-1-gpu': '0' }) }],
  });
  await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
  expect((await sectionsOf(world)).get('not billed yet')).toEqual([
    'held time of 0.00 EUR so far, 0 EUR more with each hour',
  ]);
});

test('held time without a price has none', async () => {
  const world = await createWorld({ now: '2026-11-10T00:00:00Z', tariffs: [{ ...TARIFF, prices: {} }] });
  await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
  expect((await sectionsOf(world)).get('not billed yet')?.at(-1)).toBe(
    'held time, which has no price either',
  );
});

test('as CSV it is its charges, with their costs', async () => {
  const world = await createWorld({ now: '2026-11-01T02:00:00Z' });
  await world.tell(started, ended);
  expect(parse(jobCsv(await read(world)), { columns: true })).toMatchObject([
    { jobId: 'job-1', usageMonth: '2026-10', minutes: '120', units: '2', cost: '7.72', currency: 'EUR' },
    { jobId: 'job-1', usageMonth: '2026-11', minutes: '61', unitMinutes: '122', cost: '3.92' },
  ]);
});
