import { describe, expect, test } from 'vitest';
import type { Tariff } from '../../../../lib/billing/tariff.ts';
import { linesView } from '../../../../lib/operations/public-shapes.ts';
import type { Item } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { at, createWorld, retraction, status, TARIFF, type World } from '../world.ts';
import { run, usage } from './pages-and-runs.ts';

const correctionsOf = async (world: World, month = '2026-11') => (await usage(world, month)).corrections;

/** A project whose October is closed; then more of October is reported. */
const createLate = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  await world.tell(...run('in-time', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
  await world.closeAt('2026-11-01T06:00:00Z');
  world.setClock('2026-11-05T00:00:00Z');
  await world.tell(...run('late', '2026-10-06T08:00:00Z', '2026-10-06T10:00:00Z'));
  return world;
};

/** The corrections that are shown of a stop that is retracted after its month is closed, and those billed. */
const retractAfterClose = async (tariffs: readonly Tariff[]) => {
  const world = await createWorld({ now: '2026-10-20T12:00:00Z', tariffs });
  const done = status('again', 'DONE', '2026-10-20T05:00:00Z');
  await world.tell(status('again', 'RUNNING', '2026-10-20T00:00:00Z'), done);
  await world.closeAt('2026-11-01T06:00:00Z');
  world.setClock('2026-11-01T12:00:00Z');
  await world.tell(retraction(done, '2026-10-25T00:00:00Z'));
  const shown = await correctionsOf(world);
  await world.closeAt('2026-12-01T06:00:00Z');
  const { lines } = await world.statement('proj-1', '2026-11');
  return { shown, billed: lines.filter(({ kind }) => kind === 'correction') };
};

describe('what is due for closed months', () => {
  test('is shown before the next statement bills it, and is on that statement then', async () => {
    const world = await createLate();
    const { total, lines, corrections } = await usage(world, '2026-11');
    expect({ total, lines }).toEqual({ total: '0.00', lines: [] });
    expect(corrections).toMatchObject({
      total: '7.72',
      currency: 'EUR',
      lines: [{ usageMonth: '2026-10', kind: 'correction', minutes: 120, unitMinutes: 240, amount: '7.72' }],
    });
    await world.closeAt('2026-12-01T06:00:00Z');
    expect(await correctionsOf(world, '2026-12')).toBeUndefined();
    const statement = await world.store.readStatement('proj-1', '2026-11');
    expect(statement?.total).toBe('7.72');
  });

  test('is rounded as the next statement rounds it', async () => {
    const world = await createLate();
    const shown = await correctionsOf(world);
    await world.closeAt('2026-12-01T06:00:00Z');
    const statement = await world.store.readStatement('proj-1', '2026-11');
    expect(shown?.lines.map(({ amount }) => amount)).toEqual(statement?.lines.map(({ amount }) => amount));
  });

  test('has the passed minutes of a job that was reported late and runs on', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(...run('in-time', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    await world.closeAt('2026-11-01T06:00:00Z');
    world.setClock('2026-11-01T12:00:00Z');
    await world.tell(status('late', 'RUNNING', '2026-10-31T12:00:00Z'));
    const shown = await correctionsOf(world);
    expect(shown?.lines).toMatchObject([{ usageMonth: '2026-10', minutes: 720, amount: '46.32' }]);
    await world.closeAt('2026-12-01T06:00:00Z');
    const { lines = [] } = (await world.store.readStatement('proj-1', '2026-11')) ?? {};
    expect(lines.filter(({ kind }) => kind === 'correction')).toMatchObject([
      { minutes: 720, amount: '46.32' },
    ]);
  });

  test('has what a stop was billed that is retracted, and what runs on instead', async () => {
    const { shown, billed } = await retractAfterClose([TARIFF]);
    expect(billed).toHaveLength(1);
    expect(shown?.lines).toEqual(linesView(billed, 'EUR'));
  });

  test('takes back once what a retracted stop was billed, though the price has changed since', async () => {
    const dearer = { effectiveFrom: at('2026-10-22T00:00:00Z'), prices: pricesOf({ 'ai1-1-gpu': '2.5' }) };
    const { shown, billed } = await retractAfterClose([TARIFF, { ...TARIFF, ...dearer }]);
    // 43 hours at 1.93, and ten days at 2.5, of two GPUs.
    expect(billed.map(({ amount }) => amount)).toEqual(['165.98', '1200.00']);
    expect(shown?.lines).toEqual(linesView(billed, 'EUR'));
  });

  test('is absent while nothing is due, and of other months than the first that is not closed', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(...run('in-time', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    expect(await correctionsOf(world, '2026-10')).toBeUndefined();
    await world.closeAt('2026-11-01T06:00:00Z');
    expect(await correctionsOf(world)).toBeUndefined();
    const late = await createLate();
    expect(await correctionsOf(late, '2026-10')).toBeUndefined();
    expect(await correctionsOf(late, '2026-12')).toBeUndefined();
  });

  test('is all that a project shows that uses nothing more, until its statement has it', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    await world.tell(
      ...run('other', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', { projectId: 'proj-2' }),
    );
    await world.closeAt('2026-11-01T06:00:00Z');
    world.setClock('2026-11-02T00:00:00Z');
    const EIGHT_GPUS = { resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 8_000 } } };
    // 27,706 minutes.
    await world.tell(...run('late', '2026-10-01T00:00:00Z', '2026-10-20T05:46:00Z', EIGHT_GPUS));
    const before = await usage(world, '2026-11');
    expect(before).toMatchObject({
      total: '0.00',
      lines: [],
      corrections: { total: '7129.68', lines: [{ kind: 'correction', unitMinutes: 221_648 }] },
    });
    await world.closeAt('2026-12-01T06:00:00Z');
    expect(await usage(world, '2026-12')).not.toHaveProperty('corrections');
    expect(await usage(world, '2026-11')).not.toHaveProperty('corrections');
    expect(await world.statement('proj-1', '2026-11')).toMatchObject({
      total: '7129.68',
      lines: [{ kind: 'correction', amount: '7129.68' }],
    });
  });

  test('is what the next statement adds to what was billed, though a part is billed already', async () => {
    const world = await createLate();
    const SEVEN_SECONDS = ['2026-10-07T08:00:00Z', '2026-10-07T08:00:07Z'] as const;
    await world.tell(...run('short', ...SEVEN_SECONDS), ...run('shorter', ...SEVEN_SECONDS));
    await world.tell(retraction(status('in-time', 'DONE', '2026-10-05T09:00:00Z'), '2026-11-05T00:00:00Z'));
    await world.tell(status('in-time', 'DONE', '2026-10-05T08:30:00Z'));
    const shown = await correctionsOf(world);
    await world.closeAt('2026-12-01T06:00:00Z');
    const statement = await world.statement('proj-1', '2026-11');
    expect(shown).toEqual({
      total: statement.total,
      currency: 'EUR',
      lines: linesView(statement.lines, 'EUR'),
    });
  });

  test.each(['BILLED#', 'CHARGE#'])(
    'is not known, and says why, where the next close would not bill it: without a %s',
    async (prefix) => {
      const world = await createLate();
      const [item] = (await world.items(prefix)) as [Item];
      await world.table.delete(item, { kind: 'unchanged', from: { sk: item.sk } });
      const { total, corrections, correctionsUnknown } = await usage(world, '2026-11');
      expect({ total, corrections }).toEqual({ total: '0.00', corrections: undefined });
      const failed = await world.closeAt('2026-12-01T06:00:00Z').catch((error: AggregateError) => error);
      expect(failed).toMatchObject({ errors: [{ message: correctionsUnknown }] });
      await world.table.put({ item });
      expect(await usage(world, '2026-11')).toMatchObject({ corrections: { total: '7.72' } });
      expect(await usage(world, '2026-11')).not.toHaveProperty('correctionsUnknown');
    },
  );
});
