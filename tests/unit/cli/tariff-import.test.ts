import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CURRENT_RULE, RULE_DATES, readShippedTariff } from '../../../cli/billing-rules.ts';
import { earliestStart, tariffOfCatalog } from '../../../cli/tariff-import.ts';
import { parseTariff, publishTariff } from '../../../lib/operations/tariffs/publish.ts';
import { readOvhCatalog } from '../../../lib/sources/ovh-catalog.ts';
import { createWorld } from '../operations/world.ts';

const NOW = '2026-11-28T12:40:00Z';

const example = () => {
  const { catalog } = readOvhCatalog(JSON.parse(readFileSync('docs/examples/ovh-catalog.json', 'utf8')));
  if (!catalog) throw new Error('the example is a catalogue');
  return catalog;
};
const imported = (options: { rule?: (typeof RULE_DATES)[number]; name?: string; from?: string } = {}) =>
  tariffOfCatalog(example(), { rule: CURRENT_RULE, now: Date.parse(NOW), ...options });

test('a catalogue becomes a tariff under the rule that the provider bills by now', async () => {
  expect(await imported()).toMatchObject({
    name: 'OVHcloud FR, rule of 2026-09-11',
    effectiveFrom: '2026-11-28T14:00:00.000Z',
    currency: 'EUR',
    billableStatuses: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
    maxRunning: 'P28D',
    maxSilence: 'P7D',
    prices: { 'h100-1-gpu': { unit: 'gpu', pricePerHour: '3.1000002' } },
  });
});

test('it can be published as it is', async () => {
  const context = await (await createWorld({ now: NOW })).open();
  const file = JSON.parse(JSON.stringify(await imported()));
  expect(await publishTariff(context, parseTariff(file))).toMatchObject({ outcome: 'published' });
});

test.each([
  ['2026-11-28T12:00:00Z', '2026-11-28T14:00:00.000Z'],
  ['2026-11-28T12:44:59Z', '2026-11-28T14:00:00.000Z'],
  ['2026-11-28T12:45:00Z', '2026-11-28T14:00:00.000Z'],
  ['2026-11-28T12:45:01Z', '2026-11-28T15:00:00.000Z'],
])('made at %s, it starts at %s, and may be published for a quarter of an hour', (now, start) => {
  expect(earliestStart(Date.parse(now))).toBe(start);
});

test.each([
  ['2023-02-14', ['RUNNING']],
  ['2026-01-27', ['PENDING', 'RUNNING']],
  ['2026-09-11', ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT']],
] as const)('the rule of %s bills %j', async (rule, billableStatuses) => {
  const tariff = await imported({ rule, name: 'Ours', from: '2026-10-01T00:00:00+02:00' });
  expect(tariff).toMatchObject({ billableStatuses, name: 'Ours', effectiveFrom: '2026-09-30T22:00:00.000Z' });
});

test('a time that is none is refused', async () => {
  await expect(imported({ from: 'tomorrow' })).rejects.toMatchObject({
    errors: [{ pointer: '/effectiveFrom' }],
  });
});

describe('the tariffs that ship', () => {
  test('have one rule a date, whatever their flavors', async () => {
    for (const file of readdirSync('tariffs')) {
      const rule = RULE_DATES.find((date) => file.startsWith(date));
      if (!rule) throw new Error(`${file} is named by no rule`);
      const shipped = await readShippedTariff(rule);
      const { billableStatuses, maxRunningMs, maxSilenceMs } = shipped;
      expect(parseTariff(JSON.parse(readFileSync(`tariffs/${file}`, 'utf8')))).toMatchObject({
        ...{ billableStatuses, maxRunningMs, maxSilenceMs, effectiveFrom: shipped.effectiveFrom },
        ...{ currency: 'EUR', prices: shipped.prices },
      });
    }
  });

  test('price every flavor of the catalogue in one of them', () => {
    const { prices } = parseTariff(JSON.parse(readFileSync('tariffs/2026-09-11-all-flavors.json', 'utf8')));
    expect(Object.keys(prices).sort()).toEqual(Object.keys(example().prices).sort());
    expect(new Set(Object.entries(prices).map(([flavor, { unit }]) => flavor.endsWith(`-${unit}`)))).toEqual(
      new Set([true]),
    );
  });
});
