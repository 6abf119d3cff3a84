import type { Transition } from '../../../lib/billing/facts.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import type { DraftTariff } from '../../../lib/operations/tariffs/publish.ts';
import { createRandom } from '../../../simulation/random.ts';
import type { Action } from '../../../simulation/workload.ts';
import type { Directed } from './scenarios.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-01-15T00:00:00Z');

const TARIFF: DraftTariff = {
  name: 'a tariff',
  effectiveFrom: Date.parse('2025-01-01T00:00:00Z'),
  currency: 'EUR',
  billableStatuses: ['RUNNING'],
  maxRunningMs: 28 * 24 * 60 * MINUTE,
  maxSilenceMs: 28 * 24 * 60 * MINUTE,
  prices: { 'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.5' } },
};

const STATUSES: readonly [Status, ...Status[]] = ['QUEUED', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'];
const LABELS = [undefined, { team: 'a' }, { team: 'b' }] as const;

/**
 * One job whose facts come one by one, in any order, to processes that remember it, fail and die.
 * Some are taken back, and some jobs run twice.
 */
export const processesRememberOneJob: Directed = (seed) => {
  const random = createRandom(seed);
  const reported = [...STATUSES, random.oneOf(STATUSES)].map((status, index): Transition => {
    const labels = random.oneOf(LABELS);
    return {
      kind: 'transition',
      jobId: 'job-1',
      projectId: 'proj-1',
      source: 'https://gra.example',
      id: `${index}`,
      status,
      time: START + (index < STATUSES.length ? index : random.integer(0, 5)) * 10 * MINUTE,
      resources: { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2000 } },
      ...(labels && { labels }),
    };
  });
  const sends = reported.flatMap((event): Action[] => {
    const at = START + random.integer(60, 90) * MINUTE;
    const { jobId, projectId, source, id } = event;
    const taken = { jobId, projectId, source, id: `not ${id}`, time: at, retracts: { source, id } };
    const retracted: Action = {
      at: at + random.integer(-10, 10) * MINUTE,
      kind: 'send',
      events: [{ kind: 'retraction', ...taken, reason: 'sent by mistake' }],
    };
    return [{ at, kind: 'send', events: [event] }, ...(random.chance(0.15) ? [retracted] : [])];
  });
  const published: Action = {
    at: START + random.integer(60, 90) * MINUTE,
    kind: 'publish',
    tariff: {
      ...TARIFF,
      effectiveFrom: START,
      prices: { 'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.7' } },
    },
    backdate: true,
  };
  return {
    scheduleSeed: seed,
    timeZone: 'UTC',
    currency: 'EUR',
    start: START,
    tariffs: [TARIFF],
    actions: [...sends, ...(random.chance(0.3) ? [published] : [])].sort((a, b) => a.at - b.at),
    faults: { rate: 0.1, most: 6 },
    clockErrorSeconds: 0,
  };
};

const event = (status: Status, minute: number, team?: string): Transition => ({
  kind: 'transition',
  jobId: 'job-1',
  projectId: 'proj-1',
  source: 'https://gra.example',
  id: status,
  status,
  time: START + minute * MINUTE,
  resources: { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2000 } },
  ...(team && { labels: { team } }),
});

/** Facts that come half an hour apart; the settle that writes a charge for the third time dies. */
const thirdWriterDies =
  (...events: readonly Transition[]): Directed =>
  (seed) => ({
    scheduleSeed: seed,
    timeZone: 'UTC',
    currency: 'EUR',
    start: START,
    tariffs: [TARIFF],
    actions: events.map((one, index) => ({
      at: START + (120 + 30 * index) * MINUTE,
      kind: 'send',
      events: [one],
    })),
    faults: { rate: 0, most: 0 },
    holds: [{}, {}, { dies: 'after' as const }].map((dies) => ({
      process: 'settle',
      call: 'put PROJECT#',
      ...dies,
    })),
    clockErrorSeconds: 0,
  });

/** A process that has not heard of the stop writes a later one, with as many facts. */
export const processIsBehindByTheStop = thirdWriterDies(
  event('RUNNING', 0),
  event('FINALIZING', 60),
  event('DONE', 61),
);

/** One that has not heard of the first labels, which change nothing, writes others. */
export const processIsBehindByALabel = thirdWriterDies(
  event('PENDING', -5, 'a'),
  event('RUNNING', 0),
  event('DONE', 60),
  event('QUEUED', -20, 'a'),
  event('INITIALIZING', -10, 'b'),
);
