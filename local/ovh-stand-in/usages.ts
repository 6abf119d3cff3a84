import { notFound } from './api-error.ts';
import type { Component, Period, Usage, UsageEntry } from './api-model.ts';
import { dateText, monthOf, nextMonth, startOf } from './month-times.ts';
import {
  type BillingRule,
  endedMonths,
  type Planted,
  type Position,
  positionsOf,
  sumOf,
} from './positions.ts';
import type { Provider } from './provider.ts';

/** The usage calls of a project. */
export interface Usages {
  readonly current: (project: string) => Usage;
  readonly history: (project: string) => readonly UsageEntry[];
  readonly past: (project: string, id: string) => Usage;
}

const periodOf = (month: string): Period => ({
  from: dateText(startOf(month)),
  to: dateText(startOf(nextMonth(month)) - 1000),
});

const componentOf = ({ flavor, unitMinutes, amount }: Position): Component => ({
  name: flavor,
  quantity: { unit: 'Minute', value: unitMinutes },
  totalPrice: amount,
});

const resourcesUsageOf = (positions: readonly Position[]): Usage['resourcesUsage'] => {
  if (positions.length === 0) return [];
  const resources = [...Map.groupBy(positions, ({ region }) => region)].map(([region, ofRegion]) => ({
    region,
    components: ofRegion.map(componentOf),
  }));
  return [{ type: 'ai-training', totalPrice: sumOf(positions.map(({ amount }) => amount)), resources }];
};

const idOf = (month: string) => `usage-${month}`;

/** Usage by month, region and flavor: without jobs, labels and currency. */
export const createUsages = (provider: Provider, rule: BillingRule, planted: readonly Planted[]): Usages => {
  const { now } = provider;
  const usageOf = (project: string, month: string) => {
    const upTo = now() - (rule.lagMs ?? 0);
    return {
      ...{ period: periodOf(month), lastUpdate: dateText(Math.min(upTo, startOf(nextMonth(month)))) },
      ...{ hourlyUsage: null, monthlyUsage: null },
      resourcesUsage: resourcesUsageOf(positionsOf(provider, rule, planted, { project, month, upTo })),
    };
  };
  const monthsOf = (project: string) => {
    if (!provider.projects().has(project)) throw notFound(`project ${project}`);
    return endedMonths(provider, project);
  };
  return {
    current(project) {
      monthsOf(project);
      return usageOf(project, monthOf(now()));
    },
    history: (project) =>
      monthsOf(project).map((month) => {
        const { period, lastUpdate } = usageOf(project, month);
        return { id: idOf(month), period, lastUpdate };
      }),
    past(project, id) {
      const month = monthsOf(project).find((ended) => idOf(ended) === id);
      if (month === undefined) throw notFound(`usage ${id}`);
      return { id, ...usageOf(project, month) };
    },
  };
};
