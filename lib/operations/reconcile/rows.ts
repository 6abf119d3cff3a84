import { compareText } from '../../billing/compare-text.ts';
import type { ProviderRow } from '../../sources/ovh-usage.ts';
import type { ComparedJob } from './compare-job.ts';
import type { MeteredTime, Metering } from './meter.ts';
import { type Quantity, total } from './quantity.ts';

/** A flavor in a region: what the provider bills, and every job that may have used it. */
export interface Row {
  /** Absent where neither side names one. */
  readonly region?: string | undefined;
  readonly flavor: string;
  /** Absent where the provider bills nothing. */
  readonly provider?: ProviderRow | undefined;
  readonly jobs: readonly ComparedJob[];
}

/** The rows by region and flavor. */
export const rowsOf = (provider: readonly ProviderRow[], jobs: readonly ComparedJob[]): Row[] => {
  const rows = new Map<string, Row & { jobs: ComparedJob[] }>();
  const rowOf = (region: string | undefined, flavor: string) => {
    const key = `${region ?? ''} ${flavor}`;
    const row = rows.get(key) ?? { region, flavor, jobs: [] };
    rows.set(key, row);
    return row;
  };
  for (const billed of provider) Object.assign(rowOf(billed.region, billed.flavor), { provider: billed });
  const hasRegions = provider.some(({ region }) => region !== undefined);

  /** The only region that is billed for a flavor, for a job that names none. */
  const onlyRegion = (flavor: string): string | undefined => {
    const billed = provider.filter((row) => row.flavor === flavor);
    return billed.length === 1 ? billed[0]?.region : undefined;
  };
  const regionFor = ({ region }: ComparedJob, flavor: string) =>
    hasRegions || provider.length === 0 ? (region ?? onlyRegion(flavor)) : undefined;

  for (const job of jobs)
    for (const flavor of job.flavors) rowOf(regionFor(job, flavor), flavor).jobs.push(job);
  return [...rows.values()].sort(
    (a, b) => compareText(a.region ?? '', b.region ?? '') || compareText(a.flavor, b.flavor),
  );
};

/** The price that the provider's figures imply for time without a price here. */
const impliedMoney = ({ provider }: Row, time: bigint): bigint =>
  provider && provider.unitMinutes.value > 0n
    ? (time * provider.amount.value) / provider.unitMinutes.value
    : 0n;

const ofFlavor = (metered: readonly MeteredTime[], { flavor }: Row) =>
  metered.filter((time) => time.flavor === flavor);

/** What is billed here for a job in a row: nothing without a price. */
export const billedHere = (row: Row, { here }: ComparedJob): Quantity =>
  total(ofFlavor(here, row).flatMap(({ time, money }) => (money === undefined ? [] : [{ time, money }])));

/** What the provider would bill for a job in a row if it counted like this. */
export const expectedOf = (row: Row, job: ComparedJob, metering: Metering): Quantity =>
  total(
    ofFlavor(job.meter(metering), row).map(({ time, money = impliedMoney(row, time) }) => ({ time, money })),
  );

/** The prices here of the time that the provider would bill. */
export const pricesHere = (row: Row, metering: Metering): string[] => [
  ...new Set(
    row.jobs.flatMap((job) =>
      ofFlavor(job.meter(metering), row).flatMap(({ pricePerHour }) => pricePerHour ?? []),
    ),
  ),
];
