import type { Transition } from '../../../lib/billing/facts.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import type { DraftTariff } from '../../../lib/operations/tariffs/publish.ts';
import type { Hold } from '../../../simulation/scheduler.ts';
import type { Action, Scenario } from '../../../simulation/workload.ts';

/**
 * Schedules that are directed to what random ones meet too rarely. What they leave open still
 * follows from `scheduleSeed`.
 */

const MINUTE = 60_000;
const at = (iso: string) => Date.parse(iso);

const TARIFF: DraftTariff = {
  name: 'a tariff',
  effectiveFrom: at('2025-01-01T00:00:00Z'),
  currency: 'EUR',
  billableStatuses: ['PENDING', 'RUNNING'],
  maxRunningMs: 30 * MINUTE,
  maxSilenceMs: 7 * 24 * 60 * MINUTE,
  prices: { 'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.5' } },
};

const event = (status: Status, time: string, jobId = 'job-1', projectId = 'proj-1'): Transition => ({
  kind: 'transition',
  jobId,
  projectId,
  source: 'https://gra.example',
  id: `${jobId} ${status}`,
  status,
  time: at(time),
  resources: { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2000 } },
});

const send = (time: string, ...events: Transition[]): Action => ({ at: at(time), kind: 'send', events });

/** Usage of another project in January: a close begins with the first month that has any. */
const usageInJanuary = send(
  '2026-01-20T10:00:00Z',
  event('RUNNING', '2026-01-20T09:00:00Z', 'job-9', 'proj-2'),
  event('DONE', '2026-01-20T09:10:00Z', 'job-9', 'proj-2'),
);

const retract = (time: string, { source, id, ...of }: Transition): Action => ({
  at: at(time),
  kind: 'send',
  events: [
    {
      kind: 'retraction',
      jobId: of.jobId,
      projectId: of.projectId,
      source,
      id: `not ${id}`,
      time: at(time),
      retracts: { source, id },
      reason: 'sent by mistake',
    },
  ],
});

const close = (time: string): Action => ({ at: at(time), kind: 'close' });

const publish = (time: string, changed: Partial<DraftTariff>): Action => ({
  at: at(time),
  kind: 'publish',
  tariff: { ...TARIFF, effectiveFrom: at('2026-01-01T00:00:00Z'), ...changed },
  backdate: true,
});

const scenario = (scheduleSeed: number, directed: Partial<Scenario>): Scenario => ({
  scheduleSeed,
  timeZone: 'UTC',
  currency: 'EUR',
  start: at('2026-01-15T00:00:00Z'),
  tariffs: [TARIFF],
  actions: [],
  faults: { rate: 0, most: 0 },
  clockErrorSeconds: 0,
  ...directed,
});

/** Its first charges, by themselves or with others and events. */
const closeDiesAtCharges: readonly Hold[] = ['put', 'putTogether'].map((call) => ({
  process: 'close',
  call: `${call} PROJECT#`,
  dies: 'after',
}));

export type Directed = (scheduleSeed: number) => Scenario;

/**
 * A close settles a job from facts that a late stop has overtaken, and dies. The job is not settled
 * again.
 */
export const closeDiesOnOldFacts: Directed = (seed) =>
  scenario(seed, {
    actions: [
      send('2026-01-31T23:00:00Z', event('RUNNING', '2026-01-31T23:00:00Z')),
      close('2026-02-01T00:01:00Z'),
      send('2026-02-01T00:01:05Z', event('DONE', '2026-01-31T23:10:00Z')),
    ],
    holds: closeDiesAtCharges,
  });

/**
 * The same where the job runs into the next month: of two charges, a close that writes them apart
 * dies after the first.
 */
export const closeDiesBetweenCharges: Directed = (seed) =>
  scenario(seed, {
    ...closeDiesOnOldFacts(seed),
    tariffs: [{ ...TARIFF, maxRunningMs: 3 * 24 * 60 * MINUTE }],
    holds: closeDiesAtCharges,
  });

/** An audit finds a stop that a settle has not written yet, and dies on facts that are overtaken. */
const auditDies = (seed: number, overtaking: Action): Scenario =>
  scenario(seed, {
    actions: [
      send('2026-01-20T10:00:00Z', event('RUNNING', '2026-01-20T09:00:00Z')),
      send('2026-01-20T10:20:00Z', event('DONE', '2026-01-20T09:10:00Z')),
      { at: at('2026-01-20T10:20:00Z'), kind: 'audit' },
      overtaking,
    ],
    holds: [
      { process: 'settle', call: 'put PROJECT#' },
      { process: 'settle', call: 'put PROJECT#', dies: 'before' },
      { process: 'audit', call: 'put PROJECT#', dies: 'after' },
    ],
  });

/** By a start: no process writes first what follows from it, under as many facts as the audit has read. */
export const auditDiesOnOldFacts: Directed = (seed) =>
  auditDies(
    seed,
    send('2026-01-20T10:20:05Z', { ...event('RUNNING', '2026-01-20T08:50:00Z'), id: 'job-1 ran before' }),
  );

/** The same, overtaken by a tariff. */
export const auditDiesOnOldPrices: Directed = (seed) =>
  auditDies(
    seed,
    publish('2026-01-20T10:20:05Z', { prices: { 'ai1-1-cpu': { unit: 'cpu', pricePerHour: '7' } } }),
  );

/** A settle has read tariffs by which waiting is billed when a tariff takes that back. */
export const settleIsOvertakenByTariff: Directed = (seed) =>
  scenario(seed, {
    actions: [
      send(
        '2026-01-20T10:00:00Z',
        event('PENDING', '2026-01-20T09:00:00Z'),
        event('DONE', '2026-01-20T09:10:00Z'),
      ),
      publish('2026-01-20T10:05:00Z', { billableStatuses: ['RUNNING'] }),
    ],
    holds: [{ process: 'settle', call: 'put PROJECT#' }],
  });

/**
 * A process that has just settled a job meets the next one a moment after a tariff that bills it.
 */
export const tariffComesUnseen: Directed = (seed) =>
  scenario(seed, {
    tariffs: [{ ...TARIFF, billableStatuses: ['RUNNING'] }],
    actions: [
      send('2026-01-20T10:00:00Z', event('RUNNING', '2026-01-20T09:00:00Z', 'job-2')),
      publish('2026-01-20T10:00:02Z', { billableStatuses: ['PENDING', 'RUNNING'] }),
      send(
        '2026-01-20T10:00:04Z',
        event('PENDING', '2026-01-20T09:00:00Z'),
        event('DONE', '2026-01-20T09:10:00Z'),
      ),
    ],
  });

/** A settle is overtaken by another one that writes the same charge and event. */
export const settleIsOvertakenWithAnEvent: Directed = (seed) => {
  const { resources: _, ...unrated } = event('RUNNING', '2026-01-20T09:00:00Z');
  return scenario(seed, {
    clockErrorSeconds: 40,
    actions: [
      send('2026-01-20T10:00:00Z', unrated),
      send('2026-01-20T10:00:01Z', { ...unrated, id: 'job-1 RUNNING again', time: unrated.time + 1 }),
    ],
    holds: [{ process: 'settle', call: 'putTogether PROJECT#' }],
  });
};

/** A retry has delivered what had failed when another event of the topic is left to it. */
export const retryIsOvertakenByAnEvent: Directed = (seed) => {
  const unrated = (id: string, status: Status, time: string) => {
    const { resources: _, ...rest } = event(status, time);
    return { ...rest, id };
  };
  return scenario(seed, {
    consumers: [{ endpointId: 'endpoint-1', fails: 0.5, hangs: 0 }],
    actions: [
      send('2026-01-20T09:00:00Z', unrated('one', 'RUNNING', '2026-01-20T09:00:00Z')),
      { at: at('2026-01-20T09:30:00Z'), kind: 'retry deliveries' },
      send(
        '2026-01-20T09:31:00Z',
        unrated('two', 'DONE', '2026-01-20T09:10:00Z'),
        unrated('three', 'QUEUED', '2026-01-20T09:11:00Z'),
        unrated('four', 'RUNNING', '2026-01-20T09:12:00Z'),
        unrated('five', 'DONE', '2026-01-20T09:20:00Z'),
      ),
    ],
    holds: [{ process: 'retry', call: 'delete FAILING' }],
  });
};

/** A settle has read a run when that run is retracted. */
export const settleIsOvertakenByRetraction: Directed = (seed) => {
  const running = event('RUNNING', '2026-01-20T09:00:00Z');
  return scenario(seed, {
    actions: [
      send('2026-01-20T10:00:00Z', running, event('DONE', '2026-01-20T09:10:00Z')),
      retract('2026-01-20T10:05:00Z', running),
    ],
    holds: [{ process: 'settle', call: 'put PROJECT#' }],
  });
};

/** One close finds nothing to say, another something late; both go on, the first one far ahead. */
export const closeIsOvertakenByClose: Directed = (seed) =>
  scenario(seed, {
    actions: [
      usageInJanuary,
      close('2026-02-01T00:01:00Z'),
      close('2026-04-01T00:01:00Z'),
      send(
        '2026-04-01T00:02:00Z',
        event('RUNNING', '2026-02-10T09:00:00Z'),
        event('DONE', '2026-02-10T09:10:00Z'),
      ),
      close('2026-04-01T00:03:00Z'),
    ],
    holds: [
      { process: 'close', call: 'putTogether CLOSE 2026-02' },
      { process: 'close', call: 'putTogether PROJECT#proj-1' },
    ],
  });

/**
 * A close dies between its billed charges and its statement, and one of the billed runs is
 * retracted before the next close.
 */
export const closeDiesBeforeItsCommit: Directed = (seed) => {
  const mistaken = event('RUNNING', '2026-01-20T09:00:00Z');
  return scenario(seed, {
    actions: [
      send('2026-01-20T10:00:00Z', mistaken, event('DONE', '2026-01-20T09:10:00Z')),
      send(
        '2026-01-20T10:00:00Z',
        event('RUNNING', '2026-01-20T09:00:00Z', 'job-2'),
        event('DONE', '2026-01-20T09:10:00Z', 'job-2'),
      ),
      close('2026-02-01T00:01:00Z'),
      retract('2026-02-01T01:00:00Z', mistaken),
    ],
    holds: [{ process: 'close', call: 'putTogether', dies: 'before' }],
  });
};

/** A close that writes statement and index one after the other dies between the two. */
export const closeDiesInItsCommit: Directed = (seed) =>
  scenario(seed, {
    actions: [
      send(
        '2026-01-20T10:00:00Z',
        event('RUNNING', '2026-01-20T09:00:00Z'),
        event('DONE', '2026-01-20T09:10:00Z'),
      ),
      close('2026-02-01T00:01:00Z'),
    ],
    holds: [{ process: 'close', call: 'put PROJECT#proj-1', dies: 'after' }],
  });

/**
 * A close whose clock is ahead is done before the month is; its last events are recorded after
 * that.
 */
export const closeComesTooEarly: Directed = (seed) =>
  scenario(seed, {
    clockErrorSeconds: 40,
    actions: [
      usageInJanuary,
      close('2026-01-31T23:59:45Z'),
      send(
        '2026-01-31T23:59:50Z',
        event('RUNNING', '2026-01-31T23:50:00Z'),
        event('DONE', '2026-01-31T23:55:00Z'),
      ),
    ],
  });

/**
 * A run arrives after its first month was closed: its cutoff makes charges in months that had none.
 */
export const runIsHeardOfLate: Directed = (seed) =>
  scenario(seed, {
    tariffs: [{ ...TARIFF, maxRunningMs: 3 * 24 * 60 * MINUTE }],
    actions: [
      usageInJanuary,
      close('2026-02-01T00:01:00Z'),
      send('2026-03-01T10:00:00Z', event('RUNNING', '2026-01-31T23:00:00Z')),
    ],
  });

/**
 * A job grows in the last minute of a month: that counts from the next minute on, so its open
 * charge starts in the month after its latest fact. A late stop then takes that charge back.
 */
export const jobGrowsInTheLastMinute: Directed = (seed) =>
  scenario(seed, {
    tariffs: [{ ...TARIFF, maxRunningMs: 3 * 24 * 60 * MINUTE }],
    actions: [
      send('2026-01-31T23:10:00Z', event('RUNNING', '2026-01-31T23:10:30Z')),
      send('2026-01-31T23:59:51Z', {
        ...event('RUNNING', '2026-01-31T23:59:50Z'),
        id: 'job-1 grows',
        resources: { flavor: 'ai1-1-cpu', milliUnits: { cpu: 4000 } },
      }),
      send('2026-02-01T03:00:00Z', event('DONE', '2026-01-31T23:59:55Z')),
    ],
  });

/** January, closed three times; its draft is approved before the second one. */
const approvedJanuary = (scheduleSeed: number, directed: Partial<Scenario>): Scenario =>
  scenario(scheduleSeed, {
    issue: 'approve',
    ...directed,
    actions: [
      send(
        '2026-01-20T10:00:00Z',
        event('RUNNING', '2026-01-20T09:00:00Z'),
        event('DONE', '2026-01-20T09:10:00Z'),
      ),
      close('2026-02-01T00:01:00Z'),
      { at: at('2026-02-01T01:00:00Z'), kind: 'decide', decision: 'approve' },
      ...(directed.actions ?? []),
      close('2026-02-02T02:00:00Z'),
    ],
  });

/** An approved draft is held back while its commit is on its way. */
export const draftIsHeldBackDuringItsCommit: Directed = (seed) =>
  approvedJanuary(seed, {
    actions: [
      close('2026-02-01T02:00:00Z'),
      { at: at('2026-02-01T02:00:00Z'), kind: 'decide', decision: 'hold' },
    ],
    holds: [{ process: 'close', call: 'putTogether PROJECT#proj-1#2026-01 STATEMENT' }],
  });

/** Facts arrive between the approval of a draft and the close that would issue it. */
export const factsArriveAfterApproval: Directed = (seed) =>
  approvedJanuary(seed, {
    actions: [
      send(
        '2026-02-01T01:10:00Z',
        event('RUNNING', '2026-01-21T09:00:00Z', 'job-2'),
        event('DONE', '2026-01-21T09:10:00Z', 'job-2'),
      ),
      close('2026-02-01T02:00:00Z'),
    ],
  });
