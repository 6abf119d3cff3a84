import { AssertionError } from 'node:assert/strict';
import pLimit from 'p-limit';
import type { Fact } from '../../billing/facts.ts';
import { INCLUDED, type Statement, summaryOf } from '../../billing/statement.ts';
import { type Tariff, tariffId } from '../../billing/tariff.ts';
import type { StatementIndex } from '../../store/statements.ts';
import { findBilledProjects } from '../billed-projects.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCappedList } from '../capped-list.ts';
import { isoTime } from '../public-shapes.ts';
import { billingHistories } from '../statements/billed-charges.ts';
import { canonicalRecord, createDigest } from '../statements/digest.ts';
import { createStatementFold } from '../statements/statement-totals.ts';
import { checkRecord } from './check-record.ts';
import { differences } from './differences.ts';
import type { Problem } from './verify.ts';

/** Projects replayed at once. */
const CONCURRENCY = 8;

/** Findings listed. */
const LISTED = 100;

/** The result of the replay of one statement. */
export interface ReplayedStatement {
  readonly projectId: string;
  readonly billedCharges: number;
  readonly differences: number;
  /**
   * It equals its rebuilt form to the byte, whether or not each billed charge follows from facts.
   */
  readonly followsFromRecords: boolean;
  /** The first hundred. */
  readonly problems: readonly Problem[];
}

export interface Replay {
  readonly month: string;
  /** The month is closed, so no further statement is issued for it. */
  readonly closed: boolean;
  readonly statements: number;
  readonly billedCharges: number;
  readonly differences: number;
  /** The first hundred. */
  readonly findings: readonly (Problem & { readonly projectId: string })[];
}

export interface ReplayProgress {
  readonly step: 'searching' | 'rebuilding';
  /** Parts of the table while searching, projects while rebuilding. */
  readonly done: number;
}

export interface ReplayOptions {
  readonly onStatement?: (statement: ReplayedStatement) => void;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

/** Subjects of problems that are not those of a single charge. */
const WHOLE_STATEMENT = new Set(['index', 'statement']);

type Report = (where: string, problems: readonly string[]) => void;

/**
 * Rebuilds a statement from the billed charges up to it and, where tariffs are given, checks its
 * own ones. Gives the number of its own ones.
 */
const rebuild = async (
  context: BillingContext,
  statement: Statement,
  statementIndex: StatementIndex,
  tariffs: ReadonlyMap<string, Tariff> | undefined,
  report: Report,
): Promise<number> => {
  const { store, calendar, currency } = context;
  const { projectId, month, statementId, issuedAt, approvedBy } = statement;
  const fold = createStatementFold();
  const digest = createDigest();
  let billedCharges = 0;
  let log: { readonly jobId: string; readonly facts: readonly Fact[] } | undefined;

  for (const usageMonth of statement.usageMonths)
    for await (const page of billingHistories(store, { projectId, usageMonth }, statementIndex))
      for (const { jobId, start, records } of page) {
        const last = records.at(-1);
        if (last?.statementId !== statementId) {
          if (last?.billed) fold.keep(last.billed);
          continue;
        }
        fold.add(last);
        digest.add([canonicalRecord(last)]);
        billedCharges += 1;
        if (!tariffs) continue;
        if (log?.jobId !== jobId) log = { jobId, facts: await store.readFacts({ projectId, jobId }) };
        report(
          `${jobId} from ${isoTime(start)}`,
          checkRecord(context, last, records.at(-2)?.billed, log.facts, tariffs),
        );
      }

  const rebuilt: Statement = {
    ...{ projectId, month, statementId, currency, timeZone: calendar.timeZone, issuedAt, included: INCLUDED },
    ...fold.result(month, currency),
    digest: digest.result(),
    ...(approvedBy && { approvedBy }),
  };
  report('statement', differences(rebuilt, statement));
  return billedCharges;
};

/** Errors of reads of a damaged table, and of the arithmetic on its values. */
const isErrorOfDamage = (error: unknown): error is Error =>
  error instanceof AssertionError || error instanceof RangeError || error instanceof TypeError;

/** The published tariffs by id. */
const readTariffs = async ({ store }: BillingContext): Promise<ReadonlyMap<string, Tariff>> =>
  new Map((await store.readTariffs()).map((tariff) => [tariffId(tariff), tariff]));

/** Replays a project's statement, if it has one. Without tariffs its charges are not checked. */
const replayProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
  tariffs?: ReadonlyMap<string, Tariff>,
): Promise<ReplayedStatement | undefined> => {
  const statementIndex = await context.store.readStatementIndex(projectId);
  const index = statementIndex.statements.findIndex((committed) => committed.month === month);
  const indexUpTo: StatementIndex = {
    ...statementIndex,
    statements: statementIndex.statements.slice(0, index + 1),
  };
  const problems = createCappedList<Problem>();
  let followsFromBilledCharges = true;
  const report: Report = (where, found) => {
    if (WHOLE_STATEMENT.has(where) && found.length > 0) followsFromBilledCharges = false;
    for (const problem of found) problems.add(() => ({ where, problem }));
  };

  let billedCharges = 0;
  try {
    const statement = await context.store.readStatement(projectId, month);
    if (!statement && index === -1) return undefined;
    const [committed, ...others] = statementIndex.statements.filter((summary) => summary.month === month);
    report('index', differences(statement && summaryOf(statement), committed, 'statement of the month'));
    if (others.length > 0) report('index', [`names the month ${others.length + 1} times`]);
    if (statement && index !== -1)
      billedCharges = await rebuild(context, statement, indexUpTo, tariffs, report);
  } catch (error) {
    if (!isErrorOfDamage(error)) throw error;
    report('statement', [`cannot be rebuilt: ${error.message}`]);
  }
  const { count, charges } = problems.result();
  return {
    projectId,
    billedCharges,
    differences: count,
    followsFromRecords: followsFromBilledCharges,
    problems: charges,
  };
};

/** Whether a project's statement of the month, if any, follows from its billed charges. */
export const followsFromBilledCharges = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<boolean> => (await replayProject(context, projectId, month))?.followsFromRecords ?? true;

/**
 * Rebuilds every committed statement of a month from billed charges, facts and tariffs, and
 * compares it with the stored one (I4). Reads only; memory grows with projects, not with billed
 * charges.
 */
export const replayMonth = async (
  context: BillingContext,
  month: string,
  { onStatement = () => {}, onProgress = () => {} }: ReplayOptions = {},
): Promise<Replay> => {
  const { store } = context;
  const lastClosed = await store.readLastClosedMonth();
  const tariffs = await readTariffs(context);
  const projects = await findBilledProjects(context, { from: month, to: month }, (done) =>
    onProgress({ step: 'searching', done }),
  );
  const limit = pLimit(CONCURRENCY);
  const replayed: ReplayedStatement[] = [];
  let done = 0;
  await Promise.all(
    projects.map((projectId) =>
      limit(async () => {
        const statement = await replayProject(context, projectId, month, tariffs);
        onProgress({ step: 'rebuilding', done: ++done });
        if (!statement) return;
        onStatement(statement);
        replayed.push(statement);
      }),
    ),
  );
  return {
    month,
    closed: lastClosed !== undefined && month <= lastClosed,
    statements: replayed.length,
    billedCharges: replayed.reduce((sum, { billedCharges }) => sum + billedCharges, 0),
    differences: replayed.reduce((sum, { differences }) => sum + differences, 0),
    findings: replayed
      .flatMap(({ projectId, problems }) => problems.map((problem) => ({ projectId, ...problem })))
      .slice(0, LISTED),
  };
};
