import { expect, test } from 'vitest';
import { readJob } from '../../../lib/operations/reads/read-job.ts';
import type { Charge } from '../../../lib/shapes/charge.ts';
import type { Job, Resources, Transition } from '../../../lib/shapes/job.ts';
import { countedOfHeld, hasEnded, statusPeriodsOf, timeoutMs, timeoutText } from '../../../web/lifecycle.ts';
import { countsText } from '../../../web/units.ts';
import { createWorld, jobRef, status } from '../operations/world.ts';

const gpus = (gpu: number): Resources => ({ flavor: 'ai1-1-gpu', gpu, cpu: 0 });

const jobWith = (...transitions: Pick<Transition, 'resources' | 'timeout' | 'retracted'>[]): Job => ({
  jobId: 'job-1',
  projectId: 'proj-1',
  transitions: transitions.map((stated, index) => ({
    source: 'https://gra.training.example',
    id: `event-${index}`,
    status: 'RUNNING',
    time: new Date(Date.UTC(2026, 9, 1, index)).toISOString(),
    ...stated,
  })),
  ...{ retractions: [], intervals: [], charges: [], warnings: [] },
  ...{ cost: '0.00', currency: 'EUR', asOf: '2026-10-02T00:00:00.000Z' },
});

const statedIn = (job: Job) =>
  statusPeriodsOf(job, Date.parse(job.asOf)).map(({ resources, timeout }) => ({ resources, timeout }));

test('an event shows the resources it states, and those they replace', () => {
  const job = jobWith(
    {},
    { resources: gpus(2) },
    { resources: { ...gpus(2), node: 0 } },
    {},
    { resources: gpus(0.5) },
  );
  expect(statedIn(job).map(({ resources }) => resources)).toEqual([
    undefined,
    { value: gpus(2) },
    { value: { ...gpus(2), node: 0 } },
    undefined,
    { value: gpus(0.5), before: { ...gpus(2), node: 0 } },
  ]);
});

test('what was taken back neither states nor changes', () => {
  const job = jobWith(
    { resources: gpus(2) },
    { resources: gpus(4), retracted: true },
    { resources: gpus(2) },
  );
  expect(statedIn(job).map(({ resources }) => resources)).toEqual([{ value: gpus(2) }, { value: gpus(2) }]);
});

test('a timeout that changes is shown with the one before', () => {
  const job = jobWith({ timeout: 'PT3600S' }, { timeout: 'PT3600S' }, { timeout: 'PT7200S' });
  expect(statedIn(job).map(({ timeout }) => timeout)).toEqual([
    { value: 'PT3600S' },
    { value: 'PT3600S' },
    { value: 'PT7200S', before: 'PT3600S' },
  ]);
});

test('time beyond a limit is held, in the status in which it is reached and in those after it', () => {
  const held = { from: '2026-10-01T01:30:00.000Z', cause: 'timeout' } as const;
  const job = {
    ...jobWith({}, {}, {}),
    intervals: [{ start: '2026-10-01T00:00:00.000Z', minutes: 90, held }],
  };
  const from = Date.parse(held.from);
  expect(statusPeriodsOf(job, Date.parse(job.asOf)).map(({ heldFrom }) => heldFrom)).toEqual([
    undefined,
    from,
    from,
  ]);
});

const hour = (of: number) => new Date(Date.UTC(2026, 9, 1, of)).toISOString();

/** A charge of the run that event 1 opened, from one hour to another. */
const charge = (from: number, to: number, rest: Partial<Charge>): Charge => ({
  ...{ jobId: 'job-1', projectId: 'proj-1', state: 'running', usageMonth: '2026-10' },
  ...{ start: hour(from), end: hour(to), minutes: (to - from) * 60, amountTimes60: '0' },
  openedBy: { source: 'https://gra.training.example', id: 'event-1', time: hour(1) },
  endedBy: { cause: 'now' },
  ...rest,
});

test('billable time is without a price only if none of its charges has one', () => {
  const unrated = (...charges: Charge[]) =>
    statusPeriodsOf(
      { ...jobWith({}, {}), intervals: [{ start: hour(1), minutes: 120 }], charges },
      Date.parse(hour(3)),
    ).map(({ isUnrated }) => isUnrated);
  const priced = { flavor: 'ai1-1-gpu', unit: 'gpu', units: 1, pricePerHour: '1.93' } as const;
  expect(unrated(charge(1, 3, {}))).toEqual([false, true]);
  expect(unrated(charge(1, 2, {}), charge(2, 3, priced))).toEqual([false, false]);
});

test('billable time is counted until statements have billed all that its months come to', () => {
  const priced = { flavor: 'ai1-1-gpu', unit: 'gpu', units: 1, pricePerHour: '1.00' } as const;
  const by = (month: string, amount: string) =>
    ({ month, usageMonth: '2026-10', kind: 'usage', minutes: 60, amount, currency: 'EUR' }) as const;
  const billed = (...statements: ReturnType<typeof by>[]) =>
    statusPeriodsOf(
      {
        ...{ ...jobWith({}, {}), intervals: [{ start: hour(1), minutes: 120 }], billed: statements },
        charges: [charge(1, 3, { ...priced, amountTimes60: '120' })],
      },
      Date.parse(hour(3)),
    ).map(({ isBilled }) => isBilled);
  expect(billed()).toEqual([false, false]);
  expect(billed(by('2026-10', '1.00'))).toEqual([false, false]);
  expect(billed(by('2026-10', '1.00'), by('2026-11', '1.00'))).toEqual([false, true]);
});

test('an event that was taken back stands after the one before it', () => {
  const periods = statusPeriodsOf(jobWith({}, { retracted: true }, {}), Date.parse(hour(3)));
  expect(periods.map(({ retracted }) => retracted.map(({ id }) => id))).toEqual([['event-1'], []]);
});

test('what is counted of a held run are all its charges up to the limit', () => {
  const held = { from: hour(4), cause: 'maxSilence' } as const;
  const priced = { units: 1, pricePerHour: '1.00' };
  const charges = [
    charge(1, 2, { ...priced, amountTimes60: '60', usageMonth: '2026-09' }),
    charge(2, 4, { ...priced, amountTimes60: '120', held }),
  ];
  expect(countedOfHeld({ charges })).toEqual({
    start: hour(1),
    minutes: 180,
    usageMonths: ['2026-09', '2026-10'],
    times60: ['60', '120'],
  });
  expect(countedOfHeld({ charges: [charge(1, 2, {})] })).toBeUndefined();
});

test.each([
  ['PT3600S', 3_600_000, '1 h'],
  ['PT90.5S', 90_500, '1 min 30 s'],
  ['P1D', Number.NaN, 'P1D'],
])('a timeout of %s is %d ms', (timeout, ms, text) => {
  expect(timeoutMs(timeout)).toBe(ms);
  expect(timeoutText(timeout).replaceAll('\u00a0', ' ')).toBe(text);
});

test.each([
  [{ gpu: 2, cpu: 26 }, '2 GPUs, 26 CPUs'],
  [{ gpu: 0.5, cpu: 1 }, '0.5 GPU, 1 CPU'],
  [{ gpu: 1.5, cpu: 0, node: 1 }, '1.5 GPUs, 1 node'],
  [{ gpu: 0, cpu: 1234.5, node: 2 }, '1\u202f234.5 CPUs, 2 nodes'],
  [{ gpu: 0, cpu: 0 }, 'no counts'],
])('%j are %s', (counts, text) => {
  expect(countsText({ flavor: 'any', ...counts })).toBe(text);
});

test('a job has ended once its charges have, which follow its stop', async () => {
  const world = await createWorld({ now: '2026-10-05T09:00:00Z' });
  await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'));
  const readNow = async () =>
    (await readJob(await world.open(), jobRef('job-1'), world.clock.now)) ?? expect.fail('it has facts');
  expect(hasEnded(await readNow())).toBe(false);
  await world.record(status('job-1', 'DONE', '2026-10-05T09:00:00Z'));
  expect(hasEnded(await readNow())).toBe(false);
  await world.settle(jobRef('job-1'));
  expect(hasEnded(await readNow())).toBe(true);
});
