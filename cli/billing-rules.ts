import { fileURLToPath } from 'node:url';
import type { DraftTariff } from '../lib/operations/tariffs/publish.ts';
import { readTariffFile } from './tariffs.ts';

/** The tariffs that ship, by the date of the provider's billing rule that each has. */
const SHIPPED = {
  '2023-02-14': '2023-02-14-running.json',
  '2026-01-27': '2026-01-27-pending-running.json',
  '2026-09-11': '2026-09-11-pending-until-stopped.json',
} as const;

export type RuleDate = keyof typeof SHIPPED;
export const RULE_DATES = Object.keys(SHIPPED) as readonly RuleDate[];

/** The rule that the provider bills by now. */
export const CURRENT_RULE: RuleDate = '2026-09-11';

/** The tariff that ships with a rule of the provider. */
export const readShippedTariff = (date: RuleDate): Promise<DraftTariff> =>
  readTariffFile(fileURLToPath(new URL(`../tariffs/${SHIPPED[date]}`, import.meta.url)));
