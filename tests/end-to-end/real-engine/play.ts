import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { JobRef } from '../../../lib/billing/facts.ts';
import { addMonths, createCalendar } from '../../../lib/billing/months.ts';
import { LOCAL_TARIFF_CACHE_MS } from '../../../lib/connect.ts';
import { audit } from '../../../lib/operations/audit/audit.ts';
import {
  agreeOnSettings,
  type BillingContext,
  openContext,
} from '../../../lib/operations/billing-context.ts';
import { closeMonths } from '../../../lib/operations/close/close-months.ts';
import { fromLineView } from '../../../lib/operations/public-shapes.ts';
import { redrive } from '../../../lib/operations/settle/settle-jobs.ts';
import { publishTariff } from '../../../lib/operations/tariffs/publish.ts';
import { replayMonth } from '../../../lib/operations/verify/replay.ts';
import type { Usage } from '../../../lib/shapes/usage.ts';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import type { Item, Table } from '../../../lib/store/table.ts';
import { localClientConfig } from '../../../local/environment.ts';
import { readServerlessFile } from '../../../local/serverless-file.ts';
import { startStack } from '../../../local/stack.ts';
import { compareBills } from '../../../simulation/compare.ts';
import { judge, statementsOn, walkLogs } from '../../../simulation/judge.ts';
import { inWords } from '../../../simulation/mistakes.ts';
import { isFact, keyOf } from '../../../simulation/observe.ts';
import { createRandom } from '../../../simulation/random.ts';
import { type Action, FLAVOR_NAMES, type Scenario } from '../../../simulation/workload.ts';
import { readPath, testSettings } from '../stack.ts';
import { createDyingTable, createOvertakenTable } from './dying-table.ts';
import { canBeSent, createSender } from './sender.ts';
import { createUnreliableStream } from './unreliable-stream.ts';

export interface Played {
  /** Empty when every answer, charge and bill was right. */
  readonly differences: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const MOST_EVENTS_IN_A_REQUEST = 20;
/** Small, so that there are many deliveries. */
const STREAM_BATCH = 10;
/** A close or a publication makes this many writes more often than not. */
const WRITES = 12;
/** Lines of the log that are reported with a failure. */
const LOG_TOLD = 20;

/** What runs beside the sending. */
type Work = Exclude<Action, { readonly kind: 'send' }>;

/**
 * Plays a scenario through HTTP, DynamoDB Local and its stream, with faults and dying processes,
 * and compares the bills with the oracle. Its months must have ended: the clock is the real one.
 * The seed decides all but the races in the engine itself.
 */
export const playOnRealEngine = async (scenario: Scenario): Promise<Played> => {
  const { timeZone, currency } = scenario;
  const actions = scenario.actions.map((action) =>
    action.kind === 'send' ? { ...action, events: action.events.filter(canBeSent) } : action,
  );
  const calendar = createCalendar(timeZone);
  const random = createRandom(scenario.scheduleSeed);
  const mistakes: string[] = [];
  const log: string[] = [];

  const settings = await testSettings();
  const client = new DynamoDB(localClientConfig(`http://localhost:${settings.dynamoDbPort}`));
  const table = createDynamoDbTable(client, `${readServerlessFile().service}-local`, pause);
  const openOn = async (own: Table): Promise<BillingContext> => {
    const agreed = await agreeOnSettings(createStore(table), scenario, Date.now());
    return openContext(createStore(own), agreed, {
      ...{ now: Date.now, pause, newId: randomUUID, tariffCacheMs: LOCAL_TARIFF_CACHE_MS },
    });
  };

  const frozen = new Map<string, Item>();
  const freeze = (item: Item) => {
    if (!frozen.has(keyOf(item))) frozen.set(keyOf(item), item);
  };
  const noteFacts = ({ Records }: DynamoDBStreamEvent) => {
    for (const { dynamodb } of Records) {
      const item = unmarshall((dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0]) as Item;
      if (isFact(item)) freeze(item);
    }
  };

  const stream = createUnreliableStream(createRandom(scenario.scheduleSeed + 1), table, openOn);
  const stack = await startStack({
    ...settings,
    environment: { BILLING_TIME_ZONE: timeZone, BILLING_CURRENCY: currency },
    onLog: (line) => log.push(line),
    adaptStream: ({ invoke, ...asDeployed }) => ({
      ...asDeployed,
      settings: { ...asDeployed.settings, batchSize: STREAM_BATCH },
      invoke: (event) => {
        noteFacts(event);
        return stream.before(invoke)(event);
      },
      backoffMs: () => 0,
    }),
  });

  const sender = createSender(stack.url);
  const counts = { closes: 0, publications: 0, redrives: 0, audits: 0, died: 0 };
  const sent = actions.flatMap((action) => (action.kind === 'send' ? action.events : []));
  const projects = [...new Set(sent.map(({ projectId }) => projectId))];

  /** Runs a process that may have to die; anything else that stops it is a mistake. */
  const attempt = async (
    what: string,
    body: (context: BillingContext) => Promise<unknown>,
    on: Pick<ReturnType<typeof createDyingTable>, 'table' | 'died'>,
  ) => {
    try {
      await body(await openOn(on.table));
    } catch (error) {
      if (!on.died()) mistakes.push(`${what}: ${inWords(error)}`);
    }
    if (on.died()) counts.died += 1;
    return on.died() ? 'died' : 'ended';
  };
  const mayDie = () =>
    random.chance(0.5) ? createDyingTable(table, random, WRITES) : { table, died: () => false };

  /**
   * Statements as they were first read over HTTP; every later reading must be the same to the byte
   * (I4).
   */
  const firstRead = new Map<string, string>();
  const readStatements = async () => {
    for (const statement of await statementsOn(table)) freeze(statement as unknown as Item);
    for (const projectId of projects) {
      const path = `/v1/projects/${projectId}/statements`;
      const list = await readPath<{ statements: { month: string }[] }>(stack.url, path, [projectId]);
      for (const { month } of list.body.statements) {
        const { status, text } = await readPath(stack.url, `${path}/${month}`, [projectId]);
        const first = firstRead.get(`${path}/${month}`) ?? text;
        if (status !== 200 || text !== first) mistakes.push(`${path}/${month} was ${first}, now ${text}`);
        firstRead.set(`${path}/${month}`, first);
      }
    }
  };

  const overtaken: { goOn(): void; readonly closing: Promise<unknown> }[] = [];
  /**
   * Closes a month; sometimes twice at once, and the second one ends last with outdated reads, and
   * dies.
   */
  const close = async (month: string) => {
    const closeUpTo = (context: BillingContext) => closeMonths(context, { month });
    counts.closes += 1;
    if (random.chance(0.5)) {
      const slow = createOvertakenTable(table);
      overtaken.push({ goOn: slow.goOn, closing: attempt('overtaken close', closeUpTo, slow) });
      counts.closes += 1;
    }
    await attempt('close', closeUpTo, mayDie());
    await readStatements();
  };

  const work = async (action: Work): Promise<void> => {
    switch (action.kind) {
      case 'close':
        return close(action.month ?? addMonths(calendar.monthOf(action.at).id, -1));
      case 'publish': {
        counts.publications += 1;
        const publish = (context: BillingContext) =>
          publishTariff(context, action.tariff, { backdate: true, drop: FLAVOR_NAMES });
        while ((await attempt('publish', publish, mayDie())) === 'died');
        return;
      }
      case 'redrive':
        counts.redrives += 1;
        await attempt('redrive', (context) => redrive(context, () => {}), mayDie());
        return;
      case 'audit':
        counts.audits += 1;
        await attempt('audit', (context) => audit(context, { heal: true }), mayDie());
    }
  };

  const playAgenda = async () => {
    const agenda = [...actions];
    const underWay: Promise<void>[] = [];
    for (let action = agenda.shift(); action; action = agenda.shift()) {
      if (action.kind !== 'send') {
        const working = work(action);
        underWay.push(working);
        if (random.chance(0.5)) await working;
        continue;
      }
      const facts = [...action.events];
      for (let next = agenda[0]; next?.kind === 'send' && random.chance(0.5); next = agenda[0]) {
        if (facts.length + next.events.length > MOST_EVENTS_IN_A_REQUEST) break;
        facts.push(...next.events);
        agenda.shift();
      }
      mistakes.push(...(await sender.send(facts)));
    }
    await Promise.all(underWay);
    await stack.trigger.idle();
    for (const { goOn } of overtaken) goOn();
    await Promise.all(overtaken.map(({ closing }) => closing));
  };

  const settleEverything = async () => {
    await stack.trigger.idle();
    await stream.release();
    const { failed } = (await stack.invoke('settle-parked', {})) as { failed: JobRef[] };
    mistakes.push(...failed.map(({ projectId, jobId }) => `${jobId} of ${projectId} stays parked`));
  };

  /** What is read of a project's month is what the oracle finds in it. */
  const compareUsage = async () => {
    const { pieces } = await walkLogs(createStore(table), sent, timeZone);
    const months = Map.groupBy(
      pieces,
      ({ projectId, usageMonth }) => `${projectId}/usage?month=${usageMonth}`,
    );
    for (const [path, ofMonth] of months) {
      const { body } = await readPath<Usage>(stack.url, `/v1/projects/${path}`, 'all');
      const bill = { ...body, lines: body.lines.map(fromLineView) };
      mistakes.push(...compareBills(ofMonth, [bill], currency).map((text) => `usage ${path}: ${text}`));
    }
  };

  try {
    // No process has other tariffs cached yet.
    const atOnce = { ...(await openOn(table)), pause: async () => {} };
    for (const tariff of scenario.tariffs)
      await publishTariff(atOnce, tariff, { backdate: true, drop: FLAVOR_NAMES });
    await playAgenda();
    await settleEverything();
    const latest = Math.max(...actions.map(({ at }) => at), ...sent.map(({ time }) => time));
    mistakes.push(
      ...(await judge({
        table,
        scenario,
        sent,
        accepted: sender.accepted,
        frozen,
        lastMonth: addMonths(calendar.monthOf(latest).id, 1),
        audit: async () => audit(await openOn(table)),
        replay: async (month) => replayMonth(await openOn(table), month),
        closeQuietly: async (month) => {
          await stack.invoke('close-month', { month });
          counts.closes += 1;
          await readStatements();
          await settleEverything();
        },
      })),
    );
    await compareUsage();
    await readStatements();
    const { givenUp } = stack.trigger.stats;
    if (givenUp > 0) mistakes.push(`${givenUp} records were given up on`);
  } catch (error) {
    mistakes.push(inWords(error));
  }
  try {
    const statements = await statementsOn(table);
    const corrections = statements.flatMap(({ lines }) => lines.filter(({ kind }) => kind === 'correction'));
    return {
      differences: mistakes.length > 0 ? [...mistakes, ...log.slice(-LOG_TOLD)] : [],
      counts: {
        ...{ ...sender.counts, ...stream.counts, ...counts },
        ...{ statements: statements.length, corrections: corrections.length },
      },
    };
  } finally {
    client.destroy();
    await stack.stop();
  }
};
