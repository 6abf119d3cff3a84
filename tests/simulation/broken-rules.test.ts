import { stdout } from 'node:process';
import { describe, expect, test } from 'vitest';
import { settleJobs } from '../../lib/operations/settle/settle-jobs.ts';
import { explainFailure, scenarioOf } from '../../simulation/shrink.ts';
import type { Emphasis, Scenario } from '../../simulation/workload.ts';
import { play, type Rules } from '../../simulation/world.ts';
import * as billing from './broken/billing.ts';
import * as contexts from './broken/contexts.ts';
import * as events from './broken/events.ts';
import * as memory from './broken/memory.ts';
import * as scenarios from './broken/scenarios.ts';
import { settleJobsOnce } from './broken/settle-once.ts';
import * as tables from './broken/tables.ts';
import * as warm from './broken/warm-processes.ts';

/**
 * Each clause of the protocol is left out in turn, and a wrong bill must come of it within so many
 * runs.
 */
const MOST_RUNS = 1_000;

const manyFaults: Emphasis = {
  projects: 1,
  jobs: 2,
  closes: 2,
  faults: { rate: 0.06, most: 12 },
  atOnce: 0.4,
};

const usual = (seed: number) => scenarioOf(seed);
const faulty = (seed: number) => scenarioOf(seed, manyFaults);
/** Closes that get to a page or two, and many that come after them. */
const hurried = (seed: number) =>
  scenarioOf(seed, { projects: 1, jobs: 5, closes: 3, hurried: 0.9, atOnce: 0.4, late: 0.5 });

/** Each with endpoints of events out. */
const consumed = (seed: number) => scenarioOf(seed, { ...manyFaults, consumed: 1 });

interface Clause {
  readonly without: string;
  readonly rules: Rules | (() => Rules);
  readonly runs: (seed: number) => Scenario;
}

const clauses: readonly Clause[] = [
  {
    without: '2: the version guard',
    rules: tables.chargesAreNotGuarded,
    runs: scenarios.auditDiesOnOldFacts,
  },
  {
    without: '2: facts in the guard',
    rules: tables.guardForgets('factsSeen'),
    runs: scenarios.auditDiesOnOldFacts,
  },
  {
    without: '2: tariffs in the guard',
    rules: tables.guardForgets('tariffsSeen'),
    runs: scenarios.auditDiesOnOldPrices,
  },
  {
    without: '2: facts read afresh',
    rules: contexts.factsAreNeverReadAgain,
    runs: scenarios.settleIsOvertakenByRetraction,
  },
  {
    without: '2: tariffs read afresh',
    rules: contexts.tariffsAreRememberedForEver,
    runs: scenarios.settleIsOvertakenByTariff,
  },
  {
    without: '2: what is remembered of tariffs waited for',
    rules: contexts.publicationsDoNotWait,
    runs: scenarios.tariffComesUnseen,
  },
  {
    without: '3: until nothing differs',
    rules: { settleJobs: settleJobsOnce },
    runs: scenarios.settleIsOvertakenByRetraction,
  },
  {
    without: '3: the log read after what is expected was written',
    rules: memory.logIsNotReadAfterwards,
    runs: warm.processIsBehindByALabel,
  },
  {
    without: '3: the charge that is expected in the guard',
    rules: memory.replacedChargesAreNotCompared,
    runs: warm.processIsBehindByTheStop,
  },
  {
    without: '3: charges read unless the latest fact has written the one',
    rules: memory.chargeNeedNotBeOfTheLatestFact,
    runs: warm.processIsBehindByALabel,
  },
  { without: '3: voided, never deleted', rules: tables.voidsAreDeletions, runs: usual },
  { without: '4: a mark', rules: contexts.chargesAreNotMarked, runs: usual },
  { without: '4: the mark before the charge', rules: contexts.marksFollowCharges, runs: faulty },
  {
    without: '4: the month of writing in what is remembered',
    rules: contexts.marksAreRememberedForEver,
    runs: usual,
  },
  { without: '5: every month, oldest first', rules: contexts.onlyTheLastMonthIsClosed, runs: usual },
  { without: '5: closed only when billed', rules: contexts.monthsAreClosedBeforeTheyAreBilled, runs: faulty },
  {
    without: '5: marks of the month before',
    rules: contexts.marksOfTheMonthBeforeAreNotRead,
    runs: scenarios.closeComesTooEarly,
  },
  { without: '5: marks up to now', rules: contexts.marksUpToNowAreNotRead, runs: usual },
  { without: '5: usage months up to the closed one', rules: contexts.earlierUsageIsNotBilled, runs: usual },
  { without: '5: the cutoff', rules: contexts.openChargesAreNotCutOff, runs: usual },
  { without: '5: the settle after the cutoff', rules: contexts.cutOffJobsAreNotSettled, runs: usual },
  {
    without: '5: the charges that were read in the guard of a close',
    rules: memory.replacedChargesAreNotCompared,
    runs: scenarios.closeDiesOnOldFacts,
  },
  { without: '5: the marks read again', rules: contexts.marksAreReadOnce, runs: scenarios.runIsHeardOfLate },
  {
    without: '6: a fresh statement id',
    rules: contexts.idsAreNotFresh,
    runs: scenarios.closeDiesBeforeItsCommit,
  },
  {
    without: '6: the index that was read',
    rules: tables.indexIsNotCompared,
    runs: scenarios.closeIsOvertakenByClose,
  },
  {
    without: '6: one transaction, statement first',
    rules: tables.indexFollowsLater,
    runs: scenarios.closeDiesInItsCommit,
  },
  {
    without: '6: one transaction, index first',
    rules: tables.indexComesFirst,
    runs: scenarios.closeDiesInItsCommit,
  },
  { without: '6: the billed charges', rules: contexts.billedChargesAreNotWritten, runs: usual },
  {
    without: '6: billed charges before the commit',
    rules: contexts.billedChargesFollowTheCommit,
    runs: faulty,
  },
  {
    without: '6: only committed billed charges',
    rules: contexts.uncommittedRecordsCount,
    runs: scenarios.closeDiesBeforeItsCommit,
  },
  { without: '6: the order of commits', rules: contexts.commitOrderIsNotKept, runs: usual },
  {
    without: '6: minus what was billed before',
    rules: contexts.earlierStatementsAreNotSubtracted,
    runs: usual,
  },
  { without: 'hand-over: the sums', rules: contexts.checkpointsForgetTheirSums, runs: hurried },
  { without: 'hand-over: the place', rules: contexts.checkpointsForgetTheirPlace, runs: hurried },
  { without: 'hand-over: the end of a block', rules: contexts.handOversDoNotEndABlock, runs: hurried },
];

/** Rules of billing, broken one by one in all that a process reads. */
const billingRules: readonly Clause[] = [
  { without: 'the order with the fewest forbidden steps', broken: billing.instantsAreOrderedByRank },
  { without: 'the order at full precision', broken: billing.nanosAreIgnored },
  { without: 'resources from when they are stated', broken: billing.firstResourcesHoldForEver },
  { without: 'the unit of the price', broken: billing.gpusElseCpusAreBilled },
  { without: 'thousandths of units', broken: billing.fractionsAreRoundedUp },
  { without: 'known stops billed whole', broken: billing.closedIntervalsAreLimited },
  { without: 'the longest silence', broken: billing.silenceIsIgnored },
  { without: 'the timeout of the job', broken: billing.timeoutIsIgnored },
  { without: 'forbidden openings held', broken: billing.forbiddenOpeningIsBilled },
  { without: 'signs of life by facts alone', broken: billing.cutoffIsSignOfLife },
].map(({ without, broken }) => ({ without, rules: billing.billBy(broken), runs: usual }));

const begins =
  (...words: readonly string[]) =>
  (difference: string) =>
    words.some((word) => difference.startsWith(word));

/** What only an audit or a replay would find is no wrong bill, and neither is an event. */
const isOther = begins('audit', 'replay', 'event', 'frozen OUT#');
const isWrongBill = (difference: string) => !isOther(difference);

const runsUntilWrong = async (
  runs: Clause['runs'],
  rules: Clause['rules'] = {},
  { most = MOST_RUNS, isWrong = isWrongBill } = {},
) => {
  for (let run = 1; run <= most; run += 1) {
    const { differences } = await play(runs(run), typeof rules === 'function' ? rules() : rules);
    const difference = differences.find(isWrong);
    if (difference !== undefined) return { run, difference };
  }
  return undefined;
};

/** Of a hand-over within the pass that computes the digest: the bill is right, and its digest is not. */
const digestRules: readonly Clause[] = [
  { without: 'hand-over: the hash', rules: contexts.checkpointsForgetTheirHash, runs: hurried },
  { without: 'hand-over: the place of the hash', rules: contexts.digestsForgetTheirPlace, runs: hurried },
];

/** Rules of approval. */
const approvalRules: readonly Clause[] = [
  {
    without: 'the draft in the commit',
    rules: tables.draftIsNotInTheCommit,
    runs: scenarios.draftIsHeldBackDuringItsCommit,
  },
  {
    without: 'the approved digest',
    rules: contexts.approvalsOutliveTheirDigest,
    runs: scenarios.factsArriveAfterApproval,
  },
];

const eventRules: readonly Clause[] = [
  { without: 'one transaction, the event later', rules: events.eventsFollowLater, runs: faulty },
  { without: 'one transaction, the event first', rules: events.eventsComeFirst, runs: faulty },
  { without: 'ids that follow from what they are about', rules: events.idsDoNotFollow, runs: usual },
  {
    without: 'the condition that there is none',
    rules: events.eventsAreNotConditional,
    runs: scenarios.settleIsOvertakenWithAnEvent,
  },
  { without: 'the mark after the answer', rules: events.deliveriesAreMarkedFirst, runs: consumed },
  { without: 'the order within a topic', rules: events.deliveriesHaveNoOrder, runs: consumed },
  { without: 'failures that retries find', rules: events.failuresAreForgotten, runs: consumed },
  {
    without: 'failures that end unchanged',
    rules: events.failuresEndUnseen,
    runs: scenarios.retryIsOvertakenByAnEvent,
  },
];

describe.each([
  { what: 'clause of the protocol', finds: 'a wrong bill', rules: clauses, isWrong: isWrongBill },
  { what: 'rule of billing', finds: 'a wrong bill', rules: billingRules, isWrong: begins('billed') },
  {
    what: 'clause of the digest',
    finds: 'a statement that its records do not give',
    rules: digestRules,
    isWrong: begins('replay'),
  },
  {
    what: 'rule of approval',
    finds: 'a statement that nobody approved',
    rules: approvalRules,
    isWrong: begins('issued'),
  },
  {
    what: 'rule of events out',
    finds: 'a wrong or missing event',
    rules: eventRules,
    isWrong: begins('event', 'frozen OUT#'),
  },
])('without one $what the simulation finds $finds', ({ rules: broken, isWrong }) => {
  test.each(broken)('$without', async ({ without, rules, runs }) => {
    const wrong = await runsUntilWrong(runs, rules, { isWrong });
    stdout.write(`without ${without}: ${wrong?.difference.slice(0, 100)} after ${wrong?.run} runs\n`);
    expect(wrong).toBeDefined();
  });
});

test('unless a job is one of a project, equal ids of two projects make a wrong bill', async () => {
  const wrong = await runsUntilWrong(usual, tables.keysHaveNoProject, { isWrong: begins('billed') });
  stdout.write(`keys without the project: wrong after ${wrong?.run} runs\n`);
  expect(wrong).toBeDefined();
});

test('unless charges are written together, an audit finds one that is never settled', async () => {
  const isWrong = begins('audit: {"kind":"added","cause":"not settled"');
  const wrong = await runsUntilWrong(scenarios.closeDiesBetweenCharges, tables.chargesAreWrittenOneByOne, {
    isWrong,
  });
  stdout.write(`charges one by one: an audit finds it after ${wrong?.run} runs\n`);
  expect(wrong).toBeDefined();
});

test('unless the month after the latest fact is read, an audit finds a charge that nothing takes back', async () => {
  const isWrong = begins('audit: {"kind":"added"');
  const { context: broken } = contexts.monthAfterTheLatestFactIsNotRead;
  // Of the settle alone: the audit reads all months.
  const rules: Rules = {
    settleJobs: (context, ...jobs) => settleJobs(broken?.(context) ?? context, ...jobs),
  };
  expect(await runsUntilWrong(scenarios.jobGrowsInTheLastMinute, rules, { isWrong })).toBeDefined();
});

describe('with every clause in place the same schedules end right', () => {
  test.each(
    Object.entries({
      faulty,
      consumed,
      rememberedJob: warm.processesRememberOneJob,
      ...scenarios,
      processIsBehindByTheStop: warm.processIsBehindByTheStop,
      processIsBehindByALabel: warm.processIsBehindByALabel,
    }),
  )('%s', async (_, runs) => {
    expect(await runsUntilWrong(runs, {}, { most: 50, isWrong: () => true })).toBeUndefined();
  });
});

test('a run that ends wrong is reported with its shortest schedule and the command that replays it', async () => {
  const wrong = await runsUntilWrong(usual, contexts.openChargesAreNotCutOff);
  const report = await explainFailure(wrong?.run ?? 0, contexts.openChargesAreNotCutOff);
  expect(report).toContain(wrong?.difference);
  expect(report).toMatch(/the shortest failing schedule found \([1-3] of \d+ actions\)/);
  expect(report).toContain(`npm run simulate -- --runs 1 --seed ${wrong?.run}`);
});
