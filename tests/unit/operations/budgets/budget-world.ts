import type { ReportedFact } from '../../../../lib/billing/facts.ts';
import { checkDueBudgets } from '../../../../lib/operations/budgets/check-due.ts';
import { markBudgetsChanged } from '../../../../lib/operations/budgets/mark-changed.ts';
import { settleJobs } from '../../../../lib/operations/settle/settle-jobs.ts';
import type { LoggedAction } from '../../../../lib/store/action-log.ts';
import type { Budget, Threshold } from '../../../../lib/store/budgets.ts';
import type { OutgoingEvent } from '../../../../lib/store/outgoing-events.ts';
import { itemsOn } from '../../../../simulation/items-on.ts';
import { at, createWorld, type World } from '../world.ts';

export const spent = (percent: number, action: Threshold['action'] = 'notify'): Threshold => ({
  at: { basisPoints: percent * 100 },
  ...{ on: 'spent', action },
});

export const spentMoney = (minor: bigint, action: Threshold['action'] = 'notify'): Threshold => ({
  at: { minor },
  ...{ on: 'spent', action },
});

export const forecast = (percent: number, action: Threshold['action'] = 'notify'): Threshold => ({
  at: { basisPoints: percent * 100 },
  ...{ on: 'forecast', action },
});

/** Sets a budget now, as the API does: its project is due at once. */
export const setBudget = async (
  { store, clock }: Pick<World, 'store' | 'clock'>,
  content: Partial<Budget> & Pick<Budget, 'minor' | 'thresholds'>,
): Promise<void> => {
  const identity = { projectId: 'proj-1', name: 'monthly', stops: 'until it fits', ...content } as const;
  const { projectId, name } = identity;
  const read = await store.readBudget(projectId, name);
  const budget = { ...identity, changedAt: clock.now, version: (read?.version ?? 0) + 1 };
  const check = await store.readBudgetCheck(projectId);
  const action: LoggedAction = {
    ...{ id: `${name} ${budget.version}`, at: clock.now, by: { kind: 'token', id: 'ana' } },
    ...{ action: 'budget.changed', projectId, target: name, detail: 'a test' },
  };
  const next = { ...check, projectId, dueAt: clock.now, version: (check?.version ?? 0) + 1 };
  await store.saveBudget(budget, read, action, { next, read: check });
};

/** All events out of a topic kind, by topic and sequence. */
export const eventsOut = async ({ table }: Pick<World, 'table'>): Promise<OutgoingEvent[]> => {
  const items = (await itemsOn(table, 'EVENT#')).filter(({ pk }) => pk.startsWith('OUT#'));
  return items
    .map((item) => ({ ...item, data: JSON.parse(String(item.data)) }) as unknown as OutgoingEvent)
    .sort((a, b) => a.time - b.time || a.sequence - b.sequence || (a.id < b.id ? -1 : 1));
};

/** An event in a few words: its money, when it was crossed, and what was spent then. */
export const crossingText = ({ type, subject, data }: OutgoingEvent): string => {
  const {
    threshold,
    crossedAt,
    spent: sum,
    forecast: expected,
  } = data as {
    threshold: { amount: string; action: string };
    crossedAt: string;
    spent: string;
    forecast?: string;
  };
  const of = type === 'budget.forecast.crossed' ? `forecast ${expected}` : `spent ${sum}`;
  return `${subject}: ${threshold.action} at ${threshold.amount} ${crossedAt} (${of})`;
};

export const createBudgetWorld = async (settings: Parameters<typeof createWorld>[0] = {}) => {
  const world = await createWorld(settings);
  return {
    ...world,
    setBudget: (content: Parameters<typeof setBudget>[1]) => setBudget(world, content),

    async removeBudget(name = 'monthly') {
      const { version: _, ...read } = (await world.store.readBudget('proj-1', name)) ?? {};
      if (!('minor' in read)) throw new Error(`there is no budget ${name}`);
      await setBudget(world, { ...read, removed: true });
    },

    /** Records facts and settles their jobs, as `settle-jobs` does. */
    async deliver(...facts: ReportedFact[]) {
      await world.record(...facts);
      const context = await world.open();
      await settleJobs(context, facts, ({ error }) => {
        throw error;
      });
      await markBudgetsChanged(context, facts);
    },

    /** Runs the schedule at `iso`, or now. */
    async check(iso?: string) {
      if (iso !== undefined) world.clock.now = at(iso);
      return checkDueBudgets(await world.open(), {
        onFailure: ({ error }) => {
          throw error;
        },
      });
    },

    events: () => eventsOut(world),
    /** What has fired, in short. */
    fired: async () =>
      (await eventsOut(world)).filter(({ type }) => type.startsWith('budget.')).map(crossingText),
    /** The jobs that were requested to stop. */
    stopped: async () =>
      (await eventsOut(world))
        .filter(({ type }) => type === 'job.stop.requested')
        .map(({ subject }) => subject),
    dueAt: async () =>
      new Date((await world.store.readBudgetCheck('proj-1'))?.dueAt ?? Number.NaN).toISOString(),
  };
};

export type BudgetWorld = Awaited<ReturnType<typeof createBudgetWorld>>;
