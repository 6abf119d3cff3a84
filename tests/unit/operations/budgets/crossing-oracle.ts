import { exactAmount, roundHalfUp } from '../../../../lib/billing/money.ts';
import type { Budget } from '../../../../lib/store/budgets.ts';

const MINUTE_MS = 60_000;

/** What is known of a run. */
export interface KnownRun {
  readonly start: number;
  /** Absent while no stop is known. */
  readonly end?: number | undefined;
  /** Without a known stop it counts up to it. */
  readonly limit: number;
  readonly flavor: string;
  readonly milliUnits: number;
  readonly team: string;
}

export interface OracleRules {
  readonly monthOf: (time: number) => string;
  readonly priceAt: (flavor: string, time: number) => string;
}

interface Minute {
  readonly start: number;
  readonly line: string;
  readonly amount: bigint;
}

const minutesOf = (
  run: KnownRun,
  now: number,
  { monthOf, priceAt }: OracleRules,
  month: string,
): Minute[] => {
  const minutes: Minute[] = [];
  const end = run.end ?? Math.min(now, run.limit);
  for (let start = run.start; start < end; start += MINUTE_MS) {
    if (monthOf(start) !== month) continue;
    const price = priceAt(run.flavor, start);
    const amount = exactAmount(BigInt(run.milliUnits), price);
    minutes.push({ start, line: `${run.flavor} ${price}`, amount });
  }
  return minutes;
};

/**
 * When each sum of money is reached by the runs of a budget, by adding one minute after the other
 * and rounding each line after each: no function of time, and no search.
 */
export const crossingsOf = (
  budget: Pick<Budget, 'label'>,
  sums: readonly bigint[],
  runs: readonly KnownRun[],
  now: number,
  month: string,
  rules: OracleRules,
): Map<bigint, number> => {
  const minutes = runs
    .filter(({ team }) => !budget.label || budget.label.value === team)
    .flatMap((run) => minutesOf(run, now, rules, month))
    .sort((a, b) => a.start - b.start);
  const lines = new Map<string, bigint>();
  const crossings = new Map<bigint, number>();
  for (const { start, line, amount } of minutes) {
    lines.set(line, (lines.get(line) ?? 0n) + amount);
    const total = [...lines.values()].reduce((sum, exact) => sum + roundHalfUp(exact, 'EUR'), 0n);
    for (const sum of sums) if (total >= sum && !crossings.has(sum)) crossings.set(sum, start);
  }
  return crossings;
};
