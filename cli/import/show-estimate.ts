import type { Unit } from '../../lib/billing/facts.ts';
import type { Estimate } from '../../lib/operations/import/estimate.ts';
import type { UnratedTime } from '../../lib/operations/import/unrated-time.ts';
import type { HeldJobs } from '../../lib/operations/import/waiting-jobs.ts';
import { bold, counted, dim, indent } from '../output.ts';
import type { Prices } from './prices.ts';
import { costTable } from './show-costs.ts';
import { knownText, rangeText, readText, reasonLines } from './show-read.ts';
import type { FilesRead } from './translate-files.ts';

const UNIT_HOURS: Readonly<Record<Unit, string>> = {
  gpu: 'GPU hours',
  cpu: 'CPU hours',
  node: 'node hours',
};

const hours = (minutes: number): string => (minutes / 60).toLocaleString('en', { maximumFractionDigits: 1 });

/** In the unit that a price of the flavor most likely counts. */
const timeOf = ({ minutes, unitMinutes }: UnratedTime): string => {
  const unit = (['gpu', 'cpu', 'node'] as const).find((one) => unitMinutes[one] !== undefined);
  return unit ? `${hours(unitMinutes[unit] ?? 0)} ${UNIT_HOURS[unit]}` : `${hours(minutes)} hours`;
};

/** Why no tariff is in force. */
const noTariffText = ({ from, inForce: [first] }: Prices): string => {
  if (from === 'nowhere') return 'no tariff is known';
  if (!first) return 'no tariff is published: `jobmeter tariff publish <file>`';
  const start = new Date(first.effectiveFrom).toISOString();
  return `they are before ${start}, when the first tariff begins: give it an earlier effectiveFrom`;
};

const unratedLine = (unrated: UnratedTime, prices: Prices): string => {
  const { flavor, noTariff, waitsFor } = unrated;
  if (flavor === undefined) return `${timeOf(unrated)} without resources: no record states them`;
  const time = `${timeOf(unrated)} of ${flavor}`;
  if (noTariff) return `${time} have no price: ${noTariffText(prices)}`;
  if (!waitsFor.startsWith('a price'))
    return `${time} wait for ${waitsFor}, which the tariff prices and the jobs do not state`;
  const remedy = prices.from === 'files' ? 'add one to the tariff file' : 'publish a tariff with one';
  return `${time} have no price: ${remedy}`;
};

const heldLine = ({ cause, count, first, settledBy }: HeldJobs): string =>
  `time beyond ${cause} of ${counted(count, 'job')} without a stop ` +
  `(${first.join(', ')}${count > first.length ? ', …' : ''}): held until there is ${settledBy.join(', or ')}`;

const notes = (estimate: Estimate, prices: Prices): string[] => [
  ...(estimate.running > 0
    ? [`${counted(estimate.running, 'job')} without a stop: counted as running up to now`]
    : []),
  ...estimate.unrated.map((unrated) => `not in the total: ${unratedLine(unrated, prices)}`),
  ...estimate.held.map((held) => `not in the total: ${heldLine(held)}`),
];

const pricesText = ({ from, inForce, calendar }: Prices, stage: string): string => {
  if (from === 'nowhere')
    return (
      `no prices: stage ${stage} cannot be reached. Name a tariff file with --tariff <file> ` +
      '(examples are in tariffs/), or start the local stack with `npm start`'
    );
  const names = inForce.map(({ name }) => name).join(', then ') || 'none';
  const origin = from === 'files' ? 'from files' : `of stage ${stage}`;
  return `prices ${origin}: ${names}; months in ${calendar.timeZone}`;
};

/** What follows a dry run with prices from files. */
const nextStep = ({ from }: Prices, tariffs: readonly string[]): string[] =>
  from === 'files'
    ? [
        '',
        `To bill it: \`npm start\`, in another terminal \`jobmeter tariff publish ${tariffs[0]} --backdate\`,`,
        'then the same import without --dry-run and --tariff, and `jobmeter close`.',
      ].map(dim)
    : [];

/** What is shown of a dry run besides its figures. */
export interface DryRun extends FilesRead {
  readonly stage: string;
  readonly prices: Prices;
  readonly tariffs: readonly string[];
  /** The zone that times without an offset were read in. Absent if the files have offsets. */
  readonly readIn?: string;
}

/** A dry run as text. */
export const showEstimate = (estimate: Estimate, dryRun: DryRun): string => {
  const { jobs, events, known, conflicts, refused, months, timeZone } = estimate;
  const { prices, skipped, readIn, stage, tariffs } = dryRun;
  return [
    bold('dry run: nothing is recorded'),
    `${readText(dryRun)}, ${counted(jobs, 'job')}, ${counted(events, 'event')}${rangeText(estimate, timeZone)}`,
    ...(known + conflicts > 0 ? [`given again: ${knownText({ known, conflicts })}`] : []),
    ...(readIn === undefined ? [] : [`times in the files are read as ${readIn}: --time-zone names another`]),
    pricesText(prices, stage),
    '',
    months.length > 0 ? costTable(estimate, { withPrices: prices.from !== 'nowhere' }) : 'no billable time',
    ...notes(estimate, prices).map((note) => indent(note)),
    ...reasonLines('not translated', skipped),
    ...reasonLines('would be refused', refused),
    ...(months.length > 0 ? nextStep(prices, tariffs) : []),
  ].join('\n');
};
