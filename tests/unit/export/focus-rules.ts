import { isCurrency, minorDigits } from '../../../lib/billing/money.ts';

/** A row by column, as it is read from a CSV file; an empty cell is no value. */
export type FocusRow = Readonly<Record<string, string>>;

/** One rule of FOCUS 1.2 that can be checked from rows alone. */
interface Rule {
  readonly says: string;
  readonly holds: (row: FocusRow, rows: readonly FocusRow[]) => boolean;
}

const MANDATORY = [
  ...['BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingCurrency', 'BillingPeriodEnd'],
  ...['BillingPeriodStart', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ChargePeriodEnd'],
  ...['ChargePeriodStart', 'ContractedCost', 'EffectiveCost', 'InvoiceIssuerName', 'ListCost'],
  ...['PricingQuantity', 'PricingUnit', 'ProviderName', 'PublisherName', 'ServiceCategory', 'ServiceName'],
];

/** Of a provider that measures usage, publishes prices by unit, bills by resource and has tags. */
const CONDITIONAL = [
  ...['ConsumedQuantity', 'ConsumedUnit', 'ListUnitPrice', 'ResourceId', 'ResourceName', 'ResourceType'],
  ...['SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId', 'Tags'],
];

const RECOMMENDED = ['ChargeFrequency', 'InvoiceId', 'ServiceSubcategory'];

/** What a provider need not have, and this one has to say how it prices. */
const FURTHER = ['ContractedUnitPrice', 'PricingCategory'];

export const FOCUS_COLUMNS = [...MANDATORY, ...CONDITIONAL, ...RECOMMENDED, ...FURTHER].sort();

const NULLABLE = ['BillingAccountName', 'ChargeClass', 'ResourceId', 'ResourceName', 'ResourceType', 'Tags'];
const COSTS = ['BilledCost', 'ContractedCost', 'EffectiveCost', 'ListCost'];
const PRICES = ['ContractedUnitPrice', 'ListUnitPrice'];
const NUMBERS = [...COSTS, ...PRICES, 'ConsumedQuantity', 'PricingQuantity'];
const TIMES = ['BillingPeriodEnd', 'BillingPeriodStart', 'ChargePeriodEnd', 'ChargePeriodStart'];

const UNITS_OF_TIME = ['GPU', 'CPU', 'Node'];

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ChargeCategory: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
  ChargeClass: ['', 'Correction'],
  ChargeFrequency: ['One-Time', 'Recurring', 'Usage-Based'],
  PricingCategory: ['Standard', 'Committed', 'Dynamic', 'Other'],
  // The one category the service belongs to, and the subcategories of that.
  ServiceCategory: ['AI and Machine Learning'],
  ServiceSubcategory: [
    ...['AI Platforms', 'Bots', 'Generative AI', 'Machine Learning', 'Natural Language Processing'],
    'Other (AI and Machine Learning)',
  ],
  // Of the unit format: a singular unit and a plural unit of time.
  ConsumedUnit: UNITS_OF_TIME.map((unit) => `${unit}-Minutes`),
  PricingUnit: UNITS_OF_TIME.map((unit) => `${unit}-Hours`),
};

/** Either both have a value or none has. */
const TOGETHER = [
  ['ResourceId', 'ResourceType'],
  ['ConsumedQuantity', 'ConsumedUnit'],
  ['PricingQuantity', 'PricingUnit'],
  ['SkuId', 'SkuMeter'],
  ['SkuPriceId', 'SkuPriceDetails'],
];

/**
 * A decimal or, which we never write, a number in E notation: no sign but a minus, no comma, no
 * unit.
 */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const cell = (row: FocusRow, column: string): string => row[column] ?? '';

/** A decimal as a whole number and the digits after its point. */
const exact = (text: string) => {
  const [whole = '', decimals = ''] = text.split('.');
  return { value: BigInt(whole + decimals), digits: decimals.length };
};

/** Digits of a rounded number: FOCUS leaves its precision to the provider. */
const PRECISION = 12;

/**
 * Whether `price x quantity` is `cost` in the digits they have. A quantity of 12 decimals was
 * rounded by half of the last one at most, and such a cost by less than one.
 */
export const isProduct = (price: string, quantity: string, cost: string): boolean => {
  if (![price, quantity, cost].every((text) => NUMBER.test(text))) return false;
  const [one, other, both] = [exact(price), exact(quantity), exact(cost)];
  const digits = one.digits + other.digits + both.digits + PRECISION + 1;
  const at = (value: bigint, of: number) => value * 10n ** BigInt(digits - of);
  const off = at(one.value * other.value, one.digits + other.digits) - at(both.value, both.digits);
  const half = other.digits < PRECISION ? 0n : at(one.value * 5n, one.digits + PRECISION + 1);
  const last = both.digits < PRECISION ? 0n : at(1n, PRECISION) - 1n;
  return off <= half + last && off >= -half - last;
};

const isFlatObject = (text: string): boolean => {
  const value: unknown = JSON.parse(text);
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((member) => typeof member !== 'object')
  );
};

const PRICE_PROPERTIES = [
  ...['CoreCount', 'DiskMaxIops', 'DiskSpace', 'DiskType', 'GpuCount', 'InstanceType', 'InstanceSeries'],
  ...['MemorySize', 'NetworkMaxIops', 'NetworkMaxThroughput', 'OperatingSystem', 'Redundancy'],
  'StorageClass',
];

const isTime = (text: string): boolean =>
  TIME.test(text) && new Date(text).toISOString() === text.replace('Z', '.000Z');

const rules: readonly Rule[] = [
  ...FOCUS_COLUMNS.map((column) => ({
    says: `${column} is present`,
    holds: (row: FocusRow) => row[column] !== undefined,
  })),
  ...FOCUS_COLUMNS.filter((column) => !NULLABLE.includes(column)).map((column) => ({
    says: `${column} is not null`,
    holds: (row: FocusRow) => cell(row, column).trim() !== '',
  })),
  ...NUMBERS.map((column) => ({
    says: `${column} is a number`,
    holds: (row: FocusRow) => NUMBER.test(cell(row, column)),
  })),
  ...PRICES.map((column) => ({
    says: `${column} is not negative`,
    holds: (row: FocusRow) => !cell(row, column).startsWith('-'),
  })),
  ...TIMES.map((column) => ({
    says: `${column} is a time in UTC`,
    holds: (row: FocusRow) => isTime(cell(row, column)),
  })),
  ...Object.entries(ALLOWED).map(([column, values]) => ({
    says: `${column} is one of the allowed values`,
    holds: (row: FocusRow) => values.includes(cell(row, column)),
  })),
  ...TOGETHER.map(([a = '', b = '']) => ({
    says: `${a} and ${b} have values together`,
    holds: (row: FocusRow) => (cell(row, a) === '') === (cell(row, b) === ''),
  })),
  ...[
    ['ListUnitPrice', 'ListCost'],
    ['ContractedUnitPrice', 'ContractedCost'],
  ].map(([price = '', cost = '']) => ({
    says: `${price} x PricingQuantity is ${cost}`,
    holds: (row: FocusRow) => isProduct(cell(row, price), cell(row, 'PricingQuantity'), cell(row, cost)),
  })),
  ...['Billing', 'Charge'].map((name) => ({
    says: `${name}PeriodStart is before ${name}PeriodEnd`,
    holds: (row: FocusRow) => cell(row, `${name}PeriodStart`) < cell(row, `${name}PeriodEnd`),
  })),
  {
    says: 'BillingCurrency is a national currency',
    holds: (row) =>
      /^[A-Z]{3}$/.test(cell(row, 'BillingCurrency')) && isCurrency(cell(row, 'BillingCurrency')),
  },
  {
    says: 'BilledCost is in whole minor units of the currency',
    holds: (row) => {
      const currency = cell(row, 'BillingCurrency');
      const decimals = cell(row, 'BilledCost').split('.')[1] ?? '';
      return isCurrency(currency) && decimals.length <= minorDigits(currency);
    },
  },
  {
    says: 'EffectiveCost is BilledCost: nothing is paid ahead',
    holds: (row) => cell(row, 'EffectiveCost') === cell(row, 'BilledCost'),
  },
  {
    says: 'SkuPriceDetails is a flat JSON object',
    holds: (row) => isFlatObject(cell(row, 'SkuPriceDetails')),
  },
  {
    says: 'a property of SkuPriceDetails is defined by FOCUS or begins with x_',
    holds: (row) =>
      Object.keys(JSON.parse(cell(row, 'SkuPriceDetails'))).every(
        (key) => key.startsWith('x_') || PRICE_PROPERTIES.includes(key),
      ),
  },
  {
    says: 'Tags are null or a flat JSON object of texts, of a resource',
    holds: (row) => {
      const tags = cell(row, 'Tags');
      if (tags === '') return true;
      const values = isFlatObject(tags) ? Object.values(JSON.parse(tags)) : [null];
      return cell(row, 'ResourceId') !== '' && values.every((value) => typeof value === 'string');
    },
  },
  {
    says: 'consumption and price count the same unit, which is that of the SKU',
    holds: (row) => {
      const [consumed = ''] = cell(row, 'ConsumedUnit').split('-');
      const [priced] = cell(row, 'PricingUnit').split('-');
      return consumed === priced && cell(row, 'SkuMeter') === `${consumed.toUpperCase()} time`;
    },
  },
  {
    says: 'ResourceName does not repeat ResourceId',
    holds: (row) => cell(row, 'ResourceName') === '' || cell(row, 'ResourceName') !== cell(row, 'ResourceId'),
  },
  {
    says: 'a SkuPriceId has one SkuId and one ListUnitPrice',
    holds: (row, rows) =>
      rows
        .filter((other) => cell(other, 'SkuPriceId') === cell(row, 'SkuPriceId'))
        .every((other) =>
          ['SkuId', 'ListUnitPrice'].every((column) => cell(other, column) === cell(row, column)),
        ),
  },
  {
    says: 'the usage of another billing period is a Correction, and only that',
    holds: (row) => {
      const isEarlier = cell(row, 'ChargePeriodStart') < cell(row, 'BillingPeriodStart');
      return isEarlier === (cell(row, 'ChargeClass') === 'Correction');
    },
  },
  {
    says: 'own columns begin with x_ and come last',
    holds: (row) => {
      const own = Object.keys(row).map((column) => column.startsWith('x_'));
      return own.lastIndexOf(false) === FOCUS_COLUMNS.length - 1;
    },
  },
];

/** The rules that rows break, each once. */
export const brokenRules = (rows: readonly FocusRow[]): string[] =>
  rules.filter(({ holds }) => !rows.every((row) => holds(row, rows))).map(({ says }) => says);
