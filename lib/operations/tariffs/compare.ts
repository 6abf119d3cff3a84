import { deriveCharges, type FinalCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import { addToMember, type MemberAmounts, shareLines } from '../../billing/line-shares.ts';
import { createLineFold } from '../../billing/lines.ts';
import { formatMinor, fromMilli } from '../../billing/money.ts';
import { createTariffBook, type Tariff, type TariffBook, tariffId } from '../../billing/tariff.ts';
import { Refusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime, minutesOf, unratedMinutesOf } from '../public-shapes.ts';
import { toLiveCharge } from '../reads/live-charges.ts';
import { forEachJob } from '../walk-table.ts';
import type { DraftTariff } from './publish.ts';

interface Quantities {
  readonly minutes: number;
  /** Minutes times units. */
  readonly unitMinutes: number;
  /** The minutes without a price. */
  readonly unratedMinutes: number;
  /** Intervals without a stop that reach a limit in the month: time beyond it is held. */
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

/** The sums of a job or of a project under one tariff. */
interface Sums extends Omit<Quantities, 'unitMinutes'> {
  readonly milliUnitMinutes: number;
}

/** Usage with its share of the rounded lines, in minor units. */
interface Rounded extends Sums {
  readonly minor: bigint;
}

interface JobUsage {
  readonly sums: Sums;
  readonly amounts: MemberAmounts;
}

const NOTHING: Rounded = { minutes: 0, milliUnitMinutes: 0, unratedMinutes: 0, heldIntervals: 0, minor: 0n };

const add = (a: Rounded, b: Rounded): Rounded => ({
  minutes: a.minutes + b.minutes,
  milliUnitMinutes: a.milliUnitMinutes + b.milliUnitMinutes,
  unratedMinutes: a.unratedMinutes + b.unratedMinutes,
  heldIntervals: a.heldIntervals + b.heldIntervals,
  minor: a.minor + b.minor,
});

const usageOf = (charges: readonly FinalCharge[]): JobUsage => {
  const amounts: MemberAmounts = new Map();
  for (const charge of charges) addToMember(amounts, charge);
  return {
    sums: {
      minutes: minutesOf(charges),
      milliUnitMinutes: charges.reduce((sum, { minutes, milliUnits = 0 }) => sum + minutes * milliUnits, 0),
      unratedMinutes: unratedMinutesOf(charges),
      heldIntervals: charges.filter(({ held }) => held).length,
    },
    amounts,
  };
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
        for (const charge of chargesByTariff[tariff] ?? []) fold.after(charge);
      });
      jobs.push({ jobId, usages: chargesByTariff.map(usageOf) });
    },

    /**
     * The jobs' shares of the lines, which are rounded as on a statement of this usage month alone.
     */
    rows(): { readonly jobId: string; readonly rounded: readonly Rounded[] }[] {
      jobs.sort((a, b) => compareText(a.jobId, b.jobId));
      const shares = folds.map((fold, tariff) =>
        shareLines(
          fold.lines(month, currency),
          jobs.map(({ usages }) => usages[tariff]?.amounts ?? new Map()),
        ),
      );
      return jobs.map(({ jobId, usages }, job) => ({
        jobId,
        rounded: usages.map(({ sums }, tariff) => ({
          ...sums,
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

const costsOf = (rounded: readonly Rounded[], currency: string): ComparedCost[] =>
  rounded.map(({ minor, milliUnitMinutes, ...sums }) => ({
    ...sums,
    unitMinutes: fromMilli(milliUnitMinutes),
    cost: formatMinor(minor, currency),
    difference: formatMinor(minor - (rounded[0]?.minor ?? 0n), currency),
  }));

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

  const chargesUnder = (facts: readonly Fact[], book: TariffBook): FinalCharge[] =>
    deriveCharges(facts, book, calendar)
      .flatMap((charge) => toLiveCharge(charge, { calendar }, book, asOf).charges)
      .filter(({ usageMonth }) => usageMonth === month);

  const compareJob = ({ projectId, jobId }: JobRef, facts: readonly Fact[]) => {
    const chargesByTariff = books.map((book) => chargesUnder(facts, book));
    if (chargesByTariff.every((charges) => charges.length === 0)) return;
    const project = projects.get(projectId) ?? createProjectFold(tariffs.length, month, currency);
    projects.set(projectId, project);
    project.add(jobId, chargesByTariff);
  };

  await forEachJob(store, compareJob, (jobsCompared) => onProgress({ jobsCompared }));

  const addUp = (rows: readonly { readonly rounded: readonly Rounded[] }[]): Rounded[] =>
    tariffs.map((_, tariff) => rows.map(({ rounded }) => rounded[tariff] ?? NOTHING).reduce(add, NOTHING));
  const toCosts = (rounded: readonly Rounded[]) => costsOf(rounded, currency);

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
