import { stringify } from 'csv-stringify/sync';
import type { Line } from '../billing/lines.ts';
import { formatMinor, parseTimes60 } from '../billing/money.ts';
import { type Calendar, createCalendar, type Span } from '../billing/months.ts';
import type { BilledChargeRecord } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';
import { billedRowsOf, shareLines } from './billed-rows.ts';

const SERVICE = 'AI Training';
const PROVIDER = 'AI Training';

/** A row: a charge, the reversal of an earlier charge, or a whole line. */
interface RowContent extends Pick<Line, 'usageMonth' | 'flavor' | 'unit' | 'minutes' | 'unitMinutes'> {
  readonly pricePerHour: string;
  /** Billed amount in whole minor units. */
  readonly billed: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Absent on the row of a line. */
  readonly jobId?: string;
  readonly units?: number;
  readonly tariff?: string | undefined;
}

const SECOND_MS = 1000;
const HOUR_DECIMALS = 12;
const PRICE_DECIMALS = 12;

/** `value / 10^decimals` without zeros at the end. */
const decimal = (value: bigint, decimals: number): string => {
  if (value < 0n) return `-${decimal(-value, decimals)}`;
  const digits = value.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '');
};

/** Unit minutes in hours, scaled, half away from zero. */
const scaledHours = (unitMinutes: number): bigint => {
  const scaled = BigInt(Math.abs(unitMinutes)) * 10n ** BigInt(HOUR_DECIMALS);
  return ((scaled + 30n) / 60n) * BigInt(Math.sign(unitMinutes));
};

const utc = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Rounded outwards to whole seconds. */
const periodOf = ({ start, end }: Pick<Span, 'start' | 'end'>) => ({
  start: utc(start),
  end: utc(Math.ceil(end / SECOND_MS) * SECOND_MS),
});

/** Input of the columns. */
interface Row {
  readonly statement: Statement;
  readonly billing: Span;
  readonly charged: RowContent;
  readonly period: { readonly start: string; readonly end: string };
  /** The usage month is before the month of the statement. */
  readonly isCorrection: boolean;
  /** Scaled by 10^12. */
  readonly hours: bigint;
  readonly listCost: string;
  readonly skuId: string;
}

const rowOf = (statement: Statement, billing: Span, charged: RowContent): Row => {
  const { usageMonth, flavor, unit, unitMinutes, pricePerHour } = charged;
  const hours = scaledHours(unitMinutes);
  return {
    ...{ statement, billing, charged, hours },
    period: periodOf(charged),
    isCorrection: usageMonth < statement.month,
    listCost: decimal(hours * parseTimes60(pricePerHour), HOUR_DECIMALS + PRICE_DECIMALS),
    skuId: `ai-training/${flavor}/${unit}`,
  };
};

const describe = ({ statement, charged, isCorrection }: Row): string => {
  const { usageMonth, flavor, unit, units, minutes, unitMinutes, pricePerHour } = charged;
  const name = unit.toUpperCase();
  const quantity =
    units === undefined ? `${unitMinutes} ${name} minutes` : `${minutes} minutes x ${units} ${name}`;
  const price = `${pricePerHour} ${statement.currency} per ${name} hour`;
  return `${isCorrection ? `Correction of ${usageMonth}: ` : ''}${SERVICE} on ${flavor}: ${quantity} at ${price}`;
};

/** FOCUS states price details for one pricing unit: one GPU or one CPU. */
const priceDetails = ({ charged: { flavor, unit } }: Row): string =>
  JSON.stringify({ [unit === 'gpu' ? 'GpuCount' : 'CoreCount']: 1, InstanceType: flavor });

/**
 * Columns of FOCUS 1.2, then our own; null is an empty cell. Quantity times the published unit
 * price is exactly the list cost; billed costs are whole minor units.
 */
const COLUMNS: Readonly<Record<string, (row: Row) => string | number | null>> = {
  BilledCost: ({ charged }) => charged.billed,
  BillingAccountId: ({ statement }) => statement.projectId,
  BillingAccountName: () => null,
  BillingCurrency: ({ statement }) => statement.currency,
  BillingPeriodEnd: ({ billing }) => utc(billing.end),
  BillingPeriodStart: ({ billing }) => utc(billing.start),
  ChargeCategory: () => 'Usage',
  ChargeClass: ({ isCorrection }) => (isCorrection ? 'Correction' : null),
  ChargeDescription: describe,
  ChargeFrequency: () => 'Usage-Based',
  ChargePeriodEnd: ({ period }) => period.end,
  ChargePeriodStart: ({ period }) => period.start,
  ConsumedQuantity: ({ charged }) => charged.unitMinutes,
  ConsumedUnit: () => 'Minutes',
  ContractedCost: ({ listCost }) => listCost,
  ContractedUnitPrice: ({ charged }) => charged.pricePerHour,
  EffectiveCost: ({ charged }) => charged.billed,
  InvoiceId: ({ statement }) => statement.statementId,
  InvoiceIssuerName: () => PROVIDER,
  ListCost: ({ listCost }) => listCost,
  ListUnitPrice: ({ charged }) => charged.pricePerHour,
  PricingCategory: () => 'Standard',
  PricingQuantity: ({ hours }) => decimal(hours, HOUR_DECIMALS),
  PricingUnit: () => 'Hours',
  ProviderName: () => PROVIDER,
  PublisherName: () => PROVIDER,
  ResourceId: ({ charged }) => charged.jobId ?? null,
  ResourceName: () => null,
  ResourceType: ({ charged }) => (charged.jobId === undefined ? null : 'AI Training job'),
  ServiceCategory: () => 'AI and Machine Learning',
  ServiceName: () => SERVICE,
  ServiceSubcategory: () => 'Machine Learning',
  SkuId: ({ skuId }) => skuId,
  SkuMeter: ({ charged }) => `${charged.unit.toUpperCase()} time`,
  SkuPriceDetails: priceDetails,
  SkuPriceId: ({ skuId, charged }) => `${skuId}/${charged.pricePerHour}`,
  x_Flavor: ({ charged }) => charged.flavor,
  x_Minutes: ({ charged }) => charged.minutes,
  x_TariffId: ({ charged }) => charged.tariff ?? null,
  x_Unit: ({ charged }) => charged.unit,
  x_Units: ({ charged }) => charged.units ?? null,
  x_UsageMonth: ({ charged }) => charged.usageMonth,
};

const byLine = ({ lines }: Statement, calendar: Calendar): RowContent[] =>
  lines.map((line) => {
    const { usageMonth, flavor, unit, minutes, unitMinutes, pricePerHour, amount: billed } = line;
    const { start, end } = calendar.month(usageMonth);
    return { usageMonth, flavor, unit, minutes, unitMinutes, pricePerHour, billed, start, end };
  });

const byCharge = (statement: Statement, charges: readonly BilledChargeRecord[]): RowContent[] => {
  const rows = charges.flatMap(billedRowsOf);
  const shares = shareLines(statement, rows);
  return rows.map(({ start, end, amount: _, ...rest }, index) => ({
    ...rest,
    start: Date.parse(start),
    end: Date.parse(end),
    billed: formatMinor(shares[index] ?? 0n, statement.currency),
  }));
};

/**
 * A statement as FOCUS 1.2 CSV, one row per charge, or per line without charges. Billed costs sum
 * to the total exactly; what is included, unrated or held has no row.
 */
export const focusCsv = (statement: Statement, charges?: readonly BilledChargeRecord[]): string => {
  const calendar = createCalendar(statement.timeZone);
  const billing = calendar.month(statement.month);
  const charged = charges ? byCharge(statement, charges) : byLine(statement, calendar);
  const columns = Object.values(COLUMNS);
  const rows = charged.map((one) => rowOf(statement, billing, one));
  return stringify([Object.keys(COLUMNS), ...rows.map((row) => columns.map((column) => column(row)))], {
    record_delimiter: 'windows',
  });
};
