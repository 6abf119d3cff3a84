import { createCalendar, monthsFrom } from '../../lib/billing/months.ts';
import type { DraftTariff } from '../../lib/operations/tariffs/publish.ts';
import { createRandom } from '../random.ts';
import { randomJob } from './random-job.ts';
import { type Delivery, type Losses, type SentJob, sendJob } from './webhooks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The first and the last time at which a job may begin. */
const FIRST = Date.UTC(2026, 6, 1);
const LAST = Date.UTC(2026, 9, 5);
const CLOSE_AFTER = 6 * HOUR;
export const MAX_SILENCE: number = 7 * DAY;
export const CURRENCY = 'EUR';

const draft = (effectiveFrom: number, billableStatuses: DraftTariff['billableStatuses']): DraftTariff => ({
  ...{ name: billableStatuses.join(' and '), effectiveFrom, currency: CURRENCY, billableStatuses },
  ...{ maxRunningMs: 28 * DAY, maxSilenceMs: MAX_SILENCE },
  prices: {
    'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
    'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
    'l4-1-gpu': { unit: 'gpu', pricePerHour: '0.83' },
    'h100-1-gpu': { unit: 'gpu', pricePerHour: '3.10' },
  },
});

/** The rule changes within the time of the simulation, as the provider's did. */
export const TARIFFS: readonly DraftTariff[] = [
  draft(Date.UTC(2023, 1, 14), ['RUNNING']),
  draft(Date.UTC(2026, 8, 11), ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT']),
];

export interface LostEvents extends Losses {
  readonly seed: number;
  readonly jobCount: number;
  readonly projectCount: number;
  /** Minutes between two polls. */
  readonly pollEvery: number;
  /** Probability that a call of the provider fails. */
  readonly apiFailures: number;
  /** Jobs of a page of the provider at most. */
  readonly pageSize: number;
}

/** Everything that happens, equal with and without polling. */
export interface Story {
  readonly options: LostEvents;
  readonly projects: readonly string[];
  readonly jobs: readonly SentJob[];
  /** By time. */
  readonly deliveries: readonly Delivery[];
  /** In all of which something may be billed. */
  readonly months: readonly string[];
  readonly start: number;
}

const calendar = createCalendar('UTC');

export const createStory = (options: LostEvents): Story => {
  const random = createRandom(options.seed);
  const projects: readonly [string, ...string[]] = [
    'project-1',
    ...Array.from({ length: options.projectCount - 1 }, (_, index) => `project-${index + 2}`),
  ];
  const jobs = Array.from({ length: options.jobCount }, () =>
    sendJob(random, randomJob(random, projects, [FIRST, LAST]), options),
  );
  const lastChange = jobs.reduce(
    (latest, { job }) => Math.max(latest, Date.parse(job.transitions.at(-1)?.date ?? '')),
    LAST,
  );
  return {
    ...{ options, projects, jobs, start: FIRST },
    deliveries: jobs.flatMap((sent) => sent.deliveries).sort((a, b) => a.at - b.at),
    // By the last close everything that waits for a stop is held.
    months: monthsFrom(calendar.monthOf(FIRST).id, calendar.monthOf(lastChange + MAX_SILENCE).id),
  };
};

/** A poll, and the month that is closed after it. */
export interface Tick {
  readonly at: number;
  readonly closes?: string;
}

export function* ticksOf({ months, start, options }: Story): Generator<Tick> {
  let at = start;
  for (const month of months) {
    const closesAt = calendar.month(month).end + CLOSE_AFTER;
    for (; at < closesAt; at += options.pollEvery * MINUTE) yield { at };
    yield { at: closesAt, closes: month };
  }
}
