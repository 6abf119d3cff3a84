import { isoDuration } from '../lib/billing/duration.ts';
import { type DraftTariff, parseTariff } from '../lib/operations/tariffs/publish.ts';
import { Refusal } from '../lib/refusal.ts';
import { readTextFile } from './read-text.ts';

/** Reads a tariff file. A refusal names the file, each invalid field and its rule. */
export const readTariffFile = async (file: string): Promise<DraftTariff> => {
  const content = await readTextFile(file);
  try {
    return parseTariff(JSON.parse(content));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal('not-json', `${file} is not JSON`);
    if (error instanceof Refusal) {
      const { errors, moreErrors } = error;
      throw new Refusal(error.code, `${file}: ${error.message}`, { errors, moreErrors });
    }
    throw error;
  }
};

/** A tariff in the format of its file: times and durations in ISO 8601. */
export const tariffView = ({ effectiveFrom, maxRunningMs, maxSilenceMs, ...tariff }: DraftTariff) => ({
  ...tariff,
  effectiveFrom: new Date(effectiveFrom).toISOString(),
  maxRunning: isoDuration(maxRunningMs),
  maxSilence: isoDuration(maxSilenceMs),
});
