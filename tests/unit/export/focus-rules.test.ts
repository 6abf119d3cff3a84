import { expect, test } from 'vitest';
import { brokenRules, type FocusRow, isProduct } from './focus-rules.ts';

const ROW: FocusRow = {
  BilledCost: '0.03',
  BillingAccountId: 'proj-1',
  BillingAccountName: '',
  BillingCurrency: 'EUR',
  BillingPeriodEnd: '2026-11-01T00:00:00Z',
  BillingPeriodStart: '2026-10-01T00:00:00Z',
  ChargeCategory: 'Usage',
  ChargeClass: '',
  ChargeDescription: 'a minute',
  ChargeFrequency: 'Usage-Based',
  ChargePeriodEnd: '2026-10-05T08:01:00Z',
  ChargePeriodStart: '2026-10-05T08:00:00Z',
  ConsumedQuantity: '1',
  ConsumedUnit: 'GPU-Minutes',
  ContractedCost: '0.032166666667',
  ContractedUnitPrice: '1.93',
  EffectiveCost: '0.03',
  InvoiceId: 'statement-1',
  InvoiceIssuerName: 'AI Training',
  ListCost: '0.032166666667',
  ListUnitPrice: '1.93',
  PricingCategory: 'Standard',
  PricingQuantity: '0.016666666667',
  PricingUnit: 'GPU-Hours',
  ProviderName: 'AI Training',
  PublisherName: 'AI Training',
  ResourceId: 'job-1',
  ResourceName: '',
  ResourceType: 'AI Training job',
  ServiceCategory: 'AI and Machine Learning',
  ServiceName: 'AI Training',
  ServiceSubcategory: 'Machine Learning',
  SkuId: 'sku',
  SkuMeter: 'GPU time',
  SkuPriceDetails: '{"GpuCount":1}',
  SkuPriceId: 'sku/1.93',
  Tags: '{"10":"ten","team":"vision"}',
  x_Flavor: 'ai1-1-gpu',
};

test('a good row breaks no rule', () => {
  expect(brokenRules([ROW, { ...ROW, ResourceId: 'job-2', Tags: '' }])).toEqual([]);
});

test('a column that is missing is named', () => {
  const { ListCost: _, ...row } = ROW;
  expect(brokenRules([row])).toContain('ListCost is present');
});

test.each<[change: Record<string, string>, rule: string]>([
  [{ BillingAccountId: ' ' }, 'BillingAccountId is not null'],
  [{ BilledCost: '+1' }, 'BilledCost is a number'],
  [{ BilledCost: '1,000' }, 'BilledCost is a number'],
  [{ BilledCost: '1 EUR' }, 'BilledCost is a number'],
  [{ PricingQuantity: '1/60' }, 'PricingQuantity is a number'],
  [{ ListUnitPrice: '-1.93' }, 'ListUnitPrice is not negative'],
  [{ ChargePeriodStart: '2026-10-05T08:00:00.000Z' }, 'ChargePeriodStart is a time in UTC'],
  [{ ChargePeriodStart: '2026-10-05T08:00:00+02:00' }, 'ChargePeriodStart is a time in UTC'],
  [{ ChargeCategory: 'usage' }, 'ChargeCategory is one of the allowed values'],
  [{ ChargeClass: 'correction' }, 'ChargeClass is one of the allowed values'],
  [{ PricingUnit: 'h' }, 'PricingUnit is one of the allowed values'],
  [{ PricingUnit: 'Hours' }, 'PricingUnit is one of the allowed values'],
  [{ ConsumedUnit: 'GPU-Hours' }, 'ConsumedUnit is one of the allowed values'],
  [{ PricingUnit: 'CPU-Hours' }, 'consumption and price count the same unit, which is that of the SKU'],
  [{ SkuMeter: 'CPU time' }, 'consumption and price count the same unit, which is that of the SKU'],
  [{ Tags: '{"team":7}' }, 'Tags are null or a flat JSON object of texts, of a resource'],
  [{ Tags: '["vision"]' }, 'Tags are null or a flat JSON object of texts, of a resource'],
  [{ ResourceId: '' }, 'Tags are null or a flat JSON object of texts, of a resource'],
  [{ ResourceId: '' }, 'ResourceId and ResourceType have values together'],
  [{ ListCost: '0.03' }, 'ListUnitPrice x PricingQuantity is ListCost'],
  [{ ContractedCost: '0.03216666667' }, 'ContractedUnitPrice x PricingQuantity is ContractedCost'],
  [{ ChargePeriodEnd: '2026-10-05T08:00:00Z' }, 'ChargePeriodStart is before ChargePeriodEnd'],
  [{ BillingCurrency: 'EURO' }, 'BillingCurrency is a national currency'],
  [{ BilledCost: '0.032' }, 'BilledCost is in whole minor units of the currency'],
  [{ EffectiveCost: '0.04' }, 'EffectiveCost is BilledCost: nothing is paid ahead'],
  [{ SkuPriceDetails: '{"a":[1]}' }, 'SkuPriceDetails is a flat JSON object'],
  [{ SkuPriceDetails: '{"Nodes":1}' }, 'a property of SkuPriceDetails is defined by FOCUS or begins with x_'],
  [{ ResourceName: 'job-1' }, 'ResourceName does not repeat ResourceId'],
  [{ SkuId: 'another' }, 'a SkuPriceId has one SkuId and one ListUnitPrice'],
  [{ ChargeClass: 'Correction' }, 'the usage of another billing period is a Correction, and only that'],
  [{ Flavor: 'ai1-1-gpu' }, 'own columns begin with x_ and come last'],
])('a row with %j is found out', (change, rule) => {
  expect(brokenRules([ROW, { ...ROW, ...change }])).toContain(rule);
});

test('a product of numbers that end is exact, and otherwise to the twelfth decimal', () => {
  expect(isProduct('1.93', '-0.5', '-0.965')).toBe(true);
  expect(isProduct('1.93', '-0.5', '-0.9650')).toBe(true);
  expect(isProduct('1.93', '-0.5', '-0.9651')).toBe(false);
  expect(isProduct('0.03', '0.133333333333', '0.004')).toBe(true);
  expect(isProduct('0.03', '0.133333333333', '0.0041')).toBe(false);
  expect(isProduct('1.93', '0.066666666667', '0.128666666666')).toBe(true);
  expect(isProduct('1.93', '0.066666666667', '0.128666666671')).toBe(false);
});
