import { expect, test } from 'vitest';
import { createBills } from '../../../local/ovh-stand-in/bills.ts';
import type { BillingRule, Planted } from '../../../local/ovh-stand-in/positions.ts';
import { createProvider } from '../../../local/ovh-stand-in/provider.ts';
import type { ScriptedJob } from '../../../local/ovh-stand-in/scripted-job.ts';
import { createUsages } from '../../../local/ovh-stand-in/usages.ts';

const RULE: BillingRule = {
  billableStates: ['PENDING', 'RUNNING'],
  prices: { 'h100-1-gpu': 5_166_667, 'ai1-1-cpu': 50_000 },
  currency: 'EUR',
};

const job = (id: string, flavor: string, start: string, run: string, stop: string): ScriptedJob => ({
  ...{ id, project: 'p1', user: 'ana', name: id, region: 'GRA' },
  resources: flavor === 'ai1-1-cpu' ? { flavor, gpu: 0, cpu: 4 } : { flavor, gpu: 2, cpu: 56 },
  transitions: [
    { state: 'PENDING', date: start },
    { state: 'RUNNING', date: run },
    { state: 'DONE', date: stop },
  ],
});

const JOBS = [
  // 1 commenced minute in PENDING and 59.5 minutes of RUNNING are one interval of 60 minutes.
  job('a', 'h100-1-gpu', '2026-10-01T08:00:00Z', '2026-10-01T08:00:30Z', '2026-10-01T09:00:00Z'),
  // The minute that begins at 23:59:30 is of October.
  job('b', 'h100-1-gpu', '2026-10-31T23:58:30Z', '2026-10-31T23:58:30Z', '2026-11-01T00:01:00Z'),
  job('c', 'ai1-1-cpu', '2026-10-05T00:00:00Z', '2026-10-05T00:00:00Z', '2026-10-05T10:00:00Z'),
];

const NOW = Date.parse('2026-11-10T00:00:00Z');

const october = (...planted: Planted[]): Record<string, unknown> => {
  const provider = createProvider(() => NOW, JOBS);
  const usage = createUsages(provider, RULE, planted).past('p1', 'usage-2026-10');
  const [typed] = usage.resourcesUsage;
  return {
    total: typed?.totalPrice,
    ...Object.fromEntries(
      (typed?.resources ?? []).flatMap(({ region, components }) =>
        components.map(({ name, quantity, totalPrice }) => [
          `${region} ${name}`,
          [quantity.value, totalPrice],
        ]),
      ),
    ),
  };
};

test('usage has the unit minutes and the price of each region and flavor', () => {
  // (60 + 2) x 2 GPUs x 0.05166667 = 6.4066...; 600 x 4 CPUs x 0.0005 = 1.20.
  expect(october()).toEqual({ total: 7.61, 'GRA h100-1-gpu': [124, 6.41], 'GRA ai1-1-cpu': [2400, 1.2] });
});

test('planted mistakes are in usage and bill, each where it belongs', () => {
  expect(october({ kind: 'counted twice', job: 'a' })['GRA h100-1-gpu']).toEqual([244, 12.61]);
  expect(october({ kind: 'price', flavor: 'ai1-1-cpu', price: 60_000 })['GRA ai1-1-cpu']).toEqual([
    2400, 1.44,
  ]);
  // 59.5 minutes commence 60, also without PENDING; job b has no PENDING.
  expect(october({ kind: 'rule', billableStates: ['PENDING'], job: 'a' })['GRA h100-1-gpu']).toEqual([
    6, 0.31,
  ]);
  expect(october({ kind: 'rule', billableStates: ['PENDING'], region: 'BHS' })).toEqual(october());
  const nobody = { kind: 'nobody', project: 'p1', month: '2026-10', region: 'BHS' } as const;
  expect(october({ ...nobody, flavor: 'h100-1-gpu', unitMinutes: 10 })).toMatchObject({
    'BHS h100-1-gpu': [10, 0.52],
    total: 8.13,
  });
});

test('a bill has a detail for each region and flavor, with quantities as text', () => {
  const bills = createBills(
    createProvider(() => NOW, JOBS),
    RULE,
    [],
  );
  expect(bills.list(0, NOW)).toEqual(['FR20261001']);
  expect(bills.list(NOW, NOW)).toEqual([]);
  expect(bills.bill('FR20261001')).toMatchObject({ priceWithoutTax: { value: 7.61, currencyCode: 'EUR' } });
  expect(bills.detail('FR20261001', 'FR20261001-2')).toMatchObject({
    ...{ domain: 'p1', periodStart: '2026-10-01', periodEnd: '2026-10-31', quantity: '124' },
    ...{ unitPrice: { value: 0.05166667 }, totalPrice: { value: 6.41, priceInUcents: 641_000_000 } },
  });
  expect(() => bills.bill('FR20261101')).toThrow('bill FR20261101 does not exist');
});

test('usage of the current month lags as far as it is set to, and says up to when it goes', () => {
  const now = Date.parse('2026-10-01T08:30:00Z');
  const usages = createUsages(
    createProvider(() => now, JOBS),
    { ...RULE, lagMs: 10 * 60_000 },
    [],
  );
  const usage = usages.current('p1');
  expect(usage).toMatchObject({
    lastUpdate: '2026-10-01T08:20:00+00:00',
    period: { from: '2026-10-01T00:00:00+00:00', to: '2026-10-31T23:59:59+00:00' },
  });
  expect(usage.resourcesUsage[0]?.resources[0]?.components[0]?.quantity.value).toBe(40);
});
