import type { FinalCharge } from '../../lib/billing/charges.ts';
import { formatMinor, parseMinor } from '../../lib/billing/money.ts';
import type { Statement } from '../../lib/billing/statement.ts';
import { microsOf } from '../../local/ovh-stand-in/scripted-job.ts';
import type { Differences } from '../compare.ts';
import { statementsOn } from '../judge.ts';
import type { Piece } from '../oracle.ts';
import { chargesOn } from './judge.ts';
import type { Stage } from './stage.ts';
import { CURRENCY, type Story } from './story.ts';

/** What was billed, over all statements. */
export interface Billed {
  /** Decimal string. */
  readonly total: string;
  /** Runs that wait for a stop. */
  readonly held: number;
  /** State changes that are in no log. */
  readonly missing: number;
  /** Jobs that are billed other minutes than they used, and how many too many and too few. */
  readonly wrongJobs: number;
  readonly minutesTooMany: number;
  readonly minutesTooFew: number;
  readonly differences: Differences;
}

const countMissing = async ({ context }: Stage, { jobs }: Story): Promise<number> => {
  let missing = 0;
  for (const { job } of jobs) {
    const facts = await context.store.readFacts({ projectId: job.project, jobId: job.id });
    const known = new Set(
      facts.flatMap((fact) =>
        fact.kind === 'transition' ? [`${fact.status} ${fact.time * 1000 + (fact.nanos ?? 0) / 1000}`] : [],
      ),
    );
    missing += job.transitions.filter(({ state, date }) => !known.has(`${state} ${microsOf(date)}`)).length;
  }
  return missing;
};

/** The minutes that have a price, by job. */
const minutesByJob = (pieces: readonly (Piece | FinalCharge)[]): ReadonlyMap<string, number> => {
  const minutes = new Map<string, number>();
  for (const piece of pieces)
    if (piece.pricePerHour !== undefined)
      minutes.set(piece.jobId, (minutes.get(piece.jobId) ?? 0) + piece.minutes);
  return minutes;
};

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** The sum of decimal strings. */
export const totalOf = (amounts: readonly string[]): string =>
  formatMinor(
    amounts.reduce((sum, amount) => sum + parseMinor(amount), 0n),
    CURRENCY,
  );

/** What a played story has billed, and how that differs. */
export const describeBilled = async (
  stage: Stage,
  story: Story,
  truth: readonly Piece[],
  compare: (statements: readonly Statement[], charges: readonly FinalCharge[]) => Differences,
): Promise<Billed> => {
  const [statements, charges] = [await statementsOn(stage.table), await chargesOn(stage)];
  const [used, billed] = [minutesByJob(truth), minutesByJob(charges)];
  const off = story.jobs.map(({ job: { id } }) => (billed.get(id) ?? 0) - (used.get(id) ?? 0));
  return {
    total: totalOf(statements.map(({ total }) => total)),
    held: charges.filter(({ held }) => held).length,
    missing: await countMissing(stage, story),
    wrongJobs: off.filter((minutes) => minutes !== 0).length,
    minutesTooMany: sumOf(off.filter((minutes) => minutes > 0)),
    minutesTooFew: Math.abs(sumOf(off.filter((minutes) => minutes < 0))),
    differences: compare(statements, charges),
  };
};
