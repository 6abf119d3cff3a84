import { describe, expect, test } from 'vitest';
import type { Fact } from '../../../lib/billing/facts.ts';
import { billableIntervals } from '../../../lib/billing/intervals.ts';
import { readLifecycle } from '../../../lib/billing/lifecycle.ts';
import { createTariffBook } from '../../../lib/billing/tariff.ts';
import { at, cutoff, DAY, defaultTariff, HOUR, retraction, tariffFrom, transition } from './builders.ts';

const NOON = '2026-10-05T12:00:00Z';
const ONE = '2026-10-05T13:00:00Z';
const TWO = '2026-10-05T14:00:00Z';
const THREE = '2026-10-05T15:00:00Z';

type Tariffs = Parameters<typeof createTariffBook>[0];

const intervalsOf = (facts: readonly Fact[], ...tariffs: Tariffs) =>
  billableIntervals(readLifecycle(facts), createTariffBook(tariffs.length === 0 ? [defaultTariff] : tariffs));

/** The instants an interval opens and closes at. */
const intervals = (facts: readonly Fact[], ...tariffs: Tariffs) =>
  intervalsOf(facts, ...tariffs).map(({ openedBy, closedBy }) => [openedBy.time, closedBy?.time]);

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
  const [interval] = intervalsOf(trace, pendingToo);
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

  test('the rank decides: DONE and RUNNING in one instant leave nothing running', () => {
    expect(intervals([transition('DONE', ONE), transition('RUNNING', ONE)])).toEqual([]);
  });

  test('a restart that runs again in the same instant closes one interval and opens the next', () => {
    const trace = [transition('RUNNING', ONE), transition('RESTARTING', ONE), transition('RUNNING', NOON)];
    expect(intervals(trace)).toEqual([
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

  test('counts for statuses entered from then on: a job already PENDING stays free until it runs', () => {
    const change = tariffFrom('2026-10-05T12:30:00Z', { billableStatuses: ['PENDING', 'RUNNING'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(ONE), at(TWO)]]);
  });

  test('counts from its very millisecond', () => {
    const change = tariffFrom(NOON, { billableStatuses: ['PENDING', 'RUNNING'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(NOON), at(TWO)]]);
  });

  test('does not end what runs already', () => {
    const change = tariffFrom('2026-10-05T13:30:00Z', { billableStatuses: ['TIMEOUT'] });
    expect(intervals(trace, defaultTariff, change)).toEqual([[at(ONE), at(THREE)]]);
  });
});

describe('the limit', () => {
  const running = transition('RUNNING', ONE);
  const limitsOf = (facts: readonly Fact[], tariffs: Tariffs = [defaultTariff]) =>
    billableIntervals(readLifecycle(facts), createTariffBook(tariffs)).map(({ limit }) => limit);
  const limits = (...tariffs: Tariffs) => limitsOf([running], tariffs);
  const maxRunning = (at: number) => ({ at, cause: 'maxRunning' });
  const weekOfSilence = { ...defaultTariff, maxSilenceMs: 7 * DAY };

  describe('by maxRunning', () => {
    test('comes maxRunning after the start of the interval', () => {
      expect(limits(defaultTariff)).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });

    test('is that of the tariff in force when the interval opened', () => {
      const hour = { maxRunningMs: HOUR };
      expect(limits(defaultTariff, tariffFrom(ONE, hour))).toEqual([maxRunning(at(ONE) + HOUR)]);
      expect(limits(defaultTariff, tariffFrom(TWO, hour))).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });

    test('starts anew with every interval', () => {
      const trace = [transition('RUNNING', NOON), transition('RESTARTING', ONE), transition('RUNNING', TWO)];
      expect(limitsOf(trace)).toEqual([maxRunning(at(NOON) + 28 * DAY), maxRunning(at(TWO) + 28 * DAY)]);
    });

    test('is 28 days where no tariff is in force, of which 7 in silence', () => {
      expect(limits()).toEqual([{ at: at(ONE) + 7 * DAY, cause: 'maxSilence' }]);
      const again = transition('RUNNING', at(ONE) + 27 * DAY);
      expect(limitsOf([running, again], [])).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });
  });

  describe('by timeout', () => {
    const timed = transition('QUEUED', NOON, { timeoutMs: HOUR });

    test('comes the timeout after the start of the interval, not of the job', () => {
      expect(limitsOf([timed, running])).toEqual([{ at: at(ONE) + HOUR, cause: 'timeout' }]);
    });

    test('is the timeout stated last, for every interval', () => {
      const again = transition('RUNNING', TWO, { timeoutMs: 2 * HOUR });
      expect(limitsOf([timed, running, again])).toEqual([{ at: at(ONE) + 2 * HOUR, cause: 'timeout' }]);
      const restarted = [timed, running, transition('RESTARTING', TWO), transition('RUNNING', THREE)];
      expect(limitsOf(restarted).map((limit) => limit.at)).toEqual([at(ONE) + HOUR, at(THREE) + HOUR]);
    });

    test('that is longer than maxRunning changes nothing', () => {
      const long = transition('QUEUED', NOON, { timeoutMs: 29 * DAY });
      expect(limitsOf([long, running])).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });
  });

  describe('by silence', () => {
    test('comes maxSilence after the latest sign of life', () => {
      expect(limits(weekOfSilence)).toEqual([{ at: at(ONE) + 7 * DAY, cause: 'maxSilence' }]);
      const again = transition('RUNNING', at(ONE) + 3 * DAY);
      expect(limitsOf([running, again], [weekOfSilence])).toEqual([
        { at: at(ONE) + 10 * DAY, cause: 'maxSilence' },
      ]);
    });

    test('a retraction is a sign of life, a cutoff is none', () => {
      const mistaken = transition('DONE', TWO);
      const life = [running, mistaken, retraction(mistaken, THREE)];
      expect(limitsOf(life, [weekOfSilence])[0]?.at).toBe(at(THREE) + 7 * DAY);
      expect(limitsOf([running, cutoff('2026-11')], [weekOfSilence])[0]?.at).toBe(at(ONE) + 7 * DAY);
    });

    test('is that of the tariff in force when the interval opened', () => {
      const hour = { maxSilenceMs: HOUR };
      expect(limits(weekOfSilence, tariffFrom(ONE, hour))[0]?.at).toBe(at(ONE) + HOUR);
      expect(limits(weekOfSilence, tariffFrom(TWO, hour))[0]?.at).toBe(at(ONE) + 7 * DAY);
    });

    test('is not that of an interval with a known end', () => {
      expect(limitsOf([running, transition('DONE', TWO)], [weekOfSilence])).toEqual([
        maxRunning(at(ONE) + 28 * DAY),
      ]);
    });
  });

  describe('by a forbidden step', () => {
    const forbidden = (time: string) => ({ at: at(time), cause: 'forbidden step' });

    test.each(['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'] as const)(
      'is the start of what runs after %s',
      (ended) => {
        expect(limitsOf([transition(ended, NOON), running])).toEqual([forbidden(ONE)]);
      },
    );

    test.each(['RESTARTING', 'QUEUED'] as const)('is none with %s between', (begins) => {
      const trace = [transition('DONE', NOON), transition(begins, at(NOON) + 1), running];
      expect(limitsOf(trace)).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });

    test('is the start too with other statuses between that begin no run', () => {
      const trace = [transition('DONE', NOON), transition('INITIALIZING', at(NOON) + 1), running];
      expect(limitsOf(trace)).toEqual([forbidden(ONE)]);
    });

    test('is the start of what runs after FINALIZING without a restart', () => {
      expect(limitsOf([transition('FINALIZING', NOON), running])).toEqual([forbidden(ONE)]);
    });

    test('is none of a job that began with RUNNING, or reports RUNNING again', () => {
      expect(limitsOf([running, transition('RUNNING', TWO)])).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });

    test('is none of RUNNING reported again once it is billable', () => {
      const running = tariffFrom('2026-10-05T12:30:00Z');
      const nothing = tariffFrom('2026-01-01T00:00:00Z', { billableStatuses: [] });
      const trace = [transition('RUNNING', NOON), transition('RUNNING', ONE)];
      expect(limitsOf(trace, [nothing, running])).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });

    test('is that of the step that opens the interval, not of a later billable status', () => {
      const trace = [transition('DONE', NOON), transition('PENDING', ONE), transition('RUNNING', TWO)];
      expect(limitsOf(trace, [pendingToo])).toEqual([forbidden(ONE)]);
      const begun = [transition('TIMEOUT', NOON), transition('RUNNING', ONE)];
      const all = tariffFrom('2026-01-01T00:00:00Z', { billableStatuses: ['RUNNING', 'TIMEOUT'] });
      expect(limitsOf(begun, [all])).toEqual([maxRunning(at(NOON) + 28 * DAY)]);
    });

    test('is none once the end is known', () => {
      const trace = [transition('DONE', NOON), running, transition('FINALIZING', TWO)];
      expect(limitsOf(trace)).toEqual([maxRunning(at(ONE) + 28 * DAY)]);
    });
  });

  test('is the earliest of all', () => {
    const timed = transition('RUNNING', ONE, { timeoutMs: 2 * HOUR });
    const silence = (maxSilenceMs: number) => [{ ...defaultTariff, maxSilenceMs }];
    expect(limitsOf([timed], silence(HOUR))).toEqual([{ at: at(ONE) + HOUR, cause: 'maxSilence' }]);
    expect(limitsOf([timed], silence(3 * HOUR))).toEqual([{ at: at(ONE) + 2 * HOUR, cause: 'timeout' }]);
    const short = [{ ...defaultTariff, maxRunningMs: HOUR }];
    expect(limitsOf([timed], short)).toEqual([maxRunning(at(ONE) + HOUR)]);
  });
});
