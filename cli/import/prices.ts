import { createCalendar } from '../../lib/billing/months.ts';
import { createTariffBook, type Tariff, tariffsInForce } from '../../lib/billing/tariff.ts';
import { readTableConfig } from '../../lib/config.ts';
import type { Pricing } from '../../lib/operations/import/estimate.ts';
import { Refusal } from '../../lib/refusal.ts';
import { isUnreachable } from '../explain.ts';
import { connectStage } from '../stage.ts';
import { readTariffFile } from '../tariffs.ts';
import type { ImportOptions } from './options.ts';

/** The tariffs of a dry run and where they are from. */
export interface Prices extends Pricing {
  readonly from: 'files' | 'stage' | 'nowhere';
  /** Those that are ever in force, by start. */
  readonly inForce: readonly Tariff[];
}

const pricesOf = (
  from: Prices['from'],
  tariffs: readonly Tariff[],
  { timeZone, currency }: { readonly timeZone: string; readonly currency: string },
): Prices => ({
  ...{ from, inForce: tariffsInForce(tariffs), tariffs: createTariffBook(tariffs) },
  ...{ calendar: createCalendar(timeZone), currency },
});

/** The billing time zone and currency of an unused table. */
const configured = (stage: string) =>
  readTableConfig({ TABLE_NAME: `jobmeter-${stage}`, ...process.env, STAGE: stage });

const fromFiles = async (files: readonly string[], stage: string): Promise<Prices> => {
  const drafts = await Promise.all(files.map(readTariffFile));
  const tariffs = drafts.map((draft, index): Tariff => ({ ...draft, revision: index + 1 }));
  const [{ currency } = configured(stage), ...others] = tariffs;
  if (others.some((other) => other.currency !== currency))
    throw new Refusal('invalid', 'the tariff files have several currencies: one table bills in one');
  return pricesOf('files', tariffs, { ...configured(stage), currency });
};

const fromStage = async (options: ImportOptions): Promise<Prices> => {
  try {
    const { openContext } = await connectStage(options);
    const { store, calendar, currency } = await openContext('read');
    return pricesOf('stage', await store.readTariffs(), { timeZone: calendar.timeZone, currency });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return pricesOf('nowhere', [], configured(options.stage));
  }
};

/** Prices from tariff files, or those of the stage; none if it cannot be reached. */
export const readPrices = (options: ImportOptions): Promise<Prices> =>
  options.tariff ? fromFiles(options.tariff, options.stage) : fromStage(options);
