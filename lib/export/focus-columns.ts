import type { Line } from '../billing/lines.ts';
import { fromMilli, toMilli } from '../billing/money.ts';
import { type Calendar, createCalendar, type Span } from '../billing/months.ts';
import type { JobStatuses } from '../billing/statuses.ts';
import type { BilledCharge } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';
import type { BilledRow } from './billed-rows.ts';
import { decimal } from './decimal.ts';
import { LIST_COST_DECIMALS, listCostOf } from './list-cost.ts';
import { tagsOf } from './tags.ts';

const SERVICE = 'AI Training';

/** Names of a stage in FOCUS. */
export interface Parties {
  readonly invoiceIssuer: string;
  readonly provider: string;
  readonly publisher: string;
}

/** A row: a charge, the reversal of an earlier charge, or a whole line. */
interface RowContent extends Pick<Line, 'usageMonth' | 'flavor' | 'unit' | 'minutes' | 'milliUnitMinutes'> {
  readonly pricePerHour: string;
  /** Billed amount in whole minor units. */
  readonly billed: string;
  readonly listCost: string;
  /** ISO 8601. */
  readonly start: string;
  readonly end: string;
  /** Absent on the row of a line. */
  readonly jobId?: string;
  readonly milliUnits?: number;
  readonly tariff?: string | undefined;
  readonly labels?: BilledCharge['labels'];
}

const SECOND_MS = 1000;
const HOUR_DECIMALS = 12;

/** Unit minutes in hours, half away from zero. */
const hoursOf = (milliUnitMinutes: number): string => {
  const scaled = BigInt(Math.abs(milliUnitMinutes)) * 10n ** BigInt(HOUR_DECIMALS);
  return decimal(((scaled + 30_000n) / 60_000n) * BigInt(Math.sign(milliUnitMinutes)), HOUR_DECIMALS);
};

const utc = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Input of the columns. */
export interface FocusRow {
  readonly parties: Parties;
  readonly statement: Statement;
  /** The month of the statement. */
  readonly billing: Span;
  readonly charged: RowContent;
  /** The latest status of its job, when the file is made. All else is frozen. */
  readonly jobStatus?: string | undefined;
}

const isCorrection = ({ statement, charged }: FocusRow): boolean => charged.usageMonth < statement.month;

const skuId = ({ charged: { flavor, unit } }: FocusRow): string => `ai-training/${flavor}/${unit}`;

const describe = (row: FocusRow): string => {
  const { statement, charged } = row;
  const { usageMonth, flavor, unit, milliUnits, minutes, milliUnitMinutes, pricePerHour } = charged;
  const name = unit.toUpperCase();
  const quantity =
    milliUnits === undefined
      ? `${fromMilli(milliUnitMinutes)} ${name} minutes`
      : `${minutes} minutes x ${fromMilli(milliUnits)} ${name}`;
  const price = `${pricePerHour} ${statement.currency} per ${name} hour`;
  return `${isCorrection(row) ? `Correction of ${usageMonth}: ` : ''}${SERVICE} on ${flavor}: ${quantity} at ${price}`;
};

/** Names of units as FOCUS writes them in its unit format. */
const UNIT_NAMES = { gpu: 'GPU', cpu: 'CPU', node: 'Node' } as const;

/** FOCUS states price details for one pricing unit, and has no property that counts nodes. */
const COUNT_NAMES = { gpu: 'GpuCount', cpu: 'CoreCount', node: 'x_NodeCount' } as const;
const priceDetails = ({ charged: { flavor, unit } }: FocusRow): string =>
  JSON.stringify({ [COUNT_NAMES[unit]]: 1, InstanceType: flavor });

/** How a column is stored where types are: a decimal has at most so many digits after its point. */
type Kind = 'text' | 'time' | 'integer' | { readonly decimals: number };

export interface Column {
  readonly kind: Kind;
  /** Null is an empty cell. */
  readonly of: (row: FocusRow) => string | number | null;
}

const text = (of: (row: FocusRow) => string | null): Column => ({ kind: 'text', of });
const time = (of: (row: FocusRow) => number): Column => ({ kind: 'time', of: (row) => utc(of(row)) });
const number = (decimals: number, of: (row: FocusRow) => string | number | null): Column => ({
  kind: { decimals },
  of,
});

/** No currency of ISO 4217 has more digits. */
const MONEY_DECIMALS = 4;
const PRICE_DECIMALS = 12;

/**
 * Columns of FOCUS 1.2, then our own: who is billed for what, when, at which price, and what it
 * costs. Billed costs are whole minor units.
 */
export const COLUMNS: Readonly<Record<string, Column>> = {
  BillingAccountId: text(({ statement }) => statement.projectId),
  BillingAccountName: text(() => null),
  InvoiceId: text(({ statement }) => statement.statementId),
  InvoiceIssuerName: text(({ parties }) => parties.invoiceIssuer),
  ResourceId: text(({ charged }) => charged.jobId ?? null),
  ResourceName: text(() => null),
  ResourceType: text(({ charged }) => (charged.jobId === undefined ? null : 'AI Training job')),
  Tags: text(({ charged }) => tagsOf(charged.labels)),
  BillingPeriodStart: time(({ billing }) => billing.start),
  BillingPeriodEnd: time(({ billing }) => billing.end),
  ChargePeriodStart: time(({ charged }) => Date.parse(charged.start)),
  // Periods are rounded outwards to whole seconds.
  ChargePeriodEnd: time(({ charged }) => Math.ceil(Date.parse(charged.end) / SECOND_MS) * SECOND_MS),
  ChargeCategory: text(() => 'Usage'),
  ChargeClass: text((row) => (isCorrection(row) ? 'Correction' : null)),
  ChargeFrequency: text(() => 'Usage-Based'),
  ChargeDescription: text(describe),
  ServiceName: text(() => SERVICE),
  ServiceCategory: text(() => 'AI and Machine Learning'),
  ServiceSubcategory: text(() => 'Machine Learning'),
  ProviderName: text(({ parties }) => parties.provider),
  PublisherName: text(({ parties }) => parties.publisher),
  SkuId: text(skuId),
  SkuMeter: text(({ charged }) => `${charged.unit.toUpperCase()} time`),
  SkuPriceId: text((row) => `${skuId(row)}/${row.charged.pricePerHour}`),
  SkuPriceDetails: text(priceDetails),
  ConsumedQuantity: number(3, ({ charged }) => fromMilli(charged.milliUnitMinutes)),
  ConsumedUnit: text(({ charged }) => `${UNIT_NAMES[charged.unit]}-Minutes`),
  PricingQuantity: number(HOUR_DECIMALS, ({ charged }) => hoursOf(charged.milliUnitMinutes)),
  PricingUnit: text(({ charged }) => `${UNIT_NAMES[charged.unit]}-Hours`),
  PricingCategory: text(() => 'Standard'),
  ListUnitPrice: number(PRICE_DECIMALS, ({ charged }) => charged.pricePerHour),
  ContractedUnitPrice: number(PRICE_DECIMALS, ({ charged }) => charged.pricePerHour),
  BillingCurrency: text(({ statement }) => statement.currency),
  ListCost: number(LIST_COST_DECIMALS, ({ charged }) => charged.listCost),
  ContractedCost: number(LIST_COST_DECIMALS, ({ charged }) => charged.listCost),
  EffectiveCost: number(MONEY_DECIMALS, ({ charged }) => charged.billed),
  BilledCost: number(MONEY_DECIMALS, ({ charged }) => charged.billed),
  x_UsageMonth: text(({ charged }) => charged.usageMonth),
  x_Flavor: text(({ charged }) => charged.flavor),
  x_Unit: text(({ charged }) => charged.unit),
  x_Units: number(3, ({ charged }) =>
    charged.milliUnits === undefined ? null : fromMilli(charged.milliUnits),
  ),
  x_Minutes: { kind: 'integer', of: ({ charged }) => charged.minutes },
  x_JobStatus: text(({ jobStatus }) => jobStatus ?? null),
  x_TariffId: text(({ charged }) => charged.tariff ?? null),
};

const isoTime = (at: number): string => new Date(at).toISOString();

const lineContents = ({ lines }: Statement, calendar: Calendar): RowContent[] =>
  lines.map(({ amount: billed, unitMinutes, ...line }) => {
    const { start, end } = calendar.month(line.usageMonth);
    const milliUnitMinutes = toMilli(unitMinutes);
    const listCost = listCostOf(milliUnitMinutes, line.pricePerHour);
    return { ...line, ...{ milliUnitMinutes, billed, listCost }, start: isoTime(start), end: isoTime(end) };
  });

/** Rows of a statement: of billed charges, or of its lines where none are given. */
export const focusRows = (
  parties: Parties,
  statement: Statement,
  charges?: readonly BilledRow[],
  statuses?: JobStatuses,
): FocusRow[] => {
  const calendar = createCalendar(statement.timeZone);
  const billing = calendar.month(statement.month);
  const row = { parties, statement, billing };
  if (!charges) return lineContents(statement, calendar).map((charged) => ({ ...row, charged }));
  return charges.map((charged) => ({ ...row, charged, jobStatus: statuses?.get(charged.jobId) }));
};
