import type { BilledCharge } from '../../../lib/billing/billed-charge.ts';
import { deriveCharges, type FinalCharge } from '../../../lib/billing/charges.ts';
import type {
  Cutoff,
  EventRef,
  Fact,
  Resources,
  Retraction,
  Transition,
} from '../../../lib/billing/facts.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import { createTariffBook, type Tariff } from '../../../lib/billing/tariff.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An RFC 3339 instant as epoch milliseconds. */
export const at = (instant: string): number => {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) throw new Error(`${instant} is not an instant`);
  return time;
};

const timeOf = (time: string | number) => (typeof time === 'number' ? time : at(time));

/**
 * Job `job-1` of project `proj-1` enters `status`; the event's id follows from both unless it is
 * given.
 */
export const transition = (
  status: Status,
  time: string | number,
  overrides: Partial<Transition> = {},
): Transition => ({
  kind: 'transition',
  jobId: 'job-1',
  projectId: 'proj-1',
  source: 'https://gra.training.example',
  id: `${status}@${time}`,
  status,
  time: timeOf(time),
  ...overrides,
});

export const retraction = (retracted: EventRef, time: string | number): Retraction => ({
  kind: 'retraction',
  jobId: 'job-1',
  projectId: 'proj-1',
  source: 'https://gra.training.example',
  id: `retraction of ${retracted.id}`,
  time: timeOf(time),
  retracts: { source: retracted.source, id: retracted.id },
  reason: 'sent by mistake',
});

export const cutoff = (month: string): Cutoff => ({
  kind: 'cutoff',
  jobId: 'job-1',
  projectId: 'proj-1',
  month,
});

export const twoCpus: Resources = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2_000 } };
export const oneCpu: Resources = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 1_000 } };
export const twoGpus: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 2_000, cpu: 26_000 } };

/** So many GPUs, each with its 13 CPUs. */
export const gpus = (count: number): Resources => ({
  flavor: 'ai1-1-gpu',
  milliUnits: { gpu: count * 1_000, cpu: count * 13_000 },
});

/** Prices by flavor, each per unit that the flavor is named for. */
export const pricesOf = (perHour: Readonly<Record<string, string>>): Tariff['prices'] =>
  Object.fromEntries(
    Object.entries(perHour).map(([flavor, pricePerHour]) => [
      flavor,
      { unit: flavor.endsWith('gpu') ? ('gpu' as const) : ('cpu' as const), pricePerHour },
    ]),
  );

/** The tariff of the product page: EUR, RUNNING only, at most 28 days without a stop. */
export const defaultTariff: Tariff = {
  name: 'RUNNING only',
  effectiveFrom: at('2023-02-14T00:00:00Z'),
  revision: 1,
  currency: 'EUR',
  billableStatuses: ['RUNNING'],
  maxRunningMs: 28 * DAY,
  maxSilenceMs: 28 * DAY,
  prices: pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93' }),
};

export const tariffFrom = (effectiveFrom: string, overrides: Partial<Tariff> = {}): Tariff => ({
  ...defaultTariff,
  effectiveFrom: at(effectiveFrom),
  ...overrides,
});

export const derive = (facts: readonly Fact[], tariffs: readonly Tariff[] = [defaultTariff], zone = 'UTC') =>
  deriveCharges(facts, createTariffBook(tariffs), createCalendar(zone));

/** The charges of a job whose intervals have all ended. */
export const deriveFinal = (...input: Parameters<typeof derive>): FinalCharge[] =>
  derive(...input).map((charge) => {
    if (charge.kind !== 'final') throw new Error(`the charge from ${charge.start} is still open`);
    return charge;
  });

/** Ten minutes of one CPU in October 2026 at 0.03 by default; the exact amount follows. */
export const billedCharge = (overrides: Partial<BilledCharge> = {}): BilledCharge => {
  const start = at('2026-10-05T08:00:00Z');
  const openedBy = { source: 'https://gra.training.example', id: 'opened', time: start };
  const end = start + (overrides.minutes ?? 10) * MINUTE;
  const endedBy = { cause: 'fact', fact: { ...openedBy, id: 'closed', time: end } } as const;
  return {
    jobId: 'job-1',
    usageMonth: '2026-10',
    start,
    end,
    flavor: 'ai1-1-cpu',
    unit: 'cpu',
    milliUnits: 1_000,
    statedBy: openedBy,
    tariff: '2023-02-14T00:00:00.000Z#1',
    pricePerHour: '0.03',
    minutes: 10,
    amount: 0n,
    openedBy,
    endedBy,
    ...overrides,
  };
};
