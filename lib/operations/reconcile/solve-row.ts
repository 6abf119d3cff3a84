import { ONE } from '../../sources/provider-figure.ts';
import type { ComparedJob } from './compare-job.ts';
import type { Hypothesis } from './hypotheses.ts';
import { type Metering, moneyAt } from './meter.ts';
import { minus, plus, type Quantity, size, total } from './quantity.ts';
import { expectedOf, pricesHere, type Row } from './rows.ts';

/** Hypotheses together, and the ways to count that follow: each with those before it. */
export interface HypothesisSet {
  readonly hypotheses: readonly Hypothesis[];
  readonly meterings: readonly Metering[];
}

/** What explains the minutes of a row: without a set the rules here, as far as they do. */
export interface Solution {
  /** Jobs that the provider does not list are not on the bill. */
  readonly isUnlistedLeftOut: boolean;
  readonly set?: HypothesisSet;
  /** Jobs of which each has as many minutes as the set explains, where no other row speaks for it. */
  readonly rivals: readonly ComparedJob[];
  /** Other sets that say the same of every job. */
  readonly alternatives: readonly HypothesisSet[];
  /**
   * Sets that may explain it, of which none is chosen: they explain it equally and say different
   * things of jobs, or one wrong job would explain it too, and no other row confirms them. Those
   * that say the same of every job are together.
   */
  readonly ambiguous: readonly (readonly HypothesisSet[])[];
  /** Jobs that the provider does not list, where nothing tells whether it bills them. */
  readonly unlisted: readonly ComparedJob[];
}

const NONE = { rivals: [], alternatives: [], ambiguous: [], unlisted: [] } as const;

/** One job in so many may have as many minutes as a way to count explains, by chance. */
const CHANCE = 20;

export const toSet = (base: Metering, hypotheses: readonly Hypothesis[]): HypothesisSet => {
  let metering = base;
  const meterings = hypotheses.map((hypothesis) => {
    metering = hypothesis.apply(metering);
    return metering;
  });
  return { hypotheses, meterings };
};

const countedJobs = ({ jobs }: Row, isUnlistedLeftOut: boolean): readonly ComparedJob[] =>
  isUnlistedLeftOut ? jobs.filter(({ isListed }) => isListed) : jobs;

/** What rounding the sum of a row up adds to its jobs. */
const roundedUp = (row: Row, sum: Quantity, metering: Metering): Quantity => {
  const part = sum.time % ONE;
  if (metering.rounding !== 'row' || part === 0n) return sum;
  const added = ONE - part;
  const [price = '0'] = pricesHere(row, metering);
  return plus(sum, { time: added, money: moneyAt(added, price) });
};

/** What the provider would bill if it counted like this. */
export const totalUnder = (row: Row, metering: Metering, isUnlistedLeftOut: boolean): Quantity => {
  const jobs = countedJobs(row, isUnlistedLeftOut);
  return roundedUp(row, total(jobs.map((job) => expectedOf(row, job, metering))), metering);
};

/** Whether the provider's minutes are these, up to the rounding of its figure. */
export const agrees = ({ provider }: Row, time: bigint): boolean => {
  const { value = 0n, tolerance = 0n } = provider?.unitMinutes ?? {};
  return size(value - time) <= tolerance;
};

/** Jobs with as many minutes as are left: each may be billed twice, or not at all. */
export const jobsOfRest = (row: Row, base: Metering, rest: bigint): readonly ComparedJob[] =>
  rest === 0n ? [] : row.jobs.filter((job) => expectedOf(row, job, base).time === size(rest));

/** The time of `totalUnder`, added up once: rows are tried in many ways, for others too. */
const createTimes = (isUnlistedLeftOut: boolean) => {
  const times = new Map<Row, Map<Metering, bigint>>();
  return (row: Row, metering: Metering): bigint => {
    const ofRow = times.get(row) ?? new Map<Metering, bigint>();
    const time = ofRow.get(metering) ?? totalUnder(row, metering, isUnlistedLeftOut).time;
    times.set(row, ofRow.set(metering, time));
    return time;
  };
};

/** What rows say about ways to count. */
const createEvidence = (rows: readonly Row[], base: Metering, isListGiven: boolean) => {
  const unlistedOf = ({ jobs }: Row) => (isListGiven ? jobs.filter(({ isListed }) => !isListed) : []);
  /** First that unlisted jobs are on the bill, though deleted since; then that they are not. */
  const basesOf = (row: Row): boolean[] => (unlistedOf(row).length > 0 ? [false, true] : [false]);
  const timeUnder = { true: createTimes(true), false: createTimes(false) };
  const fits = (row: Row, set: HypothesisSet | undefined, isUnlistedLeftOut: boolean) =>
    agrees(row, timeUnder[`${isUnlistedLeftOut}`](row, set?.meterings.at(-1) ?? base));
  /** Rows that the rules here explain. */
  const agreeing = new Map(
    rows.map((row) => [row, basesOf(row).find((leftOut) => fits(row, undefined, leftOut))]),
  );
  return {
    ...{ basesOf, fits, unlistedOf },
    agreesAlready: (row: Row) => agreeing.get(row),

    /** The same provider counts a row of this region differently. */
    isContradicted: (row: Row, set: HypothesisSet): boolean =>
      rows.some((other) => {
        const leftOut = agreeing.get(other);
        if (other === row || other.region !== row.region || leftOut === undefined) return false;
        return !fits(other, set, leftOut);
      }),

    /** How many other rows it would explain too. */
    supportOf: (row: Row, set: HypothesisSet): number =>
      rows.filter(
        (other) =>
          other !== row &&
          agreeing.get(other) === undefined &&
          basesOf(other).some((leftOut) => fits(other, set, leftOut)),
      ).length,

    /** One wrong job of these would explain the row, too. */
    oneJobOf(row: Row, isUnlistedLeftOut: boolean): readonly ComparedJob[] {
      const { value = 0n } = row.provider?.unitMinutes ?? {};
      return jobsOfRest(row, base, value - totalUnder(row, base, isUnlistedLeftOut).time);
    },
  };
};

/** What a set says of causes and jobs: two that say the same need not be told apart. */
const claimOf = (row: Row, { hypotheses, meterings }: HypothesisSet): string =>
  JSON.stringify(
    meterings.map((metering, index) => [
      hypotheses[index]?.cause,
      row.jobs.map((job) => String(expectedOf(row, job, metering).time)),
    ]),
  );

/** Solves rows: which smallest set of hypotheses explains the minutes of each. */
export const createSolver = (
  rows: readonly Row[],
  base: Metering,
  sets: readonly (readonly HypothesisSet[])[],
  isListGiven: boolean,
) => {
  const { agreesAlready, basesOf, fits, isContradicted, oneJobOf, supportOf, unlistedOf } = createEvidence(
    rows,
    base,
    isListGiven,
  );

  /** One wrong job is less than two hypotheses that no other row confirms. */
  const isBetterThanOneJob = (row: Row, set: HypothesisSet, isUnlistedLeftOut: boolean): boolean =>
    set.hypotheses.length === 1 || oneJobOf(row, isUnlistedLeftOut).length === 0 || supportOf(row, set) > 0;

  const choose = (row: Row, fitting: readonly HypothesisSet[], isUnlistedLeftOut: boolean): Solution => {
    const claims = [...Map.groupBy(fitting, (set) => claimOf(row, set)).values()];
    const supported = claims.map((same) => Math.max(...same.map((set) => supportOf(row, set))));
    const most = Math.max(...supported);
    const best = claims.filter((_, index) => supported[index] === most);
    const [[set, ...alternatives] = []] = best;
    const rivals = most > 0 ? [] : oneJobOf(row, isUnlistedLeftOut);
    if (best.length > 1 || rivals.length * CHANCE > row.jobs.length)
      return { ...NONE, isUnlistedLeftOut, ambiguous: best };
    return { ...NONE, isUnlistedLeftOut, ...(set && { set }), alternatives, rivals };
  };

  return (row: Row): Solution => {
    const already = agreesAlready(row);
    if (already !== undefined) return { ...NONE, isUnlistedLeftOut: already };
    for (const level of sets)
      for (const leftOut of basesOf(row)) {
        const fitting = level.filter(
          (set) =>
            fits(row, set, leftOut) && !isContradicted(row, set) && isBetterThanOneJob(row, set, leftOut),
        );
        if (fitting.length > 0) return choose(row, fitting, leftOut);
      }
    return { ...NONE, isUnlistedLeftOut: false, unlisted: unlistedOf(row) };
  };
};

/** The difference that a way to count makes for each job. */
export const differencesOf = (
  row: Row,
  [before, after]: readonly [Metering, Metering],
  isUnlistedLeftOut: boolean,
): { readonly job: ComparedJob; readonly provider: Quantity; readonly difference: Quantity }[] =>
  countedJobs(row, isUnlistedLeftOut).flatMap((job) => {
    const provider = expectedOf(row, job, after);
    const difference = minus(provider, expectedOf(row, job, before));
    return difference.time === 0n ? [] : [{ job, provider, difference }];
  });
