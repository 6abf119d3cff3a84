import { isDeepStrictEqual } from 'node:util';
import type { JobRef, ReportedFact } from '../lib/billing/facts.ts';
import { createCalendar } from '../lib/billing/months.ts';
import { audit } from '../lib/operations/audit/audit.ts';
import {
  agreeOnSettings,
  type BillingContext,
  createMemory,
  type Memory,
  openContext,
} from '../lib/operations/billing-context.ts';
import { closeMonths } from '../lib/operations/close/close-months.ts';
import { type CallGuard, createCallGuard } from '../lib/operations/deliver/call-guard.ts';
import type { deliverTopics } from '../lib/operations/deliver/deliver-topic.ts';
import { recordEvents } from '../lib/operations/record-events.ts';
import { redrive, settleJobs } from '../lib/operations/settle/settle-jobs.ts';
import { resumeDigest } from '../lib/operations/statements/digest.ts';
import { resumePublications } from '../lib/operations/tariffs/publication.ts';
import { publishTariff } from '../lib/operations/tariffs/publish.ts';
import { replayMonth } from '../lib/operations/verify/replay.ts';
import { Refusal } from '../lib/refusal.ts';
import type { ConflictResults } from '../lib/shapes/events.ts';
import { toLog } from '../lib/store/facts.ts';
import type { ProjectMonth } from '../lib/store/keys.ts';
import { FAILING, jobPartition, shardOf } from '../lib/store/keys.ts';
import { createMemoryTable } from '../lib/store/memory-table.ts';
import { createStore, type Store } from '../lib/store/store.ts';
import type { Item, Table } from '../lib/store/table.ts';
import { jobsOf } from '../lib/stream.ts';
import { createApprovals } from './approvals.ts';
import { identityOf } from './compare.ts';
import { type Call, createDeliveries } from './deliveries.ts';
import { judge, statementsOn } from './judge.ts';
import { inWords, isMistake } from './mistakes.ts';
import { isFact, isFrozen, keyOf, observe } from './observe.ts';
import { createRandom } from './random.ts';
import { createScheduler, type Outcome } from './scheduler.ts';
import { type Action, FLAVOR_NAMES, type Scenario } from './workload.ts';

/** Replacements that break a rule, to test that the simulation detects it. */
export interface Rules {
  table?(table: Table): Table;
  context?(context: BillingContext): BillingContext;
  settleJobs?(...of: Parameters<typeof settleJobs>): Promise<{ readonly lost: readonly JobRef[] }>;
  readonly deliverTopics?: typeof deliverTopics;
}

export interface Run {
  /** Empty if every charge and every statement is right. */
  readonly differences: readonly string[];
  readonly counts: Readonly<
    Record<'calls' | 'crashes' | 'failures' | 'closes' | 'audits' | 'statements' | 'corrections', number>
  >;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Maximum duration of an invocation. */
const LONGEST_INVOCATION = 15 * MINUTE;
const NO_MARKS: AsyncIterable<ProjectMonth> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/** The jobs whose facts are in a batch, each once. */
const jobsIn = (batch: readonly Item[]): JobRef[] =>
  jobsOf({ Records: batch.map(({ pk }) => ({ dynamodb: { Keys: { pk: { S: pk } } } })) });

/** The facts of a batch, by the partition of their job. */
const factsIn = (batch: readonly Item[]) =>
  new Map([...Map.groupBy(batch, ({ pk }) => pk)].map(([pk, items]) => [pk, toLog(items)]));

/** Runs a scenario and compares the result with the oracle. Deterministic. */
export const play = async (
  scenario: Scenario,
  rules: Rules = {},
  onStep?: (text: string) => void,
): Promise<Run> => {
  // The scheduler knows of calls of the table only, so the library of digests is loaded before.
  await resumeDigest();
  const { timeZone, currency, start } = scenario;
  const random = createRandom(scenario.scheduleSeed);
  const calendar = createCalendar(timeZone);
  let now = start;
  let ids = 0;

  /** Facts that no settle has read yet. */
  const undelivered: Item[] = [];
  const frozen = new Map<string, Item>();
  const deliveries = createDeliveries(scenario.consumers ?? [], random, rules.deliverTopics);
  let isRetryDue = false;
  const approvals = scenario.issue && createApprovals(LONGEST_INVOCATION);
  /** The table without observation, for the final comparison. */
  const memory = createMemoryTable();
  const table = observe(memory, (item) => {
    approvals?.note(item, now);
    if (isFact(item)) undelivered.push(item);
    if (isFrozen(item) && !frozen.has(keyOf(item))) frozen.set(keyOf(item), item);
    if (item.pk === FAILING) isRetryDue = true;
    deliveries.note(item);
  });
  const truth = createStore(table);

  const storeOn = (own: Table): Store => {
    const store = createStore(rules.table?.(own) ?? own);
    // A copy of a store costs as much as the store.
    return Object.assign(store, { changedMonths: marksOf(store.changedMonths) });
  };
  const openOn = (
    store: Store,
    process: Pick<BillingContext, 'now' | 'pause'> & { readonly memory?: Memory },
  ): BillingContext => {
    const newId = () => `${random.integer(0, 2 ** 31).toString(36)}-${++ids}`;
    const context = openContext(store, settings, { ...process, newId });
    return rules.context?.(context) ?? context;
  };
  const undisturbed = {
    now: () => now,
    pause: async (ms: number) => {
      now += ms;
    },
  };
  const settings = await agreeOnSettings(truth, { timeZone, currency }, now);
  await deliveries.addEndpoints(truth, now);
  for (const tariff of scenario.tariffs)
    await publishTariff(openContext(truth, settings, { ...undisturbed, newId: () => '' }), tariff, {
      backdate: true,
      drop: FLAVOR_NAMES,
    });

  const logStep = (text: string) => onStep?.(`${new Date(now).toISOString()} ${text}`);
  const mistakes: string[] = [];
  const agenda: Action[] = [...scenario.actions];
  const sent = agenda.flatMap((action) => (action.kind === 'send' ? action.events : []));
  const accepted = new Map<string, ReportedFact>();
  /** Takes down what is answered of each event; a conflict needs other content of the same identity. */
  const noteResults = (events: readonly ReportedFact[], results: ConflictResults) => {
    for (const [index, fact] of events.entries()) {
      const identity = identityOf(fact);
      if (results[index]?.outcome !== 'conflict') accepted.set(identity, fact);
      else if (!sent.some((other) => identityOf(other) === identity && !isDeepStrictEqual(other, fact)))
        mistakes.push(`refused ${identity}: a conflict, but never sent with other content`);
    }
  };
  const projects = new Set(sent.map(({ projectId }) => projectId));
  const shards = new Set([...projects].map(shardOf));
  /** Other shards have no marks: reading them takes no turn. */
  const marksOf =
    (changedMonths: Store['changedMonths']): Store['changedMonths'] =>
    (month, shard, after) =>
      shards.has(shard) ? changedMonths(month, shard, after) : NO_MARKS;
  const counts = { closes: 0, audits: 0 };

  const scheduler = createScheduler(table, random, {
    faults: scenario.faults,
    holds: scenario.holds ?? [],
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    onStep: logStep,
  });

  const createProcess = () => ({
    clockError: random.integer(-scenario.clockErrorSeconds, scenario.clockErrorSeconds) * 1000,
    memory: createMemory(),
    guard: createCallGuard(() => now),
    crashed: false,
  });
  /** Idle processes with their memory. A crash ends a process. */
  let warm = [createProcess(), createProcess()];

  let invocations = 0;
  const invoke = <T>(
    what: string,
    body: (context: BillingContext, call: Call, guard: CallGuard) => Promise<T>,
    onEnd: (outcome: Outcome<T>) => void,
  ): Promise<void> => {
    const name = `${what}-${++invocations}`;
    warm = warm.filter(({ crashed }) => !crashed);
    const process = warm.length > 0 && random.chance(0.7) ? random.take(warm) : createProcess();
    const { clockError, memory, guard } = process;
    return scheduler.start(
      name,
      process,
      async ({ table: own, pause, call }) =>
        body(openOn(storeOn(own), { now: () => now + clockError, pause, memory }), call, guard),
      (outcome) => {
        warm.push(process);
        logStep(`${name} ${outcome.kind}${outcome.kind === 'failed' ? ` ${outcome.error}` : ''}`);
        if (outcome.kind === 'failed' && isMistake(outcome.error))
          mistakes.push(`${name}: ${inWords(outcome.error)}`);
        onEnd(outcome);
      },
    );
  };
  const onFailure = ({ error }: { error: unknown }) => {
    if (isMistake(error)) mistakes.push(`settle: ${inWords(error)}`);
  };

  const later = (action: Action, minutes = random.integer(1, 60)) => {
    agenda.push({ ...action, at: now + minutes * MINUTE });
    agenda.sort((a, b) => a.at - b.at);
  };

  const begin = (action: Action): Promise<void> => {
    switch (action.kind) {
      case 'send': {
        const events = action.events.map((fact) => ({ fact, fingerprint: JSON.stringify(fact) }));
        return invoke(
          'record',
          (context) => recordEvents(context.store, events, context.now()),
          (outcome) => {
            if (outcome.kind === 'returned') noteResults(action.events, outcome.value);
            else if (outcome.kind === 'failed' && outcome.error instanceof Refusal)
              noteResults(action.events, outcome.error.members.results as ConflictResults);
            else if (random.chance(0.9)) later(action);
          },
        );
      }
      case 'close':
        return invoke(
          'close',
          (context) =>
            closeMonths(context, {
              month: action.month,
              shared: action.shared ?? false,
              issue: scenario.issue ?? 'at once',
              ...(action.forMs !== undefined && { deadline: context.now() + action.forMs }),
            }),
          (outcome) => {
            if (outcome.kind !== 'returned') return;
            counts.closes += 1;
            const isHurried = outcome.value.some(
              ({ unfinished, drafts }) => unfinished && drafts === undefined,
            );
            if (isHurried && random.chance(0.9)) later(action, 1);
          },
        );
      case 'publish': {
        const { tariff, backdate } = action;
        return invoke(
          'publish',
          (context) => publishTariff(context, tariff, { backdate, drop: FLAVOR_NAMES }),
          ({ kind }) => {
            // Otherwise an audit resumes it, or the end of the run.
            if (kind !== 'returned' && random.chance(0.5)) later({ ...action, backdate: true });
          },
        );
      }
      case 'audit':
        return invoke(
          'audit',
          (context) => resumePublications(context).then(() => audit(context, { heal: true })),
          ({ kind }) => {
            if (kind === 'returned') counts.audits += 1;
          },
        );
      case 'decide':
        return invoke(
          'decide',
          async (context) => approvals?.decide(context, action.decision, random),
          () => {},
        );
      case 'redrive':
        return invoke(
          'redrive',
          (context) => redrive(context, onFailure),
          () => {},
        );
      case 'retry deliveries':
        return invoke(
          'retry',
          (context, call) => deliveries.retry(context, call),
          () => {},
        );
    }
  };

  /** Delivers facts to a settle, in any order; again until one returns, and sometimes once more. */
  const deliver = (): Promise<void> => {
    const batch = Array.from({ length: Math.min(random.integer(1, 3), undelivered.length) }, () =>
      random.take(undelivered),
    );
    const settleAll = rules.settleJobs ?? settleJobs;
    return invoke<{ readonly lost: readonly JobRef[] }>(
      `settle(${[...new Set(batch.map(({ pk }) => pk))]})`,
      (context) => settleAll(context, jobsIn(batch), onFailure, factsIn(batch)),
      (outcome) => {
        const lost = outcome.kind === 'returned' ? outcome.value.lost.map(jobPartition) : undefined;
        undelivered.push(...batch.filter(({ pk }) => !lost || lost.includes(pk) || random.chance(0.08)));
      },
    );
  };

  /** Delivers events out; again until none is lost, and sometimes once more. */
  const deliverEvents = (): Promise<void> => {
    const batch = deliveries.undelivered.splice(0, random.integer(1, 3));
    return invoke<readonly string[]>(
      `deliver(${[...new Set(batch)]})`,
      (context, call, guard) => deliveries.deliver(batch, context, call, guard),
      (outcome) => {
        const lost = outcome.kind === 'returned' ? outcome.value : batch;
        deliveries.undelivered.push(...batch.filter((topic) => lost.includes(topic) || random.chance(0.08)));
        if (!isRetryDue) return;
        isRetryDue = false;
        later({ at: now, kind: 'retry deliveries' });
      },
    );
  };

  const playAgenda = async () => {
    while (mistakes.length === 0) {
      const next = agenda[0];
      const mayBegin = next && Math.max(now, next.at) <= scheduler.runningSince() + LONGEST_INVOCATION;
      const crowded = scheduler.running() >= 6;
      if (scheduler.isWaiting() && (crowded || random.chance(0.85))) {
        now += random.integer(0, 300);
        await scheduler.step();
      } else if (undelivered.length > 0 && !crowded && random.chance(next ? 0.6 : 1)) {
        await deliver();
      } else if (deliveries.undelivered.length > 0 && !crowded && random.chance(next ? 0.6 : 1)) {
        await deliverEvents();
      } else if (mayBegin) {
        agenda.shift();
        now = Math.max(now, next.at);
        logStep(`${next.kind} ${next.kind === 'send' ? next.events.map(identityOf) : ''}`);
        await begin(next);
      } else if (scheduler.isWaiting()) {
        now += random.integer(0, 300);
        await scheduler.step();
      } else if (undelivered.length === 0 || crowded) {
        if (scheduler.release()) continue;
        if (scheduler.running() === 0) return;
        mistakes.push(`does not end, although nothing blocks it: ${scheduler.names().join(', ')}`);
      }
    }
  };

  const quietStore = storeOn(table);
  const openNow = () => openOn(quietStore, undisturbed);
  const settleEverything = async () => {
    while (undelivered.length > 0) await settleJobs(openNow(), jobsIn(undelivered.splice(0)), onFailure);
    await resumePublications(openNow(), { force: true });
    await redrive(openNow(), onFailure);
  };

  try {
    await playAgenda();
    await settleEverything();
    mistakes.push(
      ...(await judge({
        table: memory,
        scenario,
        sent,
        accepted,
        frozen,
        lastMonth: calendar.monthOf(now + DAY).id,
        audit: () => audit(openNow()),
        replay: (month) => replayMonth(openNow(), month),
        deliveries,
        deliverRest: () =>
          deliveries.deliverRest(
            openNow().store,
            () => now,
            (ms) => {
              now += ms;
            },
          ),
        closeQuietly: async (month) => {
          now = Math.max(now, calendar.month(month).end + HOUR);
          logStep(`quiet close ${month}`);
          await (approvals?.closeQuietly(openNow, { month }) ??
            closeMonths(openNow(), { month, issue: 'at once' }));
          counts.closes += 1;
          await settleEverything();
        },
      })),
      ...(approvals?.findings() ?? []),
    );
  } catch (error) {
    mistakes.push(inWords(error));
  }
  const statements = await statementsOn(memory);
  const lines = statements.flatMap((statement) => statement.lines);
  const corrections = lines.filter(({ kind }) => kind === 'correction').length;
  return {
    differences: mistakes,
    counts: { ...scheduler.count, ...counts, statements: statements.length, corrections },
  };
};
