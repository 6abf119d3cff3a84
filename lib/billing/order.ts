import assert from 'node:assert/strict';
import { compareText } from './compare-text.ts';
import type { Transition } from './facts.ts';
import { isForbiddenStep, rankOf, type Status } from './statuses.ts';

/** Orders of one instant that are compared at most; real instants have up to six events. */
const MAX_STATES = 4096;

const compareInstants = (a: Transition, b: Transition): number =>
  a.time - b.time || (a.nanos ?? 0) - (b.nanos ?? 0);

const compareWithinInstant = (a: Transition, b: Transition): number =>
  rankOf(a.status) - rankOf(b.status) || compareText(a.source, b.source) || compareText(a.id, b.id);

/** The least number of forbidden steps from a status through the rest of the log. */
type Cost = (from: Status | undefined) => number;

const stepCost = (from: Status | undefined, to: Status): number => (isForbiddenStep(from, to) ? 1 : 0);

/** The events of one instant by status, each list in order. */
const queuesOf = (instant: readonly Transition[]): Transition[][] => [
  ...Map.groupBy(instant, ({ status }) => status).values(),
];

/**
 * Orders within one instant, as paths through the counts of events that are left of each status.
 * Events of one status are interchangeable for the cost, so they come by source and id.
 */
const createInstant = (instant: readonly Transition[], costAfter: Cost) => {
  const queues = queuesOf(instant);
  const sizes = queues.map((queue) => queue.length);
  const known = new Map<string, number>();
  const statusOf = (index: number) => queues[index]?.[0]?.status ?? assert.fail('a queue has an event');

  /** The least cost of the events that are left, and of what follows the instant. */
  const leastCost = (from: Status | undefined, left: readonly number[]): number => {
    if (left.every((count) => count === 0)) return costAfter(from);
    const key = `${from} ${left}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const cost = Math.min(...choices(from, left).map(({ cost }) => cost));
    known.set(key, cost);
    return cost;
  };

  const choices = (from: Status | undefined, left: readonly number[]) =>
    left.flatMap((count, index) => {
      if (count === 0) return [];
      const status = statusOf(index);
      const rest = left.with(index, count - 1);
      return [{ index, status, rest, cost: stepCost(from, status) + leastCost(status, rest) }];
    });

  return {
    cost: (from: Status | undefined) => leastCost(from, sizes),

    /** The first order by rank, source and id among those of least cost. */
    order(from: Status | undefined): Transition[] {
      const ordered: Transition[] = [];
      let before = from;
      let left: readonly number[] = sizes;
      while (ordered.length < instant.length) {
        const options = choices(before, left).map((choice) => {
          const queue = queues[choice.index] ?? [];
          return { ...choice, event: queue[queue.length - (left[choice.index] ?? 0)] };
        });
        const least = Math.min(...options.map(({ cost }) => cost));
        const [next] = options
          .flatMap((option) =>
            option.cost === least && option.event ? [{ ...option, event: option.event }] : [],
          )
          .sort((a, b) => compareWithinInstant(a.event, b.event));
        assert(next, 'an event is left');
        ordered.push(next.event);
        before = next.status;
        left = next.rest;
      }
      return ordered;
    },
  };
};

const isOrderable = (instant: readonly Transition[]): boolean =>
  queuesOf(instant).reduce((states, queue) => states * (queue.length + 1), 1) <= MAX_STATES;

/** The cost of events in a fixed order, up to what follows the first of them. */
const fixedCost =
  ([first]: readonly Transition[]): Cost =>
  (from) =>
    first ? stepCost(from, first.status) : 0;

/**
 * Transitions in the order they happened, whatever order they arrived in (I1): by time at full
 * precision, and within one instant the order with the fewest steps that the lifecycle forbids,
 * from the status before it to the status after it; among those by rank, source and id. Where
 * there are too many orders to compare, rank alone decides.
 */
export const orderTransitions = (transitions: readonly Transition[]): Transition[] => {
  const sorted = transitions.toSorted((a, b) => compareInstants(a, b) || compareWithinInstant(a, b));
  const instants: Transition[][] = [];
  for (const transition of sorted) {
    const last = instants.at(-1);
    if (last?.[0] && compareInstants(last[0], transition) === 0) last.push(transition);
    else instants.push([transition]);
  }
  if (instants.length === sorted.length) return sorted;

  // From the end, since the order of an instant depends on what follows it.
  let costAfter: Cost = () => 0;
  const ordering = instants.toReversed().map((instant) => {
    if (instant.length === 1 || !isOrderable(instant)) {
      costAfter = fixedCost(instant);
      return () => instant;
    }
    const { cost, order } = createInstant(instant, costAfter);
    costAfter = cost;
    return order;
  });
  const ordered: Transition[] = [];
  for (const order of ordering.toReversed()) ordered.push(...order(ordered.at(-1)?.status));
  return ordered;
};
