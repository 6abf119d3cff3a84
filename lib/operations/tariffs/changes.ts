import { isDeepStrictEqual } from 'node:util';
import { type DerivedCharge, deriveCharges, type FinalCharge, isUnrated } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { isoDuration } from '../../billing/duration.ts';
import type { Fact, JobRef } from '../../billing/facts.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { amountTimes60, formatMinor, parseMinor, roundHalfUp } from '../../billing/money.ts';
import {
  createTariffBook,
  type PriceChange,
  priceChanges,
  type Tariff,
  type TariffBook,
  tariffId,
  tariffsInForce,
} from '../../billing/tariff.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { toLiveCharge } from '../reads/live-charges.ts';
import { forEachJob } from '../walk-table.ts';
import { createFlavorUses, type FlavorUse, type TariffChange } from './flavor-uses.ts';

interface TariffName {
  readonly tariff: string;
  readonly name: string;
}

interface BeforeAfter<T> {
  readonly before: T;
  readonly after: T;
}

/** A flavor with another price, and what depends on it. */
export interface FlavorChange extends PriceChange, Pick<FlavorUse, 'jobs' | 'running' | 'unrated'> {
  readonly change: 'added' | 'changed' | 'dropped';
  /** What the running jobs cost an hour: exact decimals. */
  readonly perHour: BeforeAfter<string>;
  /** What is counted for the usage months that are not closed: the currency's digits. */
  readonly unbilled: string;
}

/** The cost of a usage month, all projects together, running jobs up to now. */
interface MonthChange extends BeforeAfter<string> {
  readonly usageMonth: string;
  /** The next statements correct it. */
  readonly closed: boolean;
  readonly difference: string;
  readonly unratedMinutes: BeforeAfter<number>;
}

/** What a tariff changes against the tariffs that are published. Money is decimal strings. */
export interface TariffChanges extends TariffName {
  readonly effectiveFrom: string;
  /** The tariff in force when it starts; absent before the first one. */
  readonly replaces?: TariffName;
  /** The one that replaces it. */
  readonly replacedBy?: TariffName & { readonly effectiveFrom: string; readonly drops: readonly string[] };
  /** The number of published tariffs: others have other changes. */
  readonly tariffsSeen: number;
  readonly asOf: string;
  readonly currency: string;
  /** By flavor. */
  readonly prices: readonly FlavorChange[];
  readonly rules: {
    readonly billableStatuses?: BeforeAfter<Tariff['billableStatuses']>;
    readonly maxRunning?: BeforeAfter<string>;
    readonly maxSilence?: BeforeAfter<string>;
  };
  /** Jobs whose charges are settled again. */
  readonly jobsSettled: number;
  /** Those whose cost or unrated time changes, oldest first. */
  readonly months: readonly MonthChange[];
}

const dropped = (before: Tariff, after: Tariff): string[] =>
  priceChanges(before.prices, after.prices).flatMap(({ flavor, after: price }) => (price ? [] : [flavor]));

/** The tariff in force so far when the new one starts. */
const replacedBy = ({ effectiveFrom: start }: Tariff, published: readonly Tariff[]): Tariff | undefined =>
  tariffsInForce(published).findLast(({ effectiveFrom }) => effectiveFrom <= start);

/** The flavors that lose their price when the tariff starts. */
export const droppedFlavors = (published: readonly Tariff[], tariff: Tariff): string[] => {
  const replaced = replacedBy(tariff, published);
  return replaced ? dropped(replaced, tariff) : [];
};

const nameOf = (tariff: Tariff): TariffName => ({ tariff: tariffId(tariff), name: tariff.name });

const ruleChanges = (before: Tariff, after: Tariff): TariffChanges['rules'] => {
  const changed = <T>(name: string, rule: (tariff: Tariff) => T) => {
    const values = { before: rule(before), after: rule(after) };
    return isDeepStrictEqual(values.before, values.after) ? {} : { [name]: values };
  };
  return {
    ...changed('billableStatuses', ({ billableStatuses }) => billableStatuses),
    ...changed('maxRunning', ({ maxRunningMs }) => isoDuration(maxRunningMs)),
    ...changed('maxSilence', ({ maxSilenceMs }) => isoDuration(maxSilenceMs)),
  };
};

const flavorChange = (change: PriceChange, use: FlavorUse, currency: string): FlavorChange => ({
  ...change,
  change: change.before ? (change.after ? 'changed' : 'dropped') : 'added',
  ...{ jobs: use.jobs, running: use.running, unrated: use.unrated },
  perHour: {
    before: amountTimes60(use.perHour.before),
    after: amountTimes60(use.perHour.after),
  },
  unbilled: formatMinor(roundHalfUp(use.unbilled, currency), currency),
});

type When = keyof BeforeAfter<unknown>;
const WHEN: readonly When[] = ['before', 'after'];

interface MonthSums {
  readonly cost: Record<When, bigint>;
  readonly unratedMinutes: Record<When, number>;
}

/** Adds up usage months before and after, rounded as the lines of each project's statement are. */
const createMonthFolds = (currency: string) => {
  const folds = new Map<string, Record<When, ReturnType<typeof createLineFold>>>();
  const months = new Map<string, MonthSums>();
  const monthOf = (usageMonth: string): MonthSums => {
    const sums = months.get(usageMonth) ?? {
      ...{ cost: { before: 0n, after: 0n }, unratedMinutes: { before: 0, after: 0 } },
    };
    months.set(usageMonth, sums);
    return sums;
  };
  const foldOf = (projectMonth: string, when: When) => {
    const fold = folds.get(projectMonth) ?? { before: createLineFold(), after: createLineFold() };
    folds.set(projectMonth, fold);
    return fold[when];
  };
  return {
    add(when: When, charges: readonly FinalCharge[]) {
      for (const charge of charges) {
        foldOf(`${charge.usageMonth} ${charge.projectId}`, when).after(charge);
        if (isUnrated(charge)) monthOf(charge.usageMonth).unratedMinutes[when] += charge.minutes;
      }
    },

    changes(lastClosed = ''): MonthChange[] {
      for (const [projectMonth, fold] of folds) {
        const [usageMonth = ''] = projectMonth.split(' ');
        for (const when of WHEN)
          monthOf(usageMonth).cost[when] += parseMinor(
            totalOf(fold[when].lines(usageMonth, currency), currency),
          );
      }
      return [...months]
        .filter(
          ([, { cost, unratedMinutes }]) =>
            cost.before !== cost.after || unratedMinutes.before !== unratedMinutes.after,
        )
        .sort(([a], [b]) => compareText(a, b))
        .map(([usageMonth, { cost, unratedMinutes }]) => ({
          usageMonth,
          closed: usageMonth <= lastClosed,
          before: formatMinor(cost.before, currency),
          after: formatMinor(cost.after, currency),
          difference: formatMinor(cost.after - cost.before, currency),
          unratedMinutes,
        }));
    },
  };
};

/** Nothing where a settle would fail too, and park the job. */
const derive = (...log: Parameters<typeof deriveCharges>): DerivedCharge[] | undefined => {
  try {
    return deriveCharges(...log);
  } catch {
    return undefined;
  }
};

/** Reads every job: how the flavors are used, the jobs settled again and the months that change. */
const readEffects = async (
  { store, calendar, currency, now }: BillingContext,
  change: TariffChange,
  onJobsRead?: (jobs: number) => void,
) => {
  const asOf = now();
  const lastClosed = await store.readLastClosedMonth();
  const uses = createFlavorUses(change, { asOf, lastClosed });
  const months = createMonthFolds(currency);
  const hasStarted = change.from <= asOf;
  // Months before it are as they were.
  const firstMonth = calendar.monthOf(change.from).id;
  let jobsSettled = 0;

  const toLive = (charges: readonly DerivedCharge[], book: TariffBook) =>
    charges.map((charge) => toLiveCharge(charge, { calendar }, book, asOf));
  const readJob = (_: JobRef, facts: readonly Fact[]) => {
    const before = derive(facts, change.before, calendar);
    const after = hasStarted ? derive(facts, change.after, calendar) : before;
    if (hasStarted && (!before || !after || !isDeepStrictEqual(before, after))) jobsSettled += 1;
    if (!before || !after) return;
    const live = { before: toLive(before, change.before), after: toLive(after, change.after) };
    uses.add(readLifecycle(facts), live.before);
    if (!hasStarted) return;
    for (const when of WHEN)
      months.add(
        when,
        live[when].flatMap(({ charges }) => charges).filter(({ usageMonth }) => usageMonth >= firstMonth),
      );
  };

  await forEachJob(store, readJob, onJobsRead);
  return { asOf, uses, jobsSettled, months: months.changes(lastClosed) };
};

/** What `tariff` would change if it were published beside `published`. Reads every job. */
export const readTariffChanges = async (
  context: BillingContext,
  published: readonly Tariff[],
  tariff: Tariff,
  onJobsRead?: (jobs: number) => void,
): Promise<TariffChanges> => {
  const { currency } = context;
  const replaced = replacedBy(tariff, published);
  const next = tariffsInForce(published).find(({ effectiveFrom }) => effectiveFrom > tariff.effectiveFrom);
  const { asOf, uses, ...effects } = await readEffects(
    context,
    {
      from: tariff.effectiveFrom,
      until: next?.effectiveFrom ?? Number.POSITIVE_INFINITY,
      before: createTariffBook(published),
      after: createTariffBook([...published, tariff]),
    },
    onJobsRead,
  );
  return {
    ...nameOf(tariff),
    effectiveFrom: isoTime(tariff.effectiveFrom),
    ...(replaced && { replaces: nameOf(replaced) }),
    ...(next && {
      replacedBy: {
        ...nameOf(next),
        effectiveFrom: isoTime(next.effectiveFrom),
        drops: dropped(tariff, next),
      },
    }),
    tariffsSeen: published.length,
    asOf: isoTime(asOf),
    currency,
    prices: priceChanges(replaced?.prices ?? {}, tariff.prices).map((change) =>
      flavorChange(change, uses.useOf(change.flavor), currency),
    ),
    rules: replaced ? ruleChanges(replaced, tariff) : {},
    ...effects,
  };
};
