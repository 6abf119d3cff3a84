import { stdout } from 'node:process';
import { describe, expect, test } from 'vitest';
import type { Resources, Transition } from '../../lib/billing/facts.ts';
import type { Status } from '../../lib/billing/statuses.ts';
import type { Tariff } from '../../lib/billing/tariff.ts';
import { MONTH_AT, type Piece, priceOf, walkJob } from '../../simulation/oracle.ts';
import * as broken from './broken/billing.ts';
import { findDifference, wrongBills, wrongCharges } from './random-logs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const TARIFF: Tariff = {
  name: 'a tariff',
  effectiveFrom: Date.parse('2026-01-01T00:00:00Z'),
  revision: 1,
  currency: 'EUR',
  billableStatuses: ['RUNNING'],
  maxRunningMs: 28 * 24 * HOUR,
  maxSilenceMs: 7 * 24 * HOUR,
  prices: {
    cpu: { unit: 'cpu', pricePerHour: '0.03' },
    gpu: { unit: 'gpu', pricePerHour: '1.93' },
  },
};

const gpus = (count: number): Resources => ({
  flavor: 'gpu',
  milliUnits: { gpu: count * 1000, cpu: count * 13_000 },
});
const ONE_CPU: Resources = { flavor: 'cpu', milliUnits: { cpu: 1000 } };

/** Of 2026-03-10, by time of day. */
const event = (
  timeOfDay: string,
  status: Status,
  stated: Pick<Partial<Transition>, 'resources' | 'timeoutMs' | 'nanos' | 'labels'> = {},
): Transition => ({
  kind: 'transition',
  jobId: 'job-1',
  projectId: 'proj-1',
  source: 'https://gra.example',
  id: `${timeOfDay} ${status} ${stated.nanos ?? 0}`,
  status,
  time: Date.parse(`2026-03-10T${timeOfDay}Z`),
  ...stated,
});

const at = (timeOfDay: string) => Date.parse(`2026-03-10T${timeOfDay}Z`);
const walk = (facts: Transition[], tariff: Partial<Tariff> = {}) =>
  walkJob(facts, [{ ...TARIFF, ...tariff }], MONTH_AT.UTC);
const minutesOf = (pieces: readonly Piece[]) => pieces.map(({ minutes }) => minutes);
const quantitiesOf = (pieces: readonly Piece[]) =>
  pieces.map(({ flavor, milliUnits, minutes }) => [flavor, milliUnits, minutes]);

describe('order', () => {
  const RESTART: readonly Status[] = [
    'FINALIZING',
    'RESTARTING',
    'QUEUED',
    'INITIALIZING',
    'PENDING',
    'RUNNING',
  ];

  test('a whole restart in one second is billed as two runs', () => {
    const pieces = walk([
      event('09:00:03', 'RUNNING', { resources: gpus(1) }),
      ...RESTART.map((status) => event('10:00:03', status)).toReversed(),
      event('12:00:03', 'FINALIZING'),
    ]);
    expect(minutesOf(pieces)).toEqual([60, 120]);
  });

  test('the whole of a short run in one instant comes in the order of ranks', () => {
    const pieces = walk([
      event('09:00:00', 'DONE', { resources: gpus(1) }),
      event('09:00:00', 'RUNNING'),
      event('09:00:00', 'QUEUED'),
    ]);
    expect(pieces).toEqual([]);
  });

  test('nanoseconds are in the order', () => {
    const failed = (nanos: number) =>
      walk([
        event('09:00:00', 'RUNNING', { resources: gpus(1), nanos: 5 }),
        event('09:00:00', 'FAILED', { nanos }),
      ]);
    expect(failed(6)).toEqual([]);
    expect(failed(4)).toMatchObject([{ minutes: 0, heldBy: 'forbidden step' }]);
  });
});

describe('resources', () => {
  test('a restart on other resources is billed on them', () => {
    const pieces = walk([
      event('09:00:00', 'RUNNING', { resources: ONE_CPU }),
      event('10:00:00', 'RESTARTING', { resources: gpus(8) }),
      event('10:00:00', 'RUNNING'),
      event('12:00:00', 'DONE'),
    ]);
    expect(quantitiesOf(pieces)).toEqual([
      ['cpu', 1000, 60],
      ['gpu', 8000, 120],
    ]);
  });

  test('a job that grows and shrinks in mid-run is billed by the hour of each count', () => {
    const pieces = walk([
      event('09:00:00', 'RUNNING', { resources: gpus(1) }),
      event('10:00:00', 'RUNNING', { resources: gpus(4) }),
      event('11:00:00', 'RUNNING', { resources: gpus(2) }),
      event('12:00:00', 'DONE'),
    ]);
    expect(quantitiesOf(pieces)).toEqual([
      ['gpu', 1000, 60],
      ['gpu', 4000, 60],
      ['gpu', 2000, 60],
    ]);
  });

  test('before the first statement the first one holds, and a minute has those it starts with', () => {
    const pieces = walk([
      event('09:00:30', 'RUNNING'),
      event('09:10:00', 'RUNNING', { resources: gpus(1) }),
      event('09:20:00', 'RUNNING', { resources: gpus(0.5) }),
      event('09:30:30', 'DONE'),
    ]);
    expect(quantitiesOf(pieces)).toEqual([
      ['gpu', 1000, 20],
      ['gpu', 500, 10],
    ]);
  });

  test('a job without a count of the priced unit is unrated', () => {
    const [piece] = walk([
      event('09:00:00', 'RUNNING', { resources: { flavor: 'gpu', milliUnits: { cpu: 4000 } } }),
      event('10:00:00', 'DONE'),
    ]);
    expect(piece).toMatchObject({ minutes: 60, unit: 'gpu', milliUnits: undefined, pricePerHour: undefined });
  });
});

describe('an interval without a stop', () => {
  const started = event('09:00:00', 'RUNNING', { resources: gpus(1) });

  test('counts up to the latest sign of life and the longest silence', () => {
    const pieces = walk([started, event('10:30:00', 'RUNNING')], { maxSilenceMs: 2 * HOUR });
    expect(pieces).toMatchObject([{ minutes: 210, heldFrom: at('12:30:00'), heldBy: 'maxSilence' }]);
  });

  test('a retraction is a sign of life, what it takes back is none', () => {
    const mistaken = event('11:00:00', 'RUNNING');
    const retraction = {
      ...({ kind: 'retraction', jobId: 'job-1', projectId: 'proj-1', source: 'a', id: 'b' } as const),
      ...{ time: at('10:00:00'), retracts: mistaken, reason: 'sent by mistake' },
    };
    const pieces = walkJob(
      [started, mistaken, retraction],
      [{ ...TARIFF, maxSilenceMs: HOUR }],
      MONTH_AT.UTC,
    );
    expect(pieces).toMatchObject([{ heldFrom: at('11:00:00'), heldBy: 'maxSilence' }]);
  });

  test('counts up to the longest run', () => {
    const pieces = walk([started], { maxRunningMs: HOUR });
    expect(pieces).toMatchObject([{ minutes: 60, heldFrom: at('10:00:00'), heldBy: 'maxRunning' }]);
  });

  test('counts up to the timeout stated last', () => {
    const pieces = walk([
      event('08:00:00', 'QUEUED', { timeoutMs: HOUR }),
      event('09:00:00', 'RUNNING', { timeoutMs: 90 * MINUTE }),
    ]);
    expect(pieces).toMatchObject([{ minutes: 90, heldFrom: at('10:30:00'), heldBy: 'timeout' }]);
  });

  test('is held whole where the stop has an earlier time than the start', () => {
    const pieces = walk([event('08:59:59.600', 'FAILED'), started]);
    expect(pieces).toMatchObject([
      { minutes: 0, start: started.time, heldFrom: started.time, heldBy: 'forbidden step' },
    ]);
  });

  test.each<[Status, ...Status[]]>([
    ['DONE', 'QUEUED'],
    ['FAILED', 'RESTARTING', 'PENDING'],
  ])('is not held whole where %s is followed by %s', (...before) => {
    const facts = before.map((status, index) => event(`08:00:0${index}`, status));
    expect(walk([...facts, started])).toMatchObject([{ heldBy: 'maxSilence' }]);
  });

  test.each<[Status, ...Status[]]>([['DONE', 'INITIALIZING', 'PENDING'], ['FINALIZING']])(
    'is held whole after %s',
    (...before) => {
      const facts = before.map((status, index) => event(`08:00:0${index}`, status));
      expect(walk([...facts, started])).toMatchObject([{ minutes: 0, heldBy: 'forbidden step' }]);
    },
  );
});

test('an interval with a stop is billed whole, whatever the limits', () => {
  const pieces = walk(
    [
      event('08:00:00', 'FAILED', { timeoutMs: MINUTE }),
      event('09:00:00', 'RUNNING', { resources: gpus(1) }),
      event('12:00:00', 'DONE'),
    ],
    { maxRunningMs: HOUR, maxSilenceMs: MINUTE },
  );
  expect(pieces).toMatchObject([{ minutes: 180, end: at('12:00:00') }]);
  expect(pieces[0]?.heldFrom).toBeUndefined();
});

test('thousandths are priced exactly, half up', () => {
  expect(priceOf(300 * 2000, '1.93', 'EUR')).toBe(1930n);
  expect(priceOf(60 * 500, '0.01', 'EUR')).toBe(1n);
  expect(priceOf(60 * 499, '0.01', 'EUR')).toBe(0n);
});

const SCENARIOS = 8_000;

test(`the charges of the jobs of ${SCENARIOS} random scenarios are the pieces of the oracle`, () => {
  const { logs, difference } = findDifference(SCENARIOS, wrongCharges);
  expect(difference).toBeUndefined();
  expect(logs).toBeGreaterThan(20_000);
});

const rules = Object.entries(broken).filter(([, rule]) => typeof rule === 'object');

test.each(rules)('a wrong bill comes of it where %s', (name, rule) => {
  const { logs, difference } = findDifference(SCENARIOS, wrongBills(rule as broken.BrokenBilling));
  stdout.write(`${name}: wrong after ${logs} logs\n`);
  expect(difference).toBeDefined();
});
