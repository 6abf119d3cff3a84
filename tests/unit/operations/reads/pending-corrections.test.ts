import { describe, expect, test } from 'vitest';
import { createWorld, type World } from '../world.ts';
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
});
