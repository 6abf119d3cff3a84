import { auditToday } from '../../../lib/operations/audit/audit.ts';
import {
  agreeOnSettings,
  type BillingContext,
  findSettings,
} from '../../../lib/operations/billing-context.ts';
import { readBudgetStates } from '../../../lib/operations/budgets/budget-states.ts';
import { checkDueBudgets } from '../../../lib/operations/budgets/check-due.ts';
import { createUnbudgeted } from '../../../lib/operations/budgets/mark-changed.ts';
import { removeBudget, setBudget } from '../../../lib/operations/budgets/set-budget.ts';
import { isRunOver } from '../../../lib/operations/budgets/stop-at-provider.ts';
import { closeMonths } from '../../../lib/operations/close/close-months.ts';
import { closeBacklog } from '../../../lib/operations/close/open-months.ts';
import { deliverTopics } from '../../../lib/operations/deliver/deliver-topic.ts';
import type { Send } from '../../../lib/operations/deliver/receivers.ts';
import { retryDeliveries } from '../../../lib/operations/deliver/retry-deliveries.ts';
import { readActions } from '../../../lib/operations/log/read-actions.ts';
import { askBeforeClose } from '../../../lib/operations/poll/ask-before-close.ts';
import { pollProjects } from '../../../lib/operations/poll/poll-projects.ts';
import { readJobStatuses } from '../../../lib/operations/reads/job-statuses.ts';
import { readOperations } from '../../../lib/operations/reads/operations/read-operations.ts';
import { readProjects } from '../../../lib/operations/reads/project-totals.ts';
import { readJob } from '../../../lib/operations/reads/read-job.ts';
import { readReconciliation } from '../../../lib/operations/reads/read-reconciliation.ts';
import {
  readStatement,
  readStatementCharges,
  readStatements,
  refuseUnknown,
  statementsOf,
} from '../../../lib/operations/reads/read-statements.ts';
import { readStatementRetractions } from '../../../lib/operations/reads/statement-retractions.ts';
import { recordEvents } from '../../../lib/operations/record-events.ts';
import { recordReported } from '../../../lib/operations/record-reported.ts';
import { settleBatch } from '../../../lib/operations/settle/settle-batch.ts';
import { redrive } from '../../../lib/operations/settle/settle-jobs.ts';
import { latestJobs } from '../../../lib/operations/snapshots/snapshot-jobs.ts';
import { latestUsage } from '../../../lib/operations/snapshots/snapshot-usage.ts';
import { takeSnapshots } from '../../../lib/operations/snapshots/take-snapshots.ts';
import { decide } from '../../../lib/operations/statements/decide.ts';
import { previewStatement } from '../../../lib/operations/statements/preview-statement.ts';
import { beginPublication, resumePublications } from '../../../lib/operations/tariffs/publication.ts';
import type { BudgetRequest } from '../../../lib/shapes/budget.ts';
import { eventOf } from '../../../lib/sources/reported-event.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import type { OutgoingEvent } from '../../../lib/store/outgoing-events.ts';
import { createStore, type Store } from '../../../lib/store/store.ts';
import type { Item, Key, Put, Table } from '../../../lib/store/table.ts';
import { pricesOf } from '../../unit/billing/builders.ts';
import { setBudget as putBudget, spent } from '../../unit/operations/budgets/budget-world.ts';
import { endpoint, heldEvent, saveEndpoint } from '../../unit/operations/deliver/outgoing.ts';
import { createFakeOvh, jobOf, uuid } from '../../unit/operations/poll/fake-ovh.ts';
import { type TableCall, wrapTable } from '../../unit/operations/tables.ts';
import {
  at,
  createWorld,
  jobRef,
  recordable,
  retraction,
  status,
  TARIFF,
  type World,
} from '../../unit/operations/world.ts';

/** Partitions by the action taken on them, as a role names both; a scan names no partition. */
export type Touches = Readonly<Record<string, readonly string[]>>;

const ACTIONS: Record<keyof Table, string> = {
  get: 'GetItem',
  query: 'Query',
  scan: 'Scan',
  put: 'PutItem',
  putTogether: 'PutItem',
  putEach: 'BatchWriteItem',
  delete: 'DeleteItem',
};

const partitionsOf = ({ name, args: [first] }: TableCall): readonly string[] => {
  switch (name) {
    case 'get':
    case 'delete':
      return [(first as Key).pk];
    case 'query':
      return [first as string];
    case 'put':
      return [(first as Put).item.pk];
    case 'putTogether':
      return (first as readonly Put[]).map(({ item }) => item.pk);
    case 'putEach':
      return (first as readonly Item[]).map(({ pk }) => pk);
    case 'scan':
      return [];
  }
};

/** `JOB#job-1` is one of `JOB#*`. */
const patternOf = (partition: string) => partition.replace(/#.*/, '#*');

/** As a read of a large month leaves it. */
const noteRead = async ({ store, clock }: World, usageMonth: string) => {
  const of = { projectId: 'proj-1', usageMonth };
  const head = await store.readSnapshotHead(of);
  await store.saveSnapshotHead(of, head, { ...head, requestedAt: clock.now - 120_000 }, 1_900_000_000);
};

/** The month has a snapshot, and is read the next time in some minutes. */
const giveSnapshot = async (world: World, usageMonth: string) => {
  await noteRead(world, usageMonth);
  await takeSnapshots(await world.open());
};

const createRecorder = () => {
  const touched = new Map<string, Set<string>>();
  const recording = (table: Table) =>
    wrapTable(table, (call, run) => {
      const partitions = partitionsOf(call).map(patternOf);
      // DynamoDB gets no empty writes.
      if (call.name !== 'putEach' || partitions.length > 0) {
        const known = touched.get(ACTIONS[call.name]) ?? [];
        touched.set(ACTIONS[call.name], new Set([...known, ...partitions]));
      }
      return run();
    });
  const touches = (): Touches =>
    Object.fromEntries([...touched].map(([action, patterns]) => [action, [...patterns].sort()]));
  return { recording, touches };
};

const NOW = at('2026-12-01T02:00:00Z');

const MISTAKEN = status('ended', 'RUNNING', '2026-10-29T09:00:00Z');

/**
 * A closed October with a statement, an ended November that is still open, and a job that has run
 * since October.
 */
const createUsedWorld = async () => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.tell(
    MISTAKEN,
    status('ended', 'DONE', '2026-10-29T14:00:00Z'),
    status('running', 'RUNNING', '2026-10-29T12:00:00Z'),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  world.setClock('2026-11-20T00:00:00Z');
  await putBudget(world, { minor: 1n, thresholds: [spent(100, 'stop')] });
  world.setClock(new Date(NOW).toISOString());
  return world;
};

/** Without resources, so that an event about it goes out. */
const UNSETTLED = status('unsettled', 'RUNNING', '2026-11-30T23:00:00Z', {});

/** Charges ahead of their log, in a wrong partition, and without a changed-month mark. */
const damage = async ({ table }: World) => {
  const pk = 'PROJECT#proj-1#2026-11';
  const open = await table.get({ pk, sk: 'CHARGE#running#2026-11-01T00:00:00.000Z' });
  if (!open) throw new Error('the job that is running has an open charge');
  await table.put({ item: { ...open, factsSeen: 99 } });
  await table.put({ item: { ...open, sk: 'CHARGE#running#no time' } });
};

const DEARER = { ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-gpu': '2' }) };

type Run = (context: BillingContext, world: World) => Promise<unknown>;

const TAKE: Send = async () => ({ status: 200, tookMs: 1 });
const REFUSE: Send = async () => ({ status: 500, error: 'answered 500', tookMs: 1 });
const fail = (_: unknown, error: unknown) => {
  throw error;
};

/** An endpoint, an event for it, and what delivery needs. */
const heldAndSent = async (world: World, store: Store) => {
  const event = heldEvent('running', 1);
  await saveEndpoint(world.store, endpoint('one'));
  await world.store.recordOutgoing(event);
  const context = { store, now: () => world.clock.now, jitter: () => 0, stage: 'production' };
  return { event, context };
};

/** A request that the provider is asked to carry out, where it may stop jobs. */
const stopOf = (jobId: string): OutgoingEvent => ({
  ...heldEvent(jobId, 2),
  type: 'job.stop.requested',
  data: { openedBy: { time: '2026-11-30T00:00:00.000Z' } },
});

const missingStatement = ['proj-1', '2026-11'] as const;

const approve = (context: BillingContext) =>
  decide(context, {
    ...{ projectId: 'proj-1', month: '2026-11', decision: 'approve', by: { kind: 'token', id: 'ana' } },
  });
const BUDGET: BudgetRequest = {
  amount: '1000.00',
  thresholds: [{ at: '80%', on: 'spent', action: 'notify' }],
};
const BUDGET_CHANGE = { projectId: 'proj-1', name: 'monthly', actor: { kind: 'token', id: 'ana' } } as const;

/** The budgets of a project that has one. */
const readBudgets: Run = async (context, world) => {
  await setBudget(await world.open(), BUDGET_CHANGE, BUDGET);
  await readBudgetStates(context, 'proj-1', '2026-12', NOW);
};

/** What each function does, in all the ways that touch something else. */
const RUNS: Readonly<Record<string, Run>> = {
  'record-events': ({ store }) => recordEvents(store, [recordable(UNSETTLED)], NOW),
  'record-platform-events': ({ store }) =>
    recordReported(store, [eventOf({ source: 'urn:platform', ...jobRef('reported') }, 'QUEUED', NOW)], NOW),
  'get-projects': async (context, world) => {
    await readProjects(context, 'all', '2026-10', NOW, { limit: 10, totals: true });
    await giveSnapshot(world, '2026-10');
    await readProjects(context, 'all', '2026-10', world.clock.now, { limit: 10, totals: true });
    // What the snapshot adds up to has the budgets of then.
    world.clock.now += 1;
    await setBudget(await world.open(), BUDGET_CHANGE, BUDGET);
    await readProjects(context, 'all', '2026-10', world.clock.now, { limit: 10, totals: true });
    // No usage of December yet, but a job that has run since a month that is not closed.
    await readProjects(context, 'all', '2026-12', NOW, { limit: 10, totals: false });
  },
  'get-usage': async (context, world) => {
    await latestUsage(context, 'proj-1', '2026-11', NOW);
    await latestUsage(context, 'proj-1', '2026-11', NOW, { by: 'status' });
    await latestUsage(context, 'proj-1', '2026-10', NOW);
    await giveSnapshot(world, '2026-11');
    await latestUsage(context, 'proj-1', '2026-11', world.clock.now);
    await latestUsage(context, 'proj-1', '2026-11', world.clock.now, { by: 'flavor' });
  },
  'get-project-jobs': async (context, world) => {
    await latestJobs(context, 'proj-1', '2026-11', NOW, { limit: 10 });
    await giveSnapshot(world, '2026-11');
    await latestJobs(context, 'proj-1', '2026-11', world.clock.now, { sort: 'cost', limit: 10 });
    // What a statement billed is left of a run that was taken back.
    await world.tell(retraction(MISTAKEN, '2026-11-30T00:00:00Z'));
    await latestJobs(context, 'proj-1', '2026-10', NOW, { limit: 10 });
  },
  'get-statements': (context) => readStatements(context, 'proj-1'),
  'get-statement': async (context) => {
    await readStatementCharges(context, 'proj-1', '2026-10', { limit: 10 });
    await readJobStatuses(context, 'proj-1', [jobRef('running')]);
    await readStatement(context, ...missingStatement).catch(() => undefined);
    await readStatement(context, 'unknown', '2026-10').catch(() => undefined);
    await previewStatement(context, ...missingStatement);
  },
  'put-approval': async (context, world) => {
    await world.close({ issue: 'approve', month: '2026-11' });
    await approve(context);
  },
  'get-statement-charges': async (context, world) => {
    await world.tell(retraction(MISTAKEN, '2026-11-30T00:00:00Z'));
    await world.closeAt('2026-12-01T06:00:00Z');
    await readStatementRetractions(
      context,
      await readStatementCharges(context, 'proj-1', '2026-11', { limit: 10 }),
    );
    await readStatementCharges(context, 'unknown', '2026-10', { limit: 10 }).catch(() => undefined);
    await readStatementCharges(context, 'proj-1', '2026-12', { limit: 10 }).catch(() => undefined);
  },
  'get-reconciliation': (context) => readReconciliation(context, 'proj-1', '2026-10').catch(() => undefined),
  'get-export': async (context) => {
    const months = { from: '2026-10', to: '2026-11' };
    for await (const { charges } of statementsOf(context, ['proj-1'], months))
      await Array.fromAsync(charges());
    await readJobStatuses(context, 'proj-1', [jobRef('running')]);
    await refuseUnknown(context, 'unknown').catch(() => undefined);
  },
  'get-operations': async (context, world) => {
    const state = { closeAfterMs: 0, now: NOW };
    const endpoint = { endpointId: 'endpoint-1', url: 'https://a.example', createdAt: 0, generation: 1 };
    const added = { id: 'added', at: 0, by: { kind: 'iam', id: 'ana' }, target: 'endpoint-1' } as const;
    await world.store.saveEndpoint({ ...endpoint, version: 1 }, undefined, {
      ...added,
      action: 'endpoint.added',
    });
    await readOperations(context, state);
    // Before the first close the months that are open follow from the marks.
    const store = { ...context.store, latestClosedMonths: async () => [] };
    await readOperations({ ...context, store }, state);
  },
  'get-operations-log': (context) => readActions(context, { limit: 10 }),
  'get-job': (context) => readJob(context, jobRef('running'), NOW),
  'get-budgets': readBudgets,
  'get-budget': readBudgets,
  'put-budget': async (context) => {
    await setBudget(context, BUDGET_CHANGE, BUDGET);
    await readBudgetStates(context, 'proj-1', '2026-12', NOW);
  },
  'delete-budget': async (context, world) => {
    await setBudget(await world.open(), BUDGET_CHANGE, BUDGET);
    await removeBudget(context, BUDGET_CHANGE);
  },
  'settle-jobs': async (context, world) => {
    await world.record(UNSETTLED);
    const { store } = context;
    const how = { unbudgeted: createUnbudgeted(), onFailure: () => undefined };
    await settleBatch(context, [jobRef('unsettled')], how);
    const failing = { ...store, readFacts: () => Promise.reject(new Error('cannot be read')) };
    await settleBatch({ ...context, store: failing }, [jobRef('unsettled')], how);
  },
  'settle-parked': async (context, world) => {
    await world.record(UNSETTLED);
    await world.store.parkJob({ ...jobRef('unsettled'), parkedAt: NOW, error: 'could not be read' });
    await redrive(context, () => undefined);
  },
  'deliver-events': async ({ store }, world) => {
    const { event, context } = await heldAndSent(world, store);
    await deliverTopics(context, [event.topic], REFUSE, { onError: fail });
    await deliverTopics(context, [event.topic], TAKE, { onError: fail });
    world.clock.now += 5_000;
    await deliverTopics(context, [event.topic], TAKE, { onError: fail });
    await isRunOver(store, stopOf('running'));
  },
  'retry-deliveries': async ({ store }, world) => {
    const { event, context } = await heldAndSent(world, store);
    await deliverTopics({ ...context, store: world.store }, [event.topic], REFUSE, { onError: fail });
    world.clock.now += 5_000;
    await retryDeliveries(context, REFUSE);
    world.clock.now += 70_000;
    await retryDeliveries(context, TAKE);
    await isRunOver(store, stopOf('running'));
  },
  'check-budgets': (context) => checkDueBudgets(context),
  'take-snapshots': async (context, world) => {
    await noteRead(world, '2026-11');
    await takeSnapshots(context);
  },
  'audit-charges': async (context, world) => {
    await damage(world);
    await world.record(UNSETTLED);
    const { store } = context;
    const failing = { ...store, readFacts: () => Promise.reject(new Error('cannot be read')) };
    await world.store.publishTariff(DEARER, beginPublication(DEARER, 0));
    await resumePublications({ ...context, store: failing });
    await auditToday(context, {});
  },
  'poll-jobs': async (context) => {
    const ovh = createFakeOvh();
    ovh.put('cloud-1', jobOf(uuid(1), [['RUNNING', '2026-11-30T23:00:00.000Z']]));
    await pollProjects(context, ovh.api, [{ provider: 'cloud-1', projectId: 'proj-1' }]);
  },
  'close-month': async (context, world) => {
    const ovh = createFakeOvh();
    const job = jobOf(uuid(1), [['RUNNING', '2026-11-29T23:00:00.000Z']]);
    ovh.put('cloud-1', job);
    await world.tell(status(job.id, 'RUNNING', '2026-11-29T23:00:00Z'));
    await world.tell(status('unrated', 'RUNNING', '2026-11-29T23:00:00Z', {}));
    const failing = { ...context.store, writeCharges: () => Promise.reject(new Error('cannot be written')) };
    const asking = { ...context, store: failing };
    await askBeforeClose(asking, ovh.api, [{ provider: 'cloud-1', projectId: 'proj-1' }]);

    // Its time is up while it bills: it hands over to the next one.
    const { store } = context;
    const slow: BillingContext['store'] = {
      ...store,
      async readStatementIndex(...of) {
        world.clock.now += 1;
        return store.readStatementIndex(...of);
      },
    };
    await closeMonths({ ...context, store: slow }, { shared: true, deadline: world.clock.now + 1 });
    await closeMonths(context, { shared: true, issue: 'approve' });
    await approve(await world.open());
    await closeMonths(context, { shared: true });
    await closeBacklog(context, 0);
  },
};

/** They answer what they were packaged with, or sign. */
const WITHOUT_TABLE: readonly string[] = ['get-page', 'create-link'];

/** What they deliver is in no currency and of no zone. */
const WITHOUT_SETTINGS: readonly string[] = ['deliver-events', 'retry-deliveries'];

const SETTINGS = { timeZone: 'UTC', currency: 'EUR' };

/** What a function takes of the table, which it may be the first to use. */
export const touchesOf = async (name: string): Promise<Touches> => {
  if (WITHOUT_TABLE.includes(name)) return {};
  const run = RUNS[name];
  if (!run) throw new Error(`nobody said what ${name} does`);
  const world = await createUsedWorld();
  const { recording, touches } = createRecorder();
  if (WITHOUT_SETTINGS.includes(name)) {
    await run({ ...(await world.open()), store: createStore(recording(world.table)) }, world);
    return touches();
  }
  const unused = createStore(recording(createMemoryTable()));
  await (name.startsWith('get-') ? findSettings(unused, SETTINGS) : agreeOnSettings(unused, SETTINGS, NOW));
  await run(await world.open(recording(world.table)), world);
  return touches();
};
