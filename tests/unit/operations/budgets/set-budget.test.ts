import * as v from 'valibot';
import { beforeEach, describe, expect, test } from 'vitest';
import { removeBudget, setBudget } from '../../../../lib/operations/budgets/set-budget.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { BudgetRequest } from '../../../../lib/shapes/budget.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { refusalOf } from '../../http/refused.ts';
import { createMortalTable, type TableCall, wrapTable } from '../tables.ts';
import { at, createWorld, type World } from '../world.ts';

const NOW = '2026-10-05T08:00:00Z';
const actor = { kind: 'token', id: 'ana' } as const;
const change = { projectId: 'proj-1', name: 'monthly', actor };

const budget = (changed: object = {}) => {
  const thresholds = [{ at: '80%', on: 'spent', action: 'notify' }];
  return v.parse(BudgetRequest, { amount: '1000.00', thresholds, ...changed });
};

let world: World;
beforeEach(async () => {
  world = await createWorld({ now: NOW });
});

const set = async (request = budget(), over: Table = world.table, of: object = {}) =>
  setBudget(await world.open(over), { ...change, ...of }, request);
const remove = async (of: object = {}) => removeBudget(await world.open(), { ...change, ...of });
const stored = () => world.store.readBudget('proj-1', 'monthly');
const logged = () => Array.fromAsync(world.store.loggedActions('2026-10'));
const check = () => world.store.readBudgetCheck('proj-1');

describe('a budget that is set', () => {
  test('is saved with its entry in the log, and its project is to be checked at once', async () => {
    expect(await set()).toBe('made');
    expect(await stored()).toEqual({
      ...{ projectId: 'proj-1', name: 'monthly', minor: 100_000n, stops: 'until it fits' },
      thresholds: [{ at: { basisPoints: 8_000 }, on: 'spent', action: 'notify' }],
      ...{ changedAt: at(NOW), version: 1 },
    });
    expect(await logged()).toMatchObject([
      {
        ...{ at: at(NOW), by: actor, action: 'budget.changed', projectId: 'proj-1', target: 'monthly' },
        detail: '1000.00 EUR: notify at 80%',
      },
    ]);
    expect(await check()).toEqual({ projectId: 'proj-1', dueAt: at(NOW), version: 1 });
  });

  test('to something else is saved again, and the log has both', async () => {
    await set();
    const { changedAt = 0 } = (await stored()) ?? {};
    expect(await set(budget({ amount: '1500', label: 'team=vision' }))).toBe('changed');
    const changed = await stored();
    expect(changed).toMatchObject({ minor: 150_000n, label: { key: 'team', value: 'vision' }, version: 2 });
    // Within one millisecond too: it tells versions apart.
    expect(changed?.changedAt).toBeGreaterThan(changedAt);
    const details = (await logged()).map(({ detail }) => detail);
    expect(details).toContain('1000.00 EUR: notify at 80% -> 1500.00 EUR for team=vision: notify at 80%');
    expect(await check()).toMatchObject({ version: 2 });
  });

  test('to the same again writes nothing, however it is spelt', async () => {
    await set();
    const before = await world.items('');
    world.setClock('2026-10-06T08:00:00Z');
    const thresholds = [{ at: '80.0%', on: 'spent', action: 'notify' }];
    const same = budget({ amount: '1000', currency: 'EUR', thresholds, stops: 'until it fits' });
    expect(await set(same)).toBe('unchanged');
    expect(await world.items('')).toEqual(before);
  });

  test('again after it was removed is a new one, under a higher version', async () => {
    await set();
    await remove();
    expect(await set()).toBe('made');
    expect(await stored()).not.toHaveProperty('removed');
  });

  test('is there whole or not at all, wherever the process dies', async () => {
    for (let call = 1; ; call += 1) {
      for (const when of ['before', 'after'] as const) {
        world = await createWorld({ now: NOW });
        const mortal = createMortalTable(world.table, { call, when });
        const outcome = await set(budget(), mortal.table).catch(() => 'died');
        const parts = [await stored(), (await logged())[0], await check()];
        expect(new Set(parts.map((part) => part !== undefined)).size, `${when} call ${call}`).toBe(1);
        if (outcome !== 'died') return;
      }
    }
  });
});

describe('two who set a budget at the same time', () => {
  /** A table in which `meanwhile` happens before the first write. */
  const overtakenBy = (meanwhile: () => Promise<unknown>, times = 1): Table => {
    let left = times;
    return wrapTable(world.table, async ({ name }: TableCall, run) => {
      if (name === 'putTogether' && left > 0) {
        left -= 1;
        await meanwhile();
      }
      return run();
    });
  };

  test('are both logged, and the later one counts', async () => {
    const other = () => set(budget({ amount: '1' }));
    await set(budget({ amount: '2' }), overtakenBy(other));
    expect(await stored()).toMatchObject({ minor: 200n, version: 2 });
    expect(await logged()).toHaveLength(2);
  });

  test('are told so if one has said which budget it changes', async () => {
    await set();
    const { changedAt } = (await stored()) ?? {};
    const isExpected = (standing: { changedAt: number } | undefined) => standing?.changedAt === changedAt;
    const other = () => set(budget({ amount: '1' }));
    const overtaken = set(budget({ amount: '2' }), overtakenBy(other), { isExpected });
    expect(await refusalOf(() => overtaken)).toMatchObject({ code: 'precondition-failed' });
    expect(await stored()).toMatchObject({ minor: 100n });
    expect(await refusalOf(() => remove({ isExpected }))).toMatchObject({ code: 'precondition-failed' });
    expect(await stored()).not.toHaveProperty('removed');
  });

  test('do not lose the check of the project, which is saved all the time', async () => {
    const seen = { dueAt: at('2026-10-05T09:00:00Z'), checkedAt: at(NOW) };
    await set();
    const checked = async () => {
      const read = await check();
      await world.store.saveBudgetCheck(
        { ...seen, projectId: 'proj-1', version: (read?.version ?? 0) + 1 },
        read,
      );
    };
    await set(budget({ amount: '2' }), overtakenBy(checked));
    expect(await check()).toMatchObject({ dueAt: at(NOW), checkedAt: at(NOW), version: 3 });
    const endless = set(budget({ amount: '3' }), overtakenBy(checked, Number.POSITIVE_INFINITY));
    expect(await refusalOf(() => endless)).toMatchObject({ code: 'unavailable' });
    expect(await stored()).toMatchObject({ minor: 200n });
  });
});

describe('a budget that is removed', () => {
  test('is logged, its project is to be checked, and it counts no more', async () => {
    await set();
    await remove();
    expect(await check()).toMatchObject({ dueAt: at(NOW), version: 2 });
    expect(await stored()).toMatchObject({ removed: true, version: 2 });
    expect((await logged()).map(({ action }) => action)).toContain('budget.removed');
    const usage = await readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now);
    expect(usage).not.toHaveProperty('budgets');
  });

  test('must be there', async () => {
    expect(await refusalOf(() => remove())).toMatchObject({ code: 'not-found' });
    await set();
    await remove();
    expect(await refusalOf(() => remove())).toMatchObject({ code: 'not-found' });
    expect(await logged()).toHaveLength(2);
  });
});

test('two who make the twentieth budget at the same time make one', async () => {
  const named = (index: number) => ({ name: `budget-${index}` });
  for (let index = 0; index < 19; index += 1) await set(budget(), world.table, named(index));
  let isOvertaken = false;
  const overtaken = wrapTable(world.table, async ({ name }: TableCall, run) => {
    const result = await run();
    if (name === 'query' && !isOvertaken) {
      isOvertaken = true;
      await set(budget(), world.table, named(19));
    }
    return result;
  });
  expect(await refusalOf(() => set(budget(), overtaken, named(20)))).toMatchObject({ code: 'invalid' });
  expect(await world.store.readBudgets('proj-1')).toHaveLength(20);
});

test('a project has 20 budgets at most, and of removed ones it keeps some names', async () => {
  const named = (index: number) => ({ name: `budget-${index}` });
  for (let index = 0; index < 20; index += 1) await set(budget(), world.table, named(index));
  const oneMore = () => set(budget(), world.table, named(20));
  expect(await refusalOf(oneMore)).toMatchObject({
    code: 'invalid',
    errors: [{ pointer: 'name', detail: expect.stringMatching(/at most 20 budgets/) }],
  });
  // Those that there are can be changed, and there is room again for one that is removed.
  await set(budget({ amount: '1' }), world.table, named(19));
  await remove(named(19));
  await oneMore();
  for (let index = 21; index <= 200; index += 1) {
    await remove(named(index - 1));
    await set(budget(), world.table, named(index)).catch(() => undefined);
  }
  await remove(named(0));
  expect(await refusalOf(() => set(budget(), world.table, named(300)))).toMatchObject({ code: 'invalid' });
  expect(await set(budget(), world.table, named(50))).toBe('made');
});

test('the usage of a project without budgets costs one read for them', async () => {
  const context = await world.open();
  const reads: unknown[] = [];
  const counted = wrapTable(world.table, ({ args }, run) => {
    reads.push(args[0]);
    return run();
  });
  await readUsage({ ...(await world.open(counted)), tariffs: context.tariffs }, 'proj-1', '2026-10', at(NOW));
  expect(reads.filter((partition) => String(partition).startsWith('BUDGET'))).toEqual(['BUDGET#proj-1']);
});
