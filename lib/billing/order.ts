import assert from 'node:assert/strict';
import { compareText } from './compare-text.ts';
import type { Transition } from './facts.ts';
import { isForbiddenStep, rankOf, STATUSES, type Status } from './statuses.ts';

/** States of one instant that are compared at most: ten statuses. Real instants have up to six. */
const MAX_STATES = 1024;

/** Forbidden steps come first: a log has fewer of the others. */
const FORBIDDEN_STEP = 2 ** 24;
const UNLIKELY_STEP = 1;

const RUN = rankOf('RUNNING');

const compareInstants = (a: Transition, b: Transition): number =>
  a.time - b.time || (a.nanos ?? 0) - (b.nanos ?? 0);

const compareWithinInstant = (a: Transition, b: Transition): number =>
  rankOf(a.status) - rankOf(b.status) || compareText(a.source, b.source) || compareText(a.id, b.id);

/** The least cost of a status and the rest of the log, less what all statuses have in common. */
type Cost = (from: Status | undefined) => number;

/** A stop without a run. */
const isStopBeforeRun = (from: Status | undefined, to: Status): boolean =>
  (from === undefined || rankOf(from) < RUN) && rankOf(to) > RUN;

/** The cost of a step to another instant. RUNNING is reported again as a sign of life. */
const stepCost = (from: Status | undefined, to: Status): number => {
  if (from === to) return to === 'RUNNING' ? 0 : FORBIDDEN_STEP;
  if (isForbiddenStep(from, to)) return FORBIDDEN_STEP;
  return isStopBeforeRun(from, to) ? UNLIKELY_STEP : 0;
};

/** The cost of a step within an instant, in which a run would have no length. */
const stepCostWithin = (from: Status, to: Status): number => {
  if (from === to) return FORBIDDEN_STEP;
  return stepCost(from, to) + (from === 'RUNNING' ? UNLIKELY_STEP : 0);
};

/** The events of one instant by status, each list in order. */
const queuesOf = (instant: readonly Transition[]): Transition[][] => [
  ...Map.groupBy(instant, ({ status }) => status).values(),
];

const countStates = (queues: readonly Transition[][]): number =>
  queues.reduce((states, queue) => states * (queue.length + 1), 1);

/**
 * Orders within one instant. A state is how many events of each status are left, as one number with
 * a digit per status. Events of one status cost the same, so they come by source and id.
 */
const createInstant = (instant: readonly Transition[], costAfter: Cost) => {
  const queues = queuesOf(instant).map((events, index, all) => {
    const status = events[0]?.status ?? assert.fail('a queue has an event');
    return { events, status, digit: countStates(all.slice(0, index)) };
  });
  const full = countStates(queues.map(({ events }) => events)) - 1;
  const leftOf = (state: number, { events, digit }: (typeof queues)[number]) =>
    Math.floor(state / digit) % (events.length + 1);

  /** The least cost of each state, by the status before it. */
  const leastCosts: ReadonlyMap<Status, number>[] = [];
  const costOf = (state: number, status: Status) =>
    leastCosts[state]?.get(status) ?? assert.fail('smaller states are known');
  const leastCost = (state: number, cost: (status: Status) => number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (const queue of queues)
      if (leftOf(state, queue) > 0)
        least = Math.min(least, cost(queue.status) + costOf(state - queue.digit, queue.status));
    return least;
  };
  for (let state = 0; state < full; state += 1)
    leastCosts.push(
      new Map(
        queues.map(({ status: from }) => [
          from,
          state === 0 ? costAfter(from) : leastCost(state, (to) => stepCostWithin(from, to)),
        ]),
      ),
    );

  return {
    cost: (from: Status | undefined) => leastCost(full, (to) => stepCost(from, to)),

    /** The first order by rank, source and id among those of least cost. */
    order(from: Status | undefined): Transition[] {
      const ordered: Transition[] = [];
      let stepTo = (to: Status) => stepCost(from, to);
      for (let state = full; state > 0; ) {
        const least = leastCost(state, stepTo);
        const [next] = queues
          .flatMap(({ events, status, digit }, index) => {
            const left = leftOf(state, queues[index] ?? assert.fail());
            const event = events[events.length - left];
            const rest = state - digit;
            return event && stepTo(status) + costOf(rest, status) === least ? [{ event, rest }] : [];
          })
          .sort((a, b) => compareWithinInstant(a.event, b.event));
        assert(next, 'one of the events left comes next');
        const { event, rest } = next;
        ordered.push(event);
        state = rest;
        stepTo = (to) => stepCostWithin(event.status, to);
      }
      return ordered;
    },
  };
};

/** Looked up instead of computed through all instants that follow. */
const known = (cost: Cost): Cost => {
  const costs = new Map([undefined, ...STATUSES].map((from) => [from, cost(from)]));
  return (from) => costs.get(from) ?? assert.fail('every status has a cost');
};

/**
 * Transitions in the order they happened, whatever order they arrived in (I1): by time at full
 * precision, and within one instant the order with the fewest steps that the lifecycle forbids, from
 * the status before it to the status after it; of these the one with the fewest runs of no length
 * and stops without a run, then by rank, source and id. Where there are too many states to compare,
 * rank alone decides.
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
    const [first] = instant;
    if (instant.length === 1 || countStates(queuesOf(instant)) > MAX_STATES) {
      costAfter = (from) => (first ? stepCost(from, first.status) : 0);
      return () => instant;
    }
    const after = costAfter;
    costAfter = known(createInstant(instant, after).cost);
    // Made again when it is ordered: the states of all instants would fill the memory.
    return (from: Status | undefined) => createInstant(instant, after).order(from);
  });
  const ordered: Transition[] = [];
  for (const order of ordering.toReversed()) ordered.push(...order(ordered.at(-1)?.status));
  return ordered;
};
