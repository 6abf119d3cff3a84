import type { Charge } from '../lib/billing/charges.ts';
import type { ReportedFact } from '../lib/billing/facts.ts';
import { addMonths } from '../lib/billing/months.ts';
import type { Statement } from '../lib/billing/statement.ts';
import type { AuditRun } from '../lib/operations/audit/audit-run.ts';
import type { Replay } from '../lib/operations/verify/replay.ts';
import { topicOfPartition } from '../lib/store/keys.ts';
import { createStore, type Store } from '../lib/store/store.ts';
import type { Item, Table } from '../lib/store/table.ts';
import {
  compareBills,
  compareCharges,
  compareFrozen,
  compareLog,
  compareStatements,
  type Differences,
} from './compare.ts';
import { compareEvents, compareReceipts } from './compare-events.ts';
import type { Deliveries } from './deliveries.ts';
import { itemsOn } from './items-on.ts';
import { Broken } from './mistakes.ts';
import { isFrozen, isOutgoing, keyOf } from './observe.ts';
import { MONTH_AT, type Piece, walkJob } from './oracle.ts';
import type { Scenario } from './workload.ts';

/** Limit on closes until a job that never stops reaches its longest run. */
const MOST_QUIET_CLOSES = 12;

/** A finished run: no more faults or events, all facts settled. */
export interface RunAtRest {
  readonly table: Table;
  readonly scenario: Scenario;
  readonly sent: readonly ReportedFact[];
  readonly accepted: ReadonlyMap<string, ReportedFact>;
  /** Facts and statements as first written. */
  readonly frozen: ReadonlyMap<string, Item>;
  /** The last month with a fact, other than running jobs. */
  readonly lastMonth: string;
  /** Audits without healing. */
  audit(): Promise<AuditRun>;
  /** Rebuilds the statements of a month. */
  replay(month: string): Promise<Replay>;
  /** Closes a month without faults, and settles. */
  closeQuietly(month: string): Promise<void>;
  /** What was written of events out and of what they are about; absent if it was not observed. */
  readonly deliveries?: Pick<Deliveries, 'consumers' | 'written' | 'charges' | 'receipts'>;
  /** Delivers the events that consumers do not have yet. */
  readonly deliverRest?: () => Promise<void>;
}

const statementsIn = (items: readonly Item[]): Statement[] =>
  items.filter(({ sk }) => sk.startsWith('STATEMENT')).map((item) => item as unknown as Statement);

export const statementsOn = async (table: Table): Promise<Statement[]> =>
  statementsIn(await itemsOn(table, 'STATEMENT'));

const chargesIn = (items: readonly Item[]): Charge[] =>
  items.filter(({ sk }) => sk.startsWith('CHARGE#')).map((item) => item as unknown as Charge);

/** The logs of the jobs sent, and the pieces that must be billed for them. */
export const walkLogs = async (
  store: Store,
  sent: readonly ReportedFact[],
  timeZone: Scenario['timeZone'],
): Promise<{ readonly log: readonly ReportedFact[]; readonly pieces: readonly Piece[] }> => {
  const tariffs = await store.readTariffs();
  const jobs = new Map(sent.map(({ projectId, jobId }) => [`${projectId} ${jobId}`, { projectId, jobId }]));
  const facts = await Promise.all([...jobs.values()].map((job) => store.readFacts(job)));
  const log = facts.flat().flatMap((fact) => (fact.kind === 'cutoff' ? [] : [fact]));
  // By what the facts say, not by the partitions they are read from.
  const logs = Map.groupBy(log, ({ projectId, jobId }) => `${projectId} ${jobId}`);
  const pieces = [...logs.values()].flatMap((ofJob) => walkJob(ofJob, tariffs, MONTH_AT[timeZone]));
  return { log, pieces };
};

/** An audit of a finished run has no findings. */
const auditFindings = ({ findings }: AuditRun): Differences =>
  findings.map((finding) => `audit: ${JSON.stringify(finding)}`);

/** Every statement follows from its billed charges, and those from facts and tariffs (I4). */
const replayFindings = ({ month, findings }: Replay): Differences =>
  findings.map((finding) => `replay of ${month}: ${JSON.stringify(finding)}`);

/** Each event by its id exists once, and each consumer has it (I9). */
const eventFindings = async ({ table, sent, deliveries }: RunAtRest): Promise<Differences> => {
  if (!deliveries) return [];
  const store = createStore(table);
  const projectIds = [...new Set(sent.map(({ projectId }) => projectId))];
  const indexes = await Promise.all(projectIds.map((projectId) => store.readStatementIndex(projectId)));
  const partitions = (await itemsOn(table, 'EVENT#')).filter(isOutgoing).map(({ pk }) => pk);
  const topics = [...new Set(partitions)].map(topicOfPartition).filter((topic) => topic !== undefined);
  const events = (await Promise.all(topics.map((topic) => store.readTopic(topic)))).flatMap(
    (topic) => topic.events,
  );
  const { consumers, charges, written, receipts } = deliveries;
  return [
    ...compareEvents(
      {
        statements: indexes.flatMap(({ statements }) => statements),
        closedMonths: await store.readClosedMonths(),
        charges,
        tariffs: await store.readTariffs(),
      },
      events,
    ),
    ...consumers.flatMap((consumer) => compareReceipts(consumer, events, written, receipts)),
  ];
};

/** Closes the remaining months until no charge is open, and compares the result with the oracle. */
export const judge = async (run: RunAtRest): Promise<Differences> => {
  const { table, sent } = run;
  const { currency, timeZone } = run.scenario;
  const store = createStore(table);

  const { log, pieces } = await walkLogs(store, sent, timeZone);
  const found = [...compareLog(run.accepted, sent, log)];
  const audited = auditFindings(await run.audit());

  let items = await itemsOn(table);
  for (let closes = 0; found.length === 0; closes += 1) {
    const closed = await store.readLastClosedMonth();
    const charges = chargesIn(items);
    const anyOpen = charges.some(({ kind }) => kind === 'open');
    if (closed !== undefined && closed >= run.lastMonth && !anyOpen) break;
    // Without charges there is nothing to close.
    if (charges.length === 0) break;
    if (closes > MOST_QUIET_CLOSES) throw new Broken('months stay open');

    const usageMonths = charges.map(({ usageMonth }) => usageMonth);
    const earliest = usageMonths.reduce((a, b) => (a < b ? a : b), run.lastMonth);
    const month = closed === undefined ? earliest : addMonths(closed, 1);
    const hasIssued = new Set(
      statementsIn(items)
        .filter((issued) => issued.month >= month)
        .map(({ projectId }) => projectId),
    );
    await run.closeQuietly(month);
    items = await itemsOn(table);
    // A project without a statement of the month must be billed for all usage up to it.
    const isDue = ({ projectId }: { projectId: string }) => !hasIssued.has(projectId);
    const statements = statementsIn(items).filter(isDue);
    found.push(...compareBills(pieces.filter(isDue), statements, currency, month));
  }

  const replayed: string[] = [];
  for (const month of new Set(statementsIn(items).map((issued) => issued.month)))
    replayed.push(...replayFindings(await run.replay(month)));

  await run.deliverRest?.();
  items = await itemsOn(table);
  const frozenNow = items.filter((item) => isFrozen(item) && (run.deliveries || !isOutgoing(item)));
  return [
    ...found,
    ...compareBills(pieces, statementsIn(items), currency),
    ...compareStatements(statementsIn(items)),
    ...compareCharges(pieces, chargesIn(items)),
    ...compareFrozen(run.frozen, new Map(frozenNow.map((item) => [keyOf(item), item]))),
    ...replayed,
    ...(await eventFindings(run)),
    ...audited,
    ...auditFindings(await run.audit()),
  ];
};
