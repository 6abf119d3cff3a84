import type { Fact, Resources, Transition } from '../../../lib/billing/facts.ts';
import type { Calendar } from '../../../lib/billing/months.ts';
import { isFinal, rankOf } from '../../../lib/billing/statuses.ts';
import type { TariffBook } from '../../../lib/billing/tariff.ts';
import type { Rules } from '../../../simulation/world.ts';

/**
 * Rules of billing that are broken one by one. Billing is pure and has nothing to replace, so it is
 * given other facts or tariffs: those on which the real rules do what the broken rule would.
 */
export interface BrokenBilling {
  seenFacts?(facts: readonly Fact[], tariffs: TariffBook, calendar: Calendar): readonly Fact[];
  seenTariffs?(tariffs: TariffBook): TariffBook;
}

/** The broken rule for all that reads facts and tariffs through a context. */
export const billBy = ({ seenFacts, seenTariffs = (book) => book }: BrokenBilling): Rules => ({
  context: (context) => {
    const tariffs: typeof context.tariffs = async (freshness) =>
      seenTariffs(await context.tariffs(freshness));
    if (!seenFacts) return { ...context, tariffs };
    const readFacts: typeof context.store.readFacts = async (...job) => [
      ...seenFacts(await context.store.readFacts(...job), await context.tariffs(), context.calendar),
    ];
    return { ...context, tariffs, store: { ...context.store, readFacts } };
  },
});

const isTransition = (fact: Fact): fact is Transition => fact.kind === 'transition';

const changeTransitions =
  (change: (transition: Transition, all: readonly Transition[], tariffs: TariffBook) => Transition) =>
  (facts: readonly Fact[], tariffs: TariffBook): Fact[] => {
    const all = facts.filter(isTransition).toSorted((a, b) => compareTimes(a, b) || compareRanks(a, b));
    return facts.map((fact) => (isTransition(fact) ? change(fact, all, tariffs) : fact));
  };

const compareTimes = (a: Transition, b: Transition) => a.time - b.time || (a.nanos ?? 0) - (b.nanos ?? 0);
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const compareRanks = (a: Transition, b: Transition) =>
  rankOf(a.status) - rankOf(b.status) || compareText(a.source, b.source) || compareText(a.id, b.id);

/** Fractions of a nanosecond, so that no instant has two events. */
export const instantsAreOrderedByRank: BrokenBilling = {
  seenFacts: changeTransitions((transition, all) => ({
    ...transition,
    nanos: (transition.nanos ?? 0) + all.indexOf(transition) / (all.length + 1),
  })),
};

export const nanosAreIgnored: BrokenBilling = {
  seenFacts: changeTransitions(({ nanos: _, ...transition }) => transition),
};

export const firstResourcesHoldForEver: BrokenBilling = {
  seenFacts: changeTransitions((transition, all) => {
    const { resources: _, ...rest } = transition;
    return transition === all.find(({ resources }) => resources) ? transition : rest;
  }),
};

const changeResources = (change: (resources: Resources) => Resources): BrokenBilling => ({
  seenFacts: changeTransitions(({ resources, ...transition }) => ({
    ...transition,
    ...(resources && { resources: change(resources) }),
  })),
});

/** By GPUs where the job has any, else by CPUs: the unit of the price is not looked at. */
export const gpusElseCpusAreBilled = changeResources(({ flavor, milliUnits: { gpu, cpu, node } }) => {
  const count = gpu ?? cpu ?? node;
  return { flavor, milliUnits: count === undefined ? {} : { gpu: count, cpu: count, node: count } };
});

export const fractionsAreRoundedUp = changeResources(({ flavor, milliUnits }) => ({
  flavor,
  milliUnits: Object.fromEntries(
    Object.entries(milliUnits).map(([unit, count]) => [unit, Math.ceil(count / 1000) * 1000]),
  ),
}));

/** A stop beyond the longest run of an interval counts as if it had come at that limit. */
export const closedIntervalsAreLimited: BrokenBilling = {
  seenFacts: changeTransitions((transition, all, tariffs) => {
    const { status, time } = transition;
    if (tariffs.isBillable(status, time)) return transition;
    const before = all.filter((other) => compareTimes(other, transition) < 0);
    const lastClosed = before.findLastIndex((other) => !tariffs.isBillable(other.status, other.time));
    const opened = before[lastClosed + 1];
    if (!opened) return transition;
    return { ...transition, time: Math.min(time, opened.time + tariffs.limitsAt(opened.time).maxRunningMs) };
  }),
};

/** The latest fact is never before the start, so the longest run is the earlier limit. */
export const silenceIsIgnored: BrokenBilling = {
  seenTariffs: (tariffs) => ({
    ...tariffs,
    limitsAt: (time) => {
      const limits = tariffs.limitsAt(time);
      return { ...limits, maxSilenceMs: limits.maxRunningMs };
    },
  }),
};

export const timeoutIsIgnored: BrokenBilling = {
  seenFacts: changeTransitions(({ timeoutMs: _, ...transition }) => transition),
};

/** What ends a run counts as the beginning of another one where something of a run follows. */
export const forbiddenOpeningIsBilled: BrokenBilling = {
  seenFacts: changeTransitions((transition, all) => {
    const next = all.find((other) => compareTimes(other, transition) > 0);
    const endsRun = isFinal(transition.status) || transition.status === 'FINALIZING';
    const follows = next !== undefined && rankOf(next.status) < rankOf(transition.status);
    return endsRun && follows ? { ...transition, status: 'RESTARTING' } : transition;
  }),
};

/** The close looks like a report of the job itself. */
export const cutoffIsSignOfLife: BrokenBilling = {
  seenFacts: (facts, _, calendar) => {
    const projectId = facts.filter(isTransition)[0]?.projectId ?? '';
    return facts.map((fact): Fact => {
      if (fact.kind !== 'cutoff') return fact;
      const { jobId, month } = fact;
      const event = { source: 'close', id: month, time: calendar.month(month).start };
      const retracts = { source: 'close', id: 'nothing' };
      return { kind: 'retraction', jobId, projectId, ...event, retracts, reason: 'the month has ended' };
    });
  },
};
