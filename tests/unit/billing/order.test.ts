import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../lib/billing/facts.ts';
import { orderTransitions } from '../../../lib/billing/order.ts';
import { STATUSES, type Status } from '../../../lib/billing/statuses.ts';
import { at, transition } from './builders.ts';
import { bestOrder, countForbidden, countUnlikely, reportsOf } from './lifecycle-model.ts';

const NINE = at('2026-10-05T09:00:03Z');
const TEN = at('2026-10-05T10:00:03Z');
const TWELVE = at('2026-10-05T12:00:03Z');

const statuses = (transitions: readonly Transition[]) =>
  orderTransitions(transitions).map(({ status }) => status);

/** Events of one instant, after `before` and before `after`. */
const around = (before: Status, instant: readonly Status[], after: Status) =>
  statuses([
    transition(after, TWELVE),
    ...instant.map((status) => transition(status, TEN)),
    transition(before, NINE),
  ]).slice(1, -1);

describe('time', () => {
  test('comes before rank', () => {
    expect(statuses([transition('QUEUED', NINE + 1), transition('DONE', NINE)])).toEqual(['DONE', 'QUEUED']);
  });

  test('comes at the full precision sent: nanoseconds before rank', () => {
    const facts = [
      transition('RUNNING', NINE, { nanos: 400_001 }),
      transition('FAILED', NINE, { nanos: 400_000 }),
    ];
    expect(statuses(facts)).toEqual(['FAILED', 'RUNNING']);
  });

  test('without nanoseconds is the start of its millisecond', () => {
    const facts = [transition('RUNNING', NINE, { nanos: 1 }), transition('FAILED', NINE)];
    expect(statuses(facts)).toEqual(['FAILED', 'RUNNING']);
    expect(statuses([transition('RUNNING', NINE, { nanos: 0 }), transition('FAILED', NINE)])).toEqual([
      'RUNNING',
      'FAILED',
    ]);
  });

  test('in milliseconds comes before nanoseconds', () => {
    const facts = [transition('RUNNING', NINE + 1), transition('FAILED', NINE, { nanos: 999_999 })];
    expect(statuses(facts)).toEqual(['FAILED', 'RUNNING']);
  });
});

describe('within one instant', () => {
  test('a whole life comes in the order of its ranks', () => {
    const life = ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'] as const;
    expect(statuses(life.toReversed().map((status) => transition(status, NINE)))).toEqual(life);
  });

  test('a whole restart ends the run before it begins the next', () => {
    const restart = ['FINALIZING', 'RESTARTING', 'QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING'] as const;
    expect(around('RUNNING', restart.toReversed(), 'FINALIZING')).toEqual(restart);
  });

  test('a failure and its restart come in the order of the lifecycle', () => {
    const restart = ['FAILED', 'RESTARTING', 'RUNNING'] as const;
    expect(around('RUNNING', restart.toReversed(), 'DONE')).toEqual(restart);
  });

  test.each<readonly Status[]>([
    ['FAILED', 'RESTARTING', 'RUNNING'],
    ['INTERRUPTING', 'RESTARTING', 'RUNNING'],
    ['INTERRUPTING', 'FINALIZING', 'RESTARTING', 'QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING'],
    ['FINALIZING', 'RESTARTING', 'QUEUED', 'RUNNING'],
    ['TIMEOUT', 'RESTARTING', 'RUNNING'],
    ['FAILED', 'QUEUED', 'RUNNING'],
  ])('a restart of a running job leaves it running, whatever follows: %s, %s, ...', (...restart) => {
    for (const after of ['DONE', 'RUNNING', 'INTERRUPTING', 'FAILED'] as const)
      expect(around('RUNNING', restart.toReversed(), after)).toEqual(restart);
    const last = [transition('RUNNING', NINE), ...restart.map((status) => transition(status, TEN))];
    expect(statuses(last.toReversed())).toEqual(['RUNNING', ...restart]);
  });

  test('a run that ends at once has ended', () => {
    expect(around('PENDING', ['FAILED', 'RUNNING'], 'RESTARTING')).toEqual(['RUNNING', 'FAILED']);
    expect(around('QUEUED', ['DONE', 'RUNNING', 'PENDING'], 'QUEUED')).toEqual([
      'PENDING',
      'RUNNING',
      'DONE',
    ]);
    const crash = ['RUNNING', 'FAILED', 'RESTARTING'] as const;
    expect(around('PENDING', crash.toReversed(), 'RUNNING')).toEqual(crash);
    const again = ['RESTARTING', 'RUNNING', 'FAILED'] as const;
    expect(around('FAILED', again.toReversed(), 'RESTARTING')).toEqual(again);
    for (const life of [
      ['QUEUED', 'RUNNING', 'FAILED'],
      ['QUEUED', 'INITIALIZING', 'RUNNING', 'DONE'],
    ] as const)
      expect(statuses(life.toReversed().map((status) => transition(status, NINE)))).toEqual(life);
  });

  test('the status before decides', () => {
    expect(around('RUNNING', ['QUEUED', 'DONE'], 'INITIALIZING')).toEqual(['DONE', 'QUEUED']);
    expect(around('RESTARTING', ['DONE', 'QUEUED'], 'RESTARTING')).toEqual(['QUEUED', 'DONE']);
  });

  test('the status after decides', () => {
    expect(around('QUEUED', ['RESTARTING', 'FAILED'], 'INITIALIZING')).toEqual(['FAILED', 'RESTARTING']);
    expect(around('QUEUED', ['RESTARTING', 'FAILED'], 'QUEUED')).toEqual(['RESTARTING', 'FAILED']);
  });

  test('the instant after, itself of several events, decides', () => {
    const facts = [
      transition('QUEUED', NINE),
      transition('RESTARTING', TEN),
      transition('FAILED', TEN),
      transition('PENDING', TWELVE),
      transition('INITIALIZING', TWELVE),
    ];
    expect(statuses(facts)).toEqual(['QUEUED', 'FAILED', 'RESTARTING', 'INITIALIZING', 'PENDING']);
  });

  test('of equal orders the ranks decide, then source before id, ids by code unit', () => {
    expect(around('INITIALIZING', ['RUNNING', 'PENDING'], 'DONE')).toEqual(['PENDING', 'RUNNING']);
    const ends = [
      transition('FAILED', NINE, { source: 'b', id: '1' }),
      transition('ERROR', NINE, { source: 'a', id: 'a' }),
      transition('DONE', NINE, { source: 'a', id: 'B' }),
    ];
    expect(statuses(ends)).toEqual(['DONE', 'ERROR', 'FAILED']);
  });

  test('a job that has restarted thousands of times in a second each is ordered', () => {
    const restart = ['FAILED', 'RESTARTING', 'RUNNING'] as const;
    const restarts = Array.from({ length: 3_000 }, (_, second) =>
      restart.toReversed().map((status) => transition(status, NINE + second * 1_000)),
    ).flat();
    const ordered = statuses([...restarts, transition('RUNNING', NINE - 1)]);
    expect(ordered).toEqual(['RUNNING', ...Array.from({ length: 3_000 }, () => restart).flat()]);
  });

  test('thousands of reports of one status in one instant are ordered', () => {
    const repeated = Array.from({ length: 5_000 }, (_, id) => transition('RUNNING', TEN, { id: String(id) }));
    expect(new Set(orderTransitions(repeated))).toEqual(new Set(repeated));
  });

  test('more events than can be compared come by rank, source and id', () => {
    const many = STATUSES.map((status, index) => transition(status, NINE, { id: String(100 - index) }));
    const ordered = orderTransitions(many);
    expect(ordered.map(({ status }) => status)).toEqual([
      ...['RESTARTING', 'QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'TIMEOUT', 'INTERRUPTING'],
      ...['FINALIZING', 'SYNC_FAILED', 'ERROR', 'FAILED', 'INTERRUPTED', 'DONE'],
    ]);
    // They are a fixed neighbour of the instants around them.
    const before = [transition('FINALIZING', NINE - 1), transition('PENDING', NINE - 1)];
    expect(orderTransitions([...many, ...before])).toEqual([...before.toReversed(), ...ordered]);
  });
});

const eventOf = (time: fc.Arbitrary<number>) =>
  fc.record({
    status: fc.constantFrom(...STATUSES),
    time,
    nanos: fc.constantFrom(undefined, undefined, undefined, 1, 999_999),
    source: fc.constantFrom('a', 'b'),
  });

const withIds = (
  events: readonly (Pick<Transition, 'status' | 'time' | 'source'> & { nanos?: number | undefined })[],
) =>
  events.map(({ status, time, source, nanos }, index) =>
    // Ids that do not follow the order in which events are generated.
    transition(status, NINE + time, {
      source,
      id: String((index * 7) % 17),
      ...(nanos !== undefined && { nanos }),
    }),
  );

/** So many events of one instant each, instants one after another. */
const instants = (...sizes: readonly fc.Arbitrary<number>[]) =>
  fc
    .tuple(...sizes)
    .chain((counts) =>
      fc.tuple(
        ...counts.flatMap((count, instant) =>
          Array.from({ length: count }, () =>
            fc.record({
              status: fc.constantFrom(...STATUSES),
              time: fc.constant(instant),
              source: fc.constantFrom('a', 'b'),
            }),
          ),
        ),
      ),
    )
    .map(withIds);

const one = fc.constant(1);
const upTo = (max: number) => fc.integer({ min: 2, max });

describe('I1: the order', () => {
  test('never depends on the order of arrival, up to six events an instant', () => {
    const logs = fc
      .array(eventOf(fc.nat(2)), { minLength: 2, maxLength: 11 })
      .map(withIds)
      .chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length })));
    fc.assert(
      fc.property(logs, ([log, shuffled]) => {
        expect(orderTransitions(shuffled)).toEqual(orderTransitions(log));
      }),
      { numRuns: 500 },
    );
    const six = instants(one, upTo(6), upTo(6), one).chain((log) =>
      fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length })),
    );
    fc.assert(
      fc.property(six, ([log, shuffled]) => {
        expect(orderTransitions(shuffled)).toEqual(orderTransitions(log));
      }),
      { numRuns: 300 },
    );
  });

  test('neither loses nor repeats an event, and leaves the given ones as they were', () => {
    fc.assert(
      fc.property(fc.array(eventOf(fc.nat(2)), { maxLength: 11 }).map(withIds), (log) => {
        const given = Object.freeze([...log]);
        const ordered = orderTransitions(given);
        expect(new Set(ordered)).toEqual(new Set(log));
        expect(ordered).toHaveLength(log.length);
        expect(given).toEqual(log);
      }),
    );
  });
});

describe('the order of an instant has the fewest forbidden, then unlikely steps, and is the first of those', () => {
  test.each([
    ['one instant between two statuses', instants(one, upTo(5), one), 300],
    ['the first and the last instant', instants(upTo(4), one, upTo(4)), 100],
    ['two adjacent instants', instants(one, upTo(4), upTo(4), one), 150],
    ['three adjacent instants', instants(upTo(3), upTo(3), upTo(3)), 150],
  ])('%s', (_, logs, numRuns) => {
    fc.assert(
      fc.property(logs, (log) => {
        const ordered = orderTransitions(log);
        const best = bestOrder(log);
        expect(countForbidden(reportsOf(ordered))).toBe(countForbidden(reportsOf(best)));
        expect(countUnlikely(reportsOf(ordered))).toBe(countUnlikely(reportsOf(best)));
        expect(ordered).toEqual(best);
      }),
      { numRuns },
    );
  });
});
