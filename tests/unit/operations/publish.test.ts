import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTariff, publishTariff } from '../../../lib/operations/publish.ts';
import { Refusal } from '../../../lib/refusal.ts';
import { createWorld, inShort, status } from './world.ts';

const FILE = {
  name: 'next year',
  effectiveFrom: '2027-01-01T00:00:00Z',
  currency: 'EUR',
  billableStatuses: ['RUNNING', 'PENDING', 'RUNNING'],
  maxRunning: 'P28D',
  pricePerHour: { 'ai1-1-gpu': '02.50' },
};

const errorsOf = (content: unknown) => {
  try {
    parseTariff(content);
  } catch (error) {
    if (error instanceof Refusal) return error.errors.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
};

describe('a tariff file', () => {
  test('is read with canonical prices and statuses in lifecycle order', () => {
    expect(parseTariff(FILE)).toEqual({
      name: 'next year',
      effectiveFrom: Date.parse('2027-01-01T00:00:00Z'),
      currency: 'EUR',
      billableStatuses: ['PENDING', 'RUNNING'],
      maxRunningMs: 28 * 86_400_000,
      pricePerHour: { 'ai1-1-gpu': '2.5' },
    });
  });

  test.each([
    ['/effectiveFrom', { effectiveFrom: '2027-01-01' }],
    ['/billableStatuses', { billableStatuses: [] }],
    ['/billableStatuses/0', { billableStatuses: ['SLEEPING'] }],
    ['/maxRunning', { maxRunning: 'P1M' }],
    ['/maxRunning', { maxRunning: 'PT90S' }],
    ['/maxRunning', { maxRunning: 28 }],
    ['/pricePerHour/x', { pricePerHour: { x: '1,93' } }],
    ['/pricePerHour/x', { pricePerHour: { x: 1.93 } }],
    ['/pricePerHour/x', { pricePerHour: { x: '-1' } }],
    ['/pricePerHour/x', { pricePerHour: { x: '0.0000000000001' } }],
    ['/pricePerHour/a#b', { pricePerHour: { 'a#b': '1' } }],
    ['/price', { price: {} }],
  ])('with a wrong %s is refused there', (pointer, change) => {
    expect(errorsOf({ ...FILE, ...change })).toEqual([pointer]);
  });

  test.each([null, 7, 'tariff', []])('that is %j is refused', (content) => {
    expect(errorsOf(content)).not.toEqual([]);
  });

  test.each(readdirSync('tariffs'))('%s, which ships, is valid and starts when its name says', (file) => {
    const tariff = parseTariff(JSON.parse(readFileSync(`tariffs/${file}`, 'utf8')));
    expect(new Date(tariff.effectiveFrom).toISOString().slice(0, 10)).toBe(file.slice(0, 10));
  });
});

describe('publishing', () => {
  const NOW = '2026-10-15T12:00:00Z';

  test('takes a tariff that starts an hour ahead, and no earlier one', async () => {
    const world = await createWorld({ now: NOW });
    const ledger = await world.open();
    const inAnHour = parseTariff({ ...FILE, effectiveFrom: '2026-10-15T13:00:00Z' });
    expect(await publishTariff(ledger, inAnHour)).toMatchObject({ outcome: 'published', jobsSettled: 0 });
    await expect(
      publishTariff(ledger, { ...inAnHour, effectiveFrom: inAnHour.effectiveFrom - 1 }),
    ).rejects.toMatchObject({ code: 'invalid', errors: [{ pointer: '/effectiveFrom' }] });
  });

  test('refuses another currency', async () => {
    const ledger = await (await createWorld({ now: NOW })).open();
    await expect(publishTariff(ledger, parseTariff({ ...FILE, currency: 'USD' }))).rejects.toMatchObject({
      errors: [{ pointer: '/currency' }],
    });
  });

  test('the same again changes nothing; another for that instant is a new revision, and the first stays', async () => {
    const world = await createWorld({ now: NOW });
    const ledger = await world.open();
    const draft = parseTariff(FILE);
    await publishTariff(ledger, draft);
    expect(await publishTariff(ledger, draft)).toMatchObject({ outcome: 'unchanged' });
    expect(await publishTariff(ledger, { ...draft, name: 'better' })).toMatchObject({
      tariff: '2027-01-01T00:00:00.000Z#2',
      outcome: 'published',
    });
    expect((await world.store.readTariffs()).map(({ name }) => name)).toEqual([
      'running time',
      'next year',
      'better',
    ]);
  });

  test('two at once become two revisions', async () => {
    const world = await createWorld({ now: NOW });
    const drafts = ['a', 'b'].map((name) => ({ ...parseTariff(FILE), name }));
    const published = await Promise.all(
      drafts.map(async (draft) => publishTariff(await world.open(), draft)),
    );
    expect(published.map(({ tariff }) => tariff).sort()).toEqual([
      '2027-01-01T00:00:00.000Z#1',
      '2027-01-01T00:00:00.000Z#2',
    ]);
  });

  test('with an earlier start settles jobs again, and a closed month is corrected on the next statement', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-10T08:00:00Z'),
      status('job-1', 'DONE', '2026-09-10T09:00:00Z'),
    );
    await world.closeAt('2026-10-01T02:00:00Z');
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-09-10T08:30:00Z' });
    const progress: number[] = [];
    const published = await publishTariff(await world.open(), dearer, {
      backdate: true,
      onProgress: ({ jobsSettled }) => progress.push(jobsSettled),
    });
    expect([published.jobsSettled, progress]).toEqual([1, [1]]);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-10')).lines.map(inShort)).toEqual([
      'correction 2026-09 ai1-1-gpu -30 min -1.93',
      'correction 2026-09 ai1-1-gpu 30 min 2.50',
    ]);
  });

  test('cut off before all jobs were settled, it is finished by publishing again', async () => {
    const world = await createWorld({ now: NOW });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-10T08:00:00Z'),
      status('job-1', 'DONE', '2026-10-10T09:00:00Z'),
    );
    const dearer = parseTariff({ ...FILE, effectiveFrom: '2026-10-10T00:00:00Z' });
    await world.store.publishTariff({ ...dearer, revision: 1 });
    expect(await publishTariff(await world.open(), dearer, { backdate: true })).toMatchObject({
      outcome: 'unchanged',
      jobsSettled: 1,
    });
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ pricePerHour: '2.5' }]);
  });
});
