import { toBilledCharge } from '../../billing/billed-charge.ts';
import { deriveCharges, type FinalCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { Fact } from '../../billing/facts.ts';
import { allocate } from '../../billing/largest-remainder.ts';
import { createLineFold, type Line } from '../../billing/lines.ts';
import { formatMinor, parseMinor } from '../../billing/money.ts';
import { createTariffBook, type Tariff, type TariffBook, tariffId } from '../../billing/tariff.ts';
import { Refusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime, minutesOf, unratedMinutesOf } from '../public-shapes.ts';
import { toLiveCharge } from '../reads/live-charges.ts';
import { forEachPartition } from '../walk-table.ts';
import type { DraftTariff } from './publish.ts';

interface Quantities {
  readonly minutes: number;
  /** Minutes times units. */
  readonly unitMinutes: number;
  /** The minutes without a price. */
  readonly unratedMinutes: number;
  /** Intervals that reach the tariff's limit in the month: time beyond it is held. */
  readonly heldIntervals: number;
}

/** Usage and cost under one tariff. Money is a decimal string with the currency's digits. */
export interface ComparedCost extends Quantities {
  readonly cost: string;
  /** The cost less the cost under the first tariff. */
  readonly difference: string;
}

/** The costs of one project, one for each tariff: they add up over its jobs exactly (I5). */
export interface ComparedProject {
  readonly projectId: string;
  readonly costs: readonly ComparedCost[];
  readonly jobs: readonly { readonly jobId: string; readonly costs: readonly ComparedCost[] }[];
}

/** The costs of the same jobs in one month under several tariffs, in the order of the tariffs. */
export interface Comparison {
  readonly month: string;
  readonly timeZone: string;
  readonly currency: string;
  /** Running jobs are priced up to here. */
  readonly asOf: string;
  /** By project id, jobs by job id; only those with usage under one of the tariffs. */
  readonly projects: readonly ComparedProject[];
  readonly total: readonly ComparedCost[];
}

export interface CompareOptions {
  readonly month: string;
  readonly tariffs: readonly DraftTariff[];
  readonly onProgress?: (progress: { readonly jobsCompared: number }) => void;
}

/** A published tariff by its id. */
export const readPublishedTariff = async (store: Store, id: string): Promise<Tariff> => {
  const tariff = (await store.readTariffs()).find((published) => tariffId(published) === id);
  if (!tariff)
    throw new Refusal('not-found', `no tariff ${id} is published: \`tariff list\` shows those that are`);
  return tariff;
};

/** A job's usage under one tariff: all of it is on the line of its flavor and unit. */
interface JobUsage {
  readonly quantities: Quantities;
  /** Exact. */
  readonly amount: bigint;
  readonly flavor?: string | undefined;
  readonly unit?: string | undefined;
}

/** Usage with its share of the rounded line, in minor units. */
interface Rounded extends Quantities {
  readonly minor: bigint;
}

const NOTHING: Rounded = { minutes: 0, unitMinutes: 0, unratedMinutes: 0, heldIntervals: 0, minor: 0n };

const add = (a: Rounded, b: Rounded): Rounded => ({
  minutes: a.minutes + b.minutes,
  unitMinutes: a.unitMinutes + b.unitMinutes,
  unratedMinutes: a.unratedMinutes + b.unratedMinutes,
  heldIntervals: a.heldIntervals + b.heldIntervals,
  minor: a.minor + b.minor,
});

const usageOf = (charges: readonly FinalCharge[]): JobUsage => ({
  quantities: {
    minutes: minutesOf(charges),
    unitMinutes: charges.reduce((sum, { minutes, units = 0 }) => sum + minutes * units, 0),
    unratedMinutes: unratedMinutesOf(charges),
    heldIntervals: charges.filter(({ held }) => held).length,
  },
  amount: charges.reduce((sum, { amount }) => sum + amount, 0n),
  flavor: charges[0]?.flavor,
  unit: charges[0]?.unit,
});

/** Each job's share of its lines, allocated by largest remainder, in minor units. */
const shareLines = (usages: readonly JobUsage[], lines: readonly Line[]): readonly bigint[] => {
  const shares = usages.map(() => 0n);
  for (const line of lines) {
    const onLine = [...usages.entries()].filter(
      ([, { flavor, unit }]) => flavor === line.flavor && unit === line.unit,
    );
    const amounts = allocate(
      parseMinor(line.amount),
      onLine.map(([, { amount }]) => amount),
    );
    onLine.forEach(([job], index) => {
      shares[job] = amounts[index] ?? 0n;
    });
  }
  return shares;
};

/** A book in which the tariff is in force at all times, whenever it starts. */
const bookOf = (tariff: DraftTariff): TariffBook =>
  createTariffBook([{ ...tariff, effectiveFrom: 0, revision: 1 }]);

/** Adds up the jobs of a project under every tariff. Memory grows with jobs, not with charges. */
const createProjectFold = (tariffs: number, month: string, currency: string) => {
  const folds = Array.from({ length: tariffs }, createLineFold);
  const jobs: { readonly jobId: string; readonly usages: readonly JobUsage[] }[] = [];
  return {
    /** Adds a job's charges in the month, a list for each tariff. */
    add(jobId: string, chargesByTariff: readonly (readonly FinalCharge[])[]) {
      folds.forEach((fold, tariff) => {
        for (const charge of chargesByTariff[tariff] ?? []) fold.after(toBilledCharge(charge));
      });
      jobs.push({ jobId, usages: chargesByTariff.map(usageOf) });
    },

    /** The jobs' shares of the lines, which are rounded as on a statement of this usage month alone. */
    rows(): { readonly jobId: string; readonly rounded: readonly Rounded[] }[] {
      jobs.sort((a, b) => compareText(a.jobId, b.jobId));
      const shares = folds.map((fold, tariff) =>
        shareLines(
          jobs.map(({ usages }) => usages[tariff] ?? usageOf([])),
          fold.lines(month, currency),
        ),
      );
      return jobs.map(({ jobId, usages }, job) => ({
        jobId,
        rounded: usages.map(({ quantities }, tariff) => ({
          ...quantities,
          minor: shares[tariff]?.[job] ?? 0n,
        })),
      }));
    },
  };
};

const refuseOtherCurrency = (tariffs: readonly DraftTariff[], currency: string): void => {
  const other = tariffs.find((tariff) => tariff.currency !== currency);
  if (other)
    throw new Refusal(
      'invalid',
      `tariff "${other.name}" has currency ${other.currency}: it must be ${currency}, the currency this table bills in`,
    );
};

/**
 * The cost of every job in one usage month under each tariff, as if that tariff alone had always
 * been in force. Running jobs are priced up to now. Charges are derived from facts; nothing is
 * written. A project's cost is that of a statement of only this usage month.
 */
export const compareTariffs = async (
  { store, calendar, currency, now }: BillingContext,
  { month, tariffs, onProgress = () => {} }: CompareOptions,
): Promise<Comparison> => {
  refuseOtherCurrency(tariffs, currency);
  const asOf = now();
  const books = tariffs.map(bookOf);
  const projects = new Map<string, ReturnType<typeof createProjectFold>>();
  const compared = new Set<string>();

  const chargesUnder = (facts: readonly Fact[], book: TariffBook): FinalCharge[] =>
    deriveCharges(facts, book, calendar)
      .flatMap((charge) => toLiveCharge(charge, { calendar }, book, asOf).charges)
      .filter(({ usageMonth }) => usageMonth === month);

  const compareJob = (jobId: string, facts: readonly Fact[]) => {
    const chargesByTariff = books.map((book) => chargesUnder(facts, book));
    const projectId = chargesByTariff.flat()[0]?.projectId;
    if (projectId === undefined) return;
    const project = projects.get(projectId) ?? createProjectFold(tariffs.length, month, currency);
    projects.set(projectId, project);
    project.add(jobId, chargesByTariff);
  };

  await forEachPartition(store, ({ partition, facts }) => {
    if (partition.kind !== 'job' || compared.has(partition.jobId)) return;
    compared.add(partition.jobId);
    compareJob(partition.jobId, facts);
    onProgress({ jobsCompared: compared.size });
  });

  const addUp = (rows: readonly { readonly rounded: readonly Rounded[] }[]): Rounded[] =>
    tariffs.map((_, tariff) => rows.map(({ rounded }) => rounded[tariff] ?? NOTHING).reduce(add, NOTHING));
  const toCosts = (rounded: readonly Rounded[]): ComparedCost[] =>
    rounded.map(({ minor, ...quantities }) => ({
      ...quantities,
      cost: formatMinor(minor, currency),
      difference: formatMinor(minor - (rounded[0]?.minor ?? 0n), currency),
    }));

  const sums = [...projects]
    .sort(([a], [b]) => compareText(a, b))
    .map(([projectId, project]) => {
      const jobs = project.rows();
      return { projectId, jobs, rounded: addUp(jobs) };
    });
  return {
    month,
    timeZone: calendar.timeZone,
    currency,
    asOf: isoTime(asOf),
    projects: sums.map(({ projectId, jobs, rounded }) => ({
      projectId,
      costs: toCosts(rounded),
      jobs: jobs.map((job) => ({ jobId: job.jobId, costs: toCosts(job.rounded) })),
    })),
    total: toCosts(addUp(sums)),
  };
};
