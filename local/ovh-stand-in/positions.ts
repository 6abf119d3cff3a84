import type { JobState } from './api-model.ts';
import { monthOf, nextMonth } from './month-times.ts';
import type { Provider } from './provider.ts';
import { happenedBy, type ScriptedJob } from './scripted-job.ts';

/** How the provider bills: each commenced minute in a billable state, in UTC. */
export interface BillingRule {
  readonly billableStates: readonly JobState[];
  /** Of each flavor, in 10^-8 of the currency, per minute and unit, without tax. */
  readonly prices: Readonly<Record<string, number>>;
  readonly currency: string;
  /** How far usage lags behind the clock, in milliseconds. */
  readonly lagMs?: number;
}

interface OtherRule {
  readonly kind: 'rule';
  readonly billableStates: readonly JobState[];
  /** Without a job or region all of them. */
  readonly job?: string;
  readonly region?: string;
}

/** Usage of a job that never was. */
interface UsageOfNobody {
  readonly kind: 'nobody';
  readonly project: string;
  readonly month: string;
  readonly region: string;
  readonly flavor: string;
  readonly unitMinutes: number;
}

/** A mistake of the provider, to be found by a reconciliation. Prices are as in `BillingRule`. */
export type Planted =
  | { readonly kind: 'counted twice'; readonly job: string }
  | { readonly kind: 'price'; readonly flavor: string; readonly price: number }
  | OtherRule
  | UsageOfNobody;

/** What a project used of a flavor in a region and month, and what it costs. */
export interface Position {
  readonly region: string;
  readonly flavor: string;
  readonly unitMinutes: number;
  /** In 10^-8 of the currency, per minute and unit. */
  readonly price: number;
  readonly amount: number;
}

const MINUTE_MS = 60_000;

/** The commenced minutes of a job in a month, up to an instant. */
const minutesIn = (month: string, job: ScriptedJob, billable: readonly JobState[], upTo: number): number => {
  let minutes = 0;
  const count = (from: number, to: number) => {
    for (let minute = from; minute < to; minute += MINUTE_MS) if (monthOf(minute) === month) minutes += 1;
  };
  let openedAt: number | undefined;
  for (const { state, date } of happenedBy(job, upTo)) {
    if (billable.includes(state)) openedAt ??= Date.parse(date);
    else if (openedAt !== undefined) {
      count(openedAt, Date.parse(date));
      openedAt = undefined;
    }
  }
  if (openedAt !== undefined) count(openedAt, upTo);
  return minutes;
};

/** To the cent, half up. */
const amountOf = (unitMinutes: number, price: number) =>
  Number((BigInt(unitMinutes) * BigInt(price) + 500_000n) / 1_000_000n) / 100;

const statesFor = (job: ScriptedJob, rule: BillingRule, planted: readonly Planted[]) => {
  const others = planted.filter((mistake): mistake is OtherRule => mistake.kind === 'rule');
  const other = others.findLast(
    ({ job: id = job.id, region = job.region }) => id === job.id && region === job.region,
  );
  return (other ?? rule).billableStates;
};

const priceOf = (flavor: string, rule: BillingRule, planted: readonly Planted[]) => {
  const wrong = planted.findLast((mistake) => mistake.kind === 'price' && mistake.flavor === flavor);
  return wrong?.kind === 'price' ? wrong.price : (rule.prices[flavor] ?? 0);
};

/** The positions of a project's month up to an instant, by region and flavor. */
export const positionsOf = (
  provider: Provider,
  rule: BillingRule,
  planted: readonly Planted[],
  { project, month, upTo }: { readonly project: string; readonly month: string; readonly upTo: number },
): readonly Position[] => {
  const sums = new Map<string, Omit<Position, 'price' | 'amount'>>();
  const add = (region: string, flavor: string, unitMinutes: number) => {
    const key = `${region} ${flavor}`;
    const before = sums.get(key)?.unitMinutes ?? 0;
    if (unitMinutes > 0) sums.set(key, { region, flavor, unitMinutes: before + unitMinutes });
  };
  for (const job of provider.scripts()) {
    if (job.project !== project) continue;
    const { flavor, gpu, cpu } = job.resources;
    const minutes = minutesIn(month, job, statesFor(job, rule, planted), upTo);
    const twice = planted.some((mistake) => mistake.kind === 'counted twice' && mistake.job === job.id);
    add(job.region, flavor, minutes * (gpu > 0 ? gpu : cpu) * (twice ? 2 : 1));
  }
  for (const mistake of planted)
    if (mistake.kind === 'nobody' && mistake.project === project && mistake.month === month)
      add(mistake.region, mistake.flavor, mistake.unitMinutes);
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => {
      const price = priceOf(sum.flavor, rule, planted);
      return { ...sum, price, amount: amountOf(sum.unitMinutes, price) };
    });
};

/** The months of the provider's jobs that have ended, oldest first without a gap. */
export const endedMonths = (provider: Provider, project?: string): readonly string[] => {
  const begun = provider
    .scripts()
    .filter((job) => project === undefined || job.project === project)
    .flatMap(({ transitions: [first] }) => (first ? [monthOf(Date.parse(first.date))] : []))
    .sort();
  const months: string[] = [];
  for (let month = begun[0]; month && month < monthOf(provider.now()); month = nextMonth(month))
    months.push(month);
  return months;
};

/** A sum of amounts, to the cent. */
export const sumOf = (amounts: readonly number[]): number =>
  Math.round(amounts.reduce((sum, amount) => sum + amount, 0) * 100) / 100;
