import type { Fact } from '../../../../lib/billing/facts.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import type { Tariff } from '../../../../lib/billing/tariff.ts';
import { readProviderJobs } from '../../../../lib/operations/reconcile/provider-jobs.ts';
import { reconcile } from '../../../../lib/operations/reconcile/reconcile.ts';
import { parseTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { readOvhUsage } from '../../../../lib/sources/ovh-usage.ts';
import running from '../../../../tariffs/2023-02-14-running.json' with { type: 'json' };
import pendingRunning from '../../../../tariffs/2026-01-27-pending-running.json' with { type: 'json' };
import pendingUntilStopped from '../../../../tariffs/2026-09-11-pending-until-stopped.json' with {
  type: 'json',
};
import { at, TARIFF } from '../world.ts';

/** 0.05 a minute. */
export const H100 = 'h100-1-gpu';

/** RUNNING only. */
export const HERE: Tariff = {
  ...TARIFF,
  prices: { ...TARIFF.prices, [H100]: { unit: 'gpu', pricePerHour: '3' } },
};

export const RULES = [running, pendingRunning, pendingUntilStopped].map(parseTariff);

/** A time of October 2026: `5 10:00`, or with seconds. */
export const october = (time: string): string => {
  const [day = '', clock = ''] = time.split(' ');
  return `2026-10-${day.padStart(2, '0')}T${clock.length === 5 ? `${clock}:00` : clock}Z`;
};

interface Described {
  readonly region?: string | null;
  readonly flavor?: string;
  readonly gpu?: number;
  readonly cpu?: number;
  readonly duration?: number;
}

/** A job as the API lists it: its history as pairs of a state and a time of October. */
export const ovhJob = (
  id: string,
  history: readonly (readonly [state: string, time: string])[],
  { region = 'GRA', flavor = H100, gpu = 1, cpu = 0, duration }: Described = {},
) => {
  const entries = history.map(([state, time]) => ({
    state,
    date: time.includes('T') ? time : october(time),
  }));
  return {
    id,
    user: 'user-1',
    spec: { region, labels: {}, timeout: 0, resources: { flavor, gpu, cpu } },
    status: {
      state: entries.at(-1)?.state,
      history: entries,
      ...(duration !== undefined && { duration }),
    },
  };
};

export type OvhJob = ReturnType<typeof ovhJob>;

/** A job that runs once. */
export const ran = (id: string, start: string, end: string, described: Described = {}): OvhJob =>
  ovhJob(
    id,
    [
      ['RUNNING', start],
      ['DONE', end],
    ],
    described,
  );

const OPTIONS = { options: { project: { id: 'proj-1' }, timeZone: 'UTC' }, until: 0 };

/** What is recorded if all events of a job are received, or those that are kept. */
export const received = (
  job: OvhJob,
  isKept: (state: string, index: number) => boolean = () => true,
): Fact[] => {
  const { jobs } = readProviderJobs([job], OPTIONS);
  const facts = jobs.get(job.id)?.facts ?? [];
  return facts.filter((fact, index) => fact.kind === 'transition' && isKept(fact.status, index));
};

type Component = readonly [region: string, flavor: string, minutes: number, price: number];

export const usageJson = (rows: readonly Component[], more: object = {}) => ({
  id: 'u1',
  lastUpdate: '2026-11-02T02:00:00+00:00',
  period: { from: '2026-10-01T00:00:00+00:00', to: '2026-10-31T23:59:59+00:00' },
  resourcesUsage: [
    {
      type: 'ai-training',
      resources: rows.map(([region, flavor, value, totalPrice]) => ({
        region,
        components: [{ name: flavor, quantity: { unit: 'Minute', value }, totalPrice }],
      })),
    },
  ],
  ...more,
});

interface Given {
  readonly usage: object;
  /** The logs here, by job. */
  readonly here?: Readonly<Record<string, readonly Fact[]>>;
  readonly listed?: readonly OvhJob[];
  readonly published?: readonly Tariff[];
  readonly zone?: string;
  readonly currency?: string;
}

/** The comparison of October 2026. */
export const compare = (given: Given) => {
  const { usage: json, here = {}, listed, published = [HERE], zone = 'UTC', currency = 'EUR' } = given;
  const read = readOvhUsage(json, currency);
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  const { usage } = read;
  const comparedAt = at('2026-11-03T00:00:00Z');
  const until = usage.updatedAt ?? comparedAt;
  const { jobs, notes } = readProviderJobs(listed ?? [], { ...OPTIONS, until, listedAt: comparedAt });
  const ids = [...new Set([...Object.keys(here), ...jobs.keys()])].sort();
  return reconcile({
    ...{ projectId: 'proj-1', month: '2026-10', currency, calendar: createCalendar(zone) },
    ...{ published, rules: RULES, usage, until, comparedAt, notes },
    jobs: ids.map((jobId) => ({ jobId, facts: here[jobId] ?? [], listed: jobs.get(jobId) })),
    isListGiven: listed !== undefined,
  });
};

/** A row in a few words: its difference, its causes and the rest, in minutes and money. */
export const inWords = ({ report }: ReturnType<typeof compare>): string[] =>
  report.rows.map(({ region, flavor, difference, causes, unexplained }) => {
    const text = ({ unitMinutes, amount }: typeof difference) => `${unitMinutes} min ${amount}`;
    return [
      `${region ?? '-'} ${flavor} ${text(difference)}`,
      ...causes.map((share) => `${share.cause} ${text(share)}`),
      ...(unexplained.unitMinutes !== 0 || !/^-?0(\.0*)?$/.test(unexplained.amount)
        ? [`unexplained ${text(unexplained)}`]
        : []),
    ].join(' | ');
  });
