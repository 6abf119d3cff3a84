import { hash } from 'node:crypto';
import type { Transition } from '../../lib/billing/facts.ts';
import { DAY_MS } from '../../lib/billing/minutes.ts';
import type { MAX_BATCH_EVENTS } from '../../lib/http/cloud-events.ts';
import { jobPartition } from '../../lib/store/keys.ts';
import { createRandom, type Random } from '../../simulation/random.ts';
import type { Job } from '../workload.ts';

const MONTH_MS = 30 * DAY_MS;
/** Of the stream of a new table, by AWS's documentation of its first partitions. Assumed. */
export const SHARDS = 4;
/** Lambda reads a shard four times a second. */
const POLL_MS = 250;
/** The batch size of `serverless.yml`. */
const BATCH_SIZE = 100;
/** How long an invocation of a batch takes, while its shard waits. Assumed. */
const INVOCATION_MS = 60;

/**
 * Delay of each event of a job after the one before, as platforms send them: the steps to a queue
 * within a second or two, the end within a second. Runs are short, so that few jobs come as densely
 * as those of a month.
 */
const DELAYS: readonly ((random: Random) => number)[] = [
  () => 0,
  (random) => random.integer(200, 1_500),
  (random) => random.integer(100, 800),
  (random) => random.integer(5_000, 60_000),
  (random) => random.integer(60_000, 300_000),
  (random) => random.integer(100, 900),
];

/** An invocation, at a virtual time in milliseconds. */
export type Step =
  | { readonly at: number; readonly kind: 'record'; readonly events: readonly Transition[] }
  | {
      readonly at: number;
      readonly kind: 'settle';
      readonly shard: number;
      readonly events: readonly Transition[];
    };

interface Arrival {
  readonly at: number;
  readonly event: Transition;
}

/** Events as a platform has them, or of jobs of the past all at once, in the order of time. */
const arrivalsOf = (jobs: readonly Job[], { jobsAMonth, isPast, seed }: PlanOptions): Arrival[] => {
  const random = createRandom(seed);
  return jobs
    .flatMap(({ transitions }) => {
      let at = random.integer(0, Math.round((jobs.length * MONTH_MS) / jobsAMonth));
      return transitions.map((event, index): Arrival => {
        at += isPast ? 0 : (DELAYS[index]?.(random) ?? 0);
        return { at, event };
      });
    })
    .sort((a, b) => a.at - b.at);
};

/** Requests of a sender: an event each, or a hundred together once there are so many. */
const requestsOf = (arrivals: readonly Arrival[], together: number): Extract<Step, { kind: 'record' }>[] =>
  Array.from({ length: Math.ceil(arrivals.length / together) }, (_, index) => {
    const sent = arrivals.slice(index * together, (index + 1) * together);
    return { at: sent.at(-1)?.at ?? 0, kind: 'record', events: sent.map(({ event }) => event) };
  });

const shardOf = (event: Transition) =>
  Number.parseInt(hash('sha256', jobPartition(event)).slice(0, 8), 16) % SHARDS;

/** The first time a shard is read, at or after `at`. */
const pollFrom = (at: number) => Math.ceil(at / POLL_MS) * POLL_MS;

/** The batches of a shard: each begins with the first read that has a record, and waits a window. */
const batchesOf = (arrivals: readonly Arrival[], shard: number, windowMs: number): Step[] => {
  const steps: Step[] = [];
  let freeAt = 0;
  for (let next = 0; next < arrivals.length; ) {
    const opened = pollFrom(Math.max(freeAt, arrivals[next]?.at ?? 0));
    const full = arrivals[next + BATCH_SIZE - 1]?.at ?? Number.POSITIVE_INFINITY;
    const at = Math.max(opened, Math.min(pollFrom(opened + windowMs), pollFrom(full)));
    const events: Transition[] = [];
    while (events.length < BATCH_SIZE) {
      const arrival = arrivals[next];
      if (!arrival || arrival.at > at) break;
      events.push(arrival.event);
      next += 1;
    }
    steps.push({ at, kind: 'settle', shard, events });
    freeAt = at + INVOCATION_MS;
  }
  return steps;
};

export interface PlanOptions {
  /** Events of a request. */
  readonly together: 1 | typeof MAX_BATCH_EVENTS;
  /** The batch window of the stream. */
  readonly windowMs: number;
  /** They come evenly. */
  readonly jobsAMonth: number;
  /** The events of a job are sent together, long after it has ended. */
  readonly isPast?: boolean;
  readonly seed: number;
}

/** Every invocation that records or settles the events of some jobs, in the order of time. */
export const planOf = (jobs: readonly Job[], options: PlanOptions): Step[] => {
  const { together, windowMs } = options;
  const requests = requestsOf(arrivalsOf(jobs, options), together);
  const written = requests.flatMap(({ at, events }) => events.map((event): Arrival => ({ at, event })));
  const byShard = Map.groupBy(written, ({ event }) => shardOf(event));
  const batches = [...byShard].flatMap(([shard, arrivals]) => batchesOf(arrivals, shard, windowMs));
  // What is read from the stream was written before.
  const order = { record: 0, settle: 1 };
  return [...requests, ...batches].sort((a, b) => a.at - b.at || order[a.kind] - order[b.kind]);
};

/** How long each event waits from its request until its batch is settled, in order. */
export const waitsOf = (steps: readonly Step[]): number[] => {
  const recordedAt = new Map<Transition, number>();
  const waits: number[] = [];
  for (const { at, kind, events } of steps)
    for (const event of events)
      if (kind === 'record') recordedAt.set(event, at);
      else waits.push(at - (recordedAt.get(event) ?? at));
  return waits.sort((a, b) => a - b);
};
