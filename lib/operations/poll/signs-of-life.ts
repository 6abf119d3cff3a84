import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { STATUSES, type Status } from '../../billing/statuses.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { signOfLife } from '../../sources/ovh.ts';
import type { ReportedEvent } from '../../sources/reported-event.ts';
import { optionsOf } from './record-jobs.ts';

/**
 * Changes that much before the cursor are read again: `updatedAfter` is strict, clocks differ, and
 * a change may be listed some time after its `updatedAt`.
 */
export const OVERLAP_MS = 10 * MINUTE_MS;

/** Which jobs give signs of life, and of when. */
export interface SignRule {
  /** Start of the current step, the same for every poll within it. */
  readonly step: number;
  /** The statuses that are billable, RUNNING first. */
  readonly statuses: readonly Status[];
  /** Whether a status is billed that was entered then: a sign of life changes nothing else. */
  isAlive(status: Status, enteredAt: number): boolean;
}

/** How often a job gives a sign of life: well within the silence that a tariff allows. */
const stepMs = (maxSilenceMs: number): number => {
  if (maxSilenceMs >= 2 * DAY_MS) return DAY_MS;
  return maxSilenceMs >= 2 * HOUR_MS ? HOUR_MS : MINUTE_MS;
};

/**
 * A step begins a while late: a list may be that old, so that a job it has as running may have
 * stopped since.
 */
const currentStep = (tariffs: TariffBook, now: number): number => {
  const certain = now - OVERLAP_MS;
  return certain - (certain % stepMs(tariffs.limitsAt(now).maxSilenceMs));
};

const isRunning = (status: Status): number => Number(status === 'RUNNING');

/** The rule by the tariffs at a time. */
export const signRuleAt = (tariffs: TariffBook, now: number): SignRule => {
  const step = currentStep(tariffs, now);
  const isBillable = (status: Status) => tariffs.isBillable(status, step);
  return {
    step,
    statuses: STATUSES.filter(isBillable).sort((a, b) => isRunning(b) - isRunning(a)),
    isAlive: (status, enteredAt) => isBillable(status) && tariffs.isBillable(status, enteredAt),
  };
};

/** The signs of life of jobs, by what the provider says of them. */
export const signsOfLife = (
  records: readonly unknown[],
  projectId: string,
  { step, isAlive }: Pick<SignRule, 'step' | 'isAlive'>,
): ReportedEvent[] =>
  records.flatMap((record) => signOfLife(record, optionsOf(projectId), step, isAlive) ?? []);
