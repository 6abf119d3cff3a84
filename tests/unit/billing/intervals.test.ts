import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../lib/billing/facts.ts';
import { billableIntervals } from '../../../lib/billing/intervals.ts';
import { readLifecycle } from '../../../lib/billing/lifecycle.ts';
import { createTariffBook } from '../../../lib/billing/tariff.ts';
import { at, DAY, defaultTariff, HOUR, tariffFrom, transition } from './builders.ts';

const NOON = '2026-10-05T12:00:00Z';
const ONE = '2026-10-05T13:00:00Z';
const TWO = '2026-10-05T14:00:00Z';
const THREE = '2026-10-05T15:00:00Z';

/** The instants an interval opens and closes at. */
const intervals = (transitions: readonly Transition[], ...tariffs: Parameters<typeof createTariffBook>[0]) =>
  billableIntervals(transitions, createTariffBook(tariffs.length === 0 ? [defaultTariff] : tariffs)).map(
    ({ openedBy, closedBy }) => [openedBy.time, closedBy?.time],
  );

const pendingToo = tariffFrom('2026-01-27T00:00:00Z', { billableStatuses: ['PENDING', 'RUNNING'] });

test('an interval opens at RUNNING and closes at the first status that is not billable', () => {
  const trace = [
    transition('PENDING', NOON),
    transition('RUNNING', ONE),
    transition('INTERRUPTING', TWO),
    transition('DONE', THREE),
  ];
  expect(intervals(trace)).toEqual([[at(ONE), at(TWO)]]);
});

test('an interval that has not closed has no end', () => {
  expect(intervals([transition('RUNNING', ONE)])).toEqual([[at(ONE), undefined]]);
});

test('a job that never ran has no interval', () => {
  expect(intervals([transition('QUEUED', NOON), transition('FAILED', ONE)])).toEqual([]);
});

test('RUNNING reported twice is one interval from the first report on', () => {
  expect(
    intervals([transition('RUNNING', NOON), transition('RUNNING', ONE), transition('DONE', TWO)]),
  ).toEqual([[at(NOON), at(TWO)]]);
});

test('a step between two billable statuses neither closes nor opens', () => {
  const trace = [transition('PENDING', NOON), transition('RUNNING', ONE), transition('DONE', TWO)];
  const [interval] = billableIntervals(trace, createTariffBook([pendingToo]));
  expect(interval).toMatchObject({ openedBy: trace[0], closedBy: trace[2] });
});

test('every run of a job that restarts is an interval', () => {
  const trace = [
    transition('RUNNING', NOON),
    transition('RESTARTING', ONE),
    transition('RUNNING', TWO),
    transition('DONE', THREE),
  ];
  expect(intervals(trace)).toEqual([
    [at(NOON), at(ONE)],
    [at(TWO), at(THREE)],
  ]);
});

test('RUNNING after DONE is an interval like any other', () => {
  expect(
    intervals([transition('DONE', NOON), transition('RUNNING', ONE), transition('FAILED', TWO)]),
  ).toEqual([[at(ONE), at(TWO)]]);
});

describe('statuses that share a millisecond', () => {
  test('an interval of no time vanishes', () => {
    expect(intervals([transition('RUNNING', ONE), transition('DONE', ONE)])).toEqual([]);
  });

  test('an interval of one millisecond does not', () => {
    expect(intervals([transition('RUNNING', ONE), transition('DONE', at(ONE) + 1)])).toEqual([
      [at(ONE), at(ONE) + 1],
    ]);
  });

  test('follow their rank: DONE and RUNNING in one instant leave nothing running', () => {
    const { transitions } = readLifecycle([transition('DONE', ONE), transition('RUNNING', ONE)]);
    expect(intervals(transitions)).toEqual([]);
  });

  test('a restart that runs again in the same instant closes one interval and opens the next', () => {
    const { transitions } = readLifecycle([
      transition('RUNNING', ONE),
      transition('RESTARTING', ONE),
      transition('RUNNING', NOON),
    ]);
    expect(intervals(transitions)).toEqual([
      [at(NOON), at(ONE)],
      [at(ONE), undefined],
    ]);
  });
});

describe('a change of the billable statuses', () => {
  const fullRule = tariffFrom('2026-09-01T00:00:00Z', {
    billableStatuses: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
  });
  const trace = [
    transition('PENDING', NOON),
    transition('RUNNING', ONE),
    transition('TIMEOUT', TWO),
    transition('DONE', THREE),
  ];

  test.each([
    ['RUNNING only', defaultTariff, ONE, TWO],
    ['PENDING and RUNNING', pendingToo, NOON, TWO],
    ['INTERRUPTING and TIMEOUT too', fullRule, NOON, THREE],
  ] as const)('%s', (_, tariff, opened, closed) => {
    expect(intervals(trace, tariff)).toEqual([[at(opened), at(closed)]]);
  });

  test('applies to statuses entered from then on: a job already PENDING stays free until it runs', () => {
    const change = tariffFrom('2026-10-05T12:30:00Z', { billableStatuses: ['PENDING', 'RUNNING'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(ONE), at(TWO)]]);
  });

  test('applies from its very millisecond', () => {
    const change = tariffFrom(NOON, { billableStatuses: ['PENDING', 'RUNNING'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(NOON), at(TWO)]]);
  });

  test('does not end an open interval', () => {
    const change = tariffFrom('2026-10-05T13:30:00Z', { billableStatuses: ['TIMEOUT'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(ONE), at(THREE)]]);
  });
});

describe('the limit', () => {
  const limits = (...tariffs: Parameters<typeof createTariffBook>[0]) =>
    billableIntervals([transition('RUNNING', ONE)], createTariffBook(tariffs)).map(({ limit }) => limit);

  test('lies maxRunning after the start of the interval', () => {
    expect(limits(defaultTariff)).toEqual([at(ONE) + 28 * DAY]);
  });

  test('is that of the tariff in force when the interval opened', () => {
    expect(limits(defaultTariff, tariffFrom(ONE, { maxRunningMs: HOUR }))).toEqual([at(ONE) + HOUR]);
    expect(limits(defaultTariff, tariffFrom(TWO, { maxRunningMs: HOUR }))).toEqual([at(ONE) + 28 * DAY]);
  });

  test('starts anew with every interval', () => {
    const trace = [transition('RUNNING', NOON), transition('RESTARTING', ONE), transition('RUNNING', TWO)];
    const found = billableIntervals(trace, createTariffBook([defaultTariff])).map(({ limit }) => limit);
    expect(found).toEqual([at(NOON) + 28 * DAY, at(TWO) + 28 * DAY]);
  });

  test('is 28 days where no tariff is in force', () => {
    expect(limits()).toEqual([at(ONE) + 28 * DAY]);
  });
});
