import { describe, expect, test } from 'vitest';
import { parseMinor } from '../../../../lib/billing/money.ts';
import { readStatements } from '../../../../lib/operations/reads/read-statements.ts';
import { createStory } from '../statement-story.ts';
import { createWorld, retraction, status, type World } from '../world.ts';
import { run, usage } from './pages-and-runs.ts';

const sumOf = (amounts: readonly string[]): bigint =>
  amounts.reduce((sum, amount) => sum + parseMinor(amount), 0n);

const billedOf = async (world: World, month: string) => (await usage(world, month)).billed;

describe('what was billed for a month', () => {
  test('is that of its statement, with what later ones credited, and what is due since', async () => {
    const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
    const mistaken = status('mistaken', 'RUNNING', '2026-09-05T08:00:00Z');
    await world.tell(
      ...[mistaken, status('mistaken', 'DONE', '2026-09-05T13:00:00Z')],
      ...run('kept', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'),
    );
    await world.closeAt('2026-10-01T06:00:00Z');
    const own = { month: '2026-09', kind: 'usage', amount: '23.16', currency: 'EUR' };
    expect(await billedOf(world, '2026-09')).toEqual({
      ...{ total: '23.16', due: '0.00', currency: 'EUR', statements: [own] },
    });
    world.setClock('2026-10-03T00:00:00Z');
    await world.tell(
      retraction(mistaken, '2026-10-02T00:00:00Z'),
      ...run('october', '2026-10-02T08:00:00Z', '2026-10-02T09:00:00Z'),
    );
    expect(await usage(world, '2026-09')).toMatchObject({
      ...{ total: '3.86', billed: { total: '23.16', due: '-19.30', statements: [own] } },
    });
    await world.closeAt('2026-11-01T06:00:00Z');
    const credit = { month: '2026-10', kind: 'correction', amount: '-19.30', currency: 'EUR' };
    expect(await billedOf(world, '2026-09')).toEqual({
      ...{ total: '3.86', due: '0.00', currency: 'EUR', statements: [own, credit] },
    });
    // Its own statement asks for less: it has the credit of September.
    expect(await billedOf(world, '2026-10')).toMatchObject({
      total: '3.86',
      statements: [{ kind: 'usage' }],
    });
  });

  test('is nothing where its statement had nothing to bill, also if something is due since', async () => {
    const world = await createWorld({ now: '2026-10-01T06:00:00Z' });
    await world.tell(...run('a', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'));
    await world.closeAt('2026-10-01T06:00:00Z');
    await world.closeAt('2026-11-01T06:00:00Z');
    expect(await billedOf(world, '2026-10')).toEqual({
      ...{ total: '0.00', due: '0.00', currency: 'EUR', statements: [] },
    });
    await world.tell(...run('late', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    expect(await billedOf(world, '2026-10')).toMatchObject({ total: '0.00', due: '3.86', statements: [] });
  });

  test('is not known before the month is closed', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    await world.tell(...run('a', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'));
    expect(await usage(world, '2026-09')).not.toHaveProperty('billed');
    world.setClock('2026-10-01T01:00:00Z');
    expect(await usage(world, '2026-09')).not.toHaveProperty('billed');
    await world.closeAt('2026-10-01T06:00:00Z');
    expect(await usage(world, '2026-09')).toHaveProperty('billed');
    expect(await usage(world, '2026-10')).not.toHaveProperty('billed');
    world.setClock('2026-11-01T01:00:00Z');
    expect(await usage(world, '2026-10')).not.toHaveProperty('billed');
  });

  test('adds up to the statements, and with what is due to the usage as known now', async () => {
    const world = await createStory();
    await world.tell(...run('late', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'));
    const { corrections, ...november } = await usage(world, '2026-11');
    expect(november).not.toHaveProperty('billed');
    const months = await Promise.all(['2026-09', '2026-10'].map((month) => usage(world, month)));
    for (const { month, total, billed } of months) {
      const { statements = [], due = '', total: inAll = '' } = billed ?? {};
      expect(sumOf(statements.map(({ amount }) => amount))).toBe(parseMinor(inAll));
      expect(sumOf([inAll, due])).toBe(parseMinor(total));
      const ofMonth = corrections?.lines.filter(({ usageMonth }) => usageMonth === month) ?? [];
      expect(parseMinor(due)).toBe(sumOf(ofMonth.map(({ amount }) => amount)));
    }
    const { statements } = await readStatements(await world.open(), 'proj-1');
    expect(sumOf(months.map(({ billed }) => billed?.total ?? ''))).toBe(
      sumOf(statements.map(({ total }) => total)),
    );
  });
});
