import { RULE_DATES, readShippedTariff } from '../../../../cli/billing-rules.ts';
import type { Resources } from '../../../../lib/billing/facts.ts';
import type { Status } from '../../../../lib/billing/statuses.ts';
import {
  type ComparedCost,
  type Comparison,
  compareTariffs,
} from '../../../../lib/operations/tariffs/compare.ts';
import type { DraftTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { status, TARIFF, TWO_GPUS, type World } from '../world.ts';

/** The rules that ship, oldest first: RUNNING; PENDING too; INTERRUPTING and TIMEOUT too. */
export const SHIPPED = await Promise.all(RULE_DATES.map(readShippedTariff));
export const RUNNING_ONLY = TARIFF;
export const PENDING_TOO: DraftTariff = { ...TARIFF, billableStatuses: ['PENDING', 'RUNNING'] };

export const DAY_MS = 86_400_000;

export const compare = async (world: World, month: string, tariffs: readonly DraftTariff[]) =>
  compareTariffs(await world.open(), { month, tariffs });

/** What a job reports on one day of October, at the times given. */
export const onTheFifth = (
  jobId: string,
  steps: readonly (readonly [Status, string])[],
  resources: Resources = TWO_GPUS,
) => steps.map(([entered, time]) => status(jobId, entered, `2026-10-05T${time}Z`, { resources }));

export const STOPPED_BY_HAND = [
  ['QUEUED', '08:00:00'],
  ['INITIALIZING', '08:01:00'],
  ['PENDING', '08:01:00'],
  ['RUNNING', '08:11:00'],
  ['INTERRUPTING', '09:11:00'],
  ['FINALIZING', '09:14:00'],
  ['INTERRUPTED', '09:15:00'],
] as const;

export const cost = (
  minutes: number,
  unitMinutes: number,
  amount: string,
  difference: string,
): ComparedCost => ({
  minutes,
  unitMinutes,
  unratedMinutes: 0,
  heldIntervals: 0,
  cost: amount,
  difference,
});

export const inShort = (costs: readonly ComparedCost[]) =>
  costs.map(({ minutes, cost, difference }) => `${minutes} min ${cost} (${difference})`);

export const jobsInShort = ({ projects }: Comparison) =>
  projects.flatMap(({ projectId, jobs }) =>
    jobs.map(({ jobId, costs }) => [projectId, jobId, ...inShort(costs)]),
  );
