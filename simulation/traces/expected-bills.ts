import { setImmediate } from 'node:timers/promises';
import { isoDurationMs } from '../../lib/billing/duration.ts';
import { type Transition, UNITS } from '../../lib/billing/facts.ts';
import { formatMinor, parseMinor, toMilli } from '../../lib/billing/money.ts';
import type { Tariff } from '../../lib/billing/tariff.ts';
import type { Statement } from '../../lib/shapes/statement.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';
import { compareBills, type Differences } from '../compare.ts';
import { MONTH_AT, type Piece, priceOf, walkJob } from '../oracle.ts';

const JOBS_BETWEEN_PAUSES = 50;

const transitionOf = ({ source, id, subject, time, data }: ReportedEvent): Transition => {
  const { projectId, status, resources, labels, timeout } = data;
  return {
    ...{ kind: 'transition', source, id, jobId: subject, projectId, status, time: Date.parse(time) },
    ...(resources && {
      resources: {
        flavor: resources.flavor,
        milliUnits: Object.fromEntries(
          UNITS.flatMap((unit) => {
            const count = resources[unit];
            return count === undefined ? [] : [[unit, Math.round(count * 1000)]];
          }),
        ),
      },
    }),
    ...(labels && { labels }),
    ...(timeout !== undefined && { timeoutMs: isoDurationMs(timeout) }),
  };
};

/** What the oracle bills for the events, minute by minute. */
export const walkEvents = async (
  events: readonly ReportedEvent[],
  tariff: Tariff,
  onProgress: (text: string) => void,
): Promise<{ readonly jobs: number; readonly pieces: readonly Piece[] }> => {
  const jobs = Map.groupBy(events, ({ data, subject }) => `${data.projectId} ${subject}`);
  const pieces: Piece[] = [];
  let walked = 0;
  for (const job of jobs.values()) {
    for (const piece of walkJob(job.map(transitionOf), [tariff], MONTH_AT.UTC)) pieces.push(piece);
    walked += 1;
    if (walked % JOBS_BETWEEN_PAUSES === 0) {
      onProgress(`oracle: ${walked} of ${jobs.size} jobs`);
      // The stream trigger of the local stack runs in this process.
      await setImmediate();
    }
  }
  return { jobs: jobs.size, pieces };
};

/** The sums of a project, as expected by the oracle or as billed. */
export interface ProjectSums {
  readonly minutes: number;
  /** Decimal string. */
  readonly total: string;
}

export interface ComparedProject {
  readonly projectId: string;
  readonly expected: ProjectSums;
  readonly billed: ProjectSums;
}

const isBilled = ({ pricePerHour, usageMonth }: Piece, upTo: string) =>
  pricePerHour !== undefined && usageMonth <= upTo;

/** Each line key is rounded once, whatever the number of statements. */
const expectedSums = (pieces: readonly Piece[], currency: string, upTo: string): ProjectSums => {
  const billed = pieces.filter((piece) => isBilled(piece, upTo));
  const byLine = Map.groupBy(billed, ({ usageMonth, flavor, unit, pricePerHour }) =>
    [usageMonth, flavor, unit, pricePerHour].join(' '),
  );
  const amounts = [...byLine.values()].map((line) => {
    const milliUnitMinutes = line.reduce((sum, { minutes, milliUnits = 0 }) => sum + minutes * milliUnits, 0);
    return priceOf(milliUnitMinutes, line[0]?.pricePerHour ?? '0', currency);
  });
  return {
    minutes: billed.reduce((sum, { minutes }) => sum + minutes, 0),
    total: formatMinor(
      amounts.reduce((sum, amount) => sum + amount, 0n),
      currency,
    ),
  };
};

const billedSums = (statements: readonly Statement[], currency: string): ProjectSums => ({
  minutes: statements.flatMap(({ lines }) => lines).reduce((sum, { minutes }) => sum + minutes, 0),
  total: formatMinor(
    statements.reduce((sum, { total }) => sum + parseMinor(total), 0n),
    currency,
  ),
});

const storedLines = ({ projectId, month, lines, total }: Statement) => ({
  ...{ projectId, month, total },
  lines: lines.map(({ unitMinutes, cumulativeUnitMinutes, ...line }) => ({
    ...line,
    milliUnitMinutes: toMilli(unitMinutes),
    cumulativeMilliUnitMinutes: toMilli(cumulativeUnitMinutes),
  })),
});

/** Compares every line and every project with the oracle, to the minor unit. */
export const compareStatementsWithOracle = (
  pieces: readonly Piece[],
  statements: readonly Statement[],
  { currency, upTo }: { readonly currency: string /** The last closed month. */; readonly upTo: string },
): { readonly projects: readonly ComparedProject[]; readonly differences: Differences } => {
  const piecesOf = Map.groupBy(pieces, ({ projectId }) => projectId);
  const statementsOf = Map.groupBy(statements, ({ projectId }) => projectId);
  const projects = [...new Set([...piecesOf.keys(), ...statementsOf.keys()])].sort().map((projectId) => ({
    projectId,
    expected: expectedSums(piecesOf.get(projectId) ?? [], currency, upTo),
    billed: billedSums(statementsOf.get(projectId) ?? [], currency),
  }));
  const totals = projects
    .filter(({ expected, billed }) => expected.minutes !== billed.minutes || expected.total !== billed.total)
    .map(
      ({ projectId, expected, billed }) =>
        `project ${projectId}: expected ${expected.minutes} min ${expected.total}, billed ${billed.minutes} min ${billed.total}`,
    );
  const lines = compareBills(pieces, statements.map(storedLines), currency, upTo);
  return { projects, differences: [...totals, ...lines] };
};
