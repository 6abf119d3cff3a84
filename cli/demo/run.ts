import type { ApiClientOptions } from '../api-client.ts';
import { bold, dim } from '../output.ts';
import { tryPatiently, type Waiting, waitingText } from '../patience.ts';
import { type SendResult, sendEvents, signingSecret } from '../sender.ts';
import { APPROVER, approveDrafts } from './approve.ts';
import { stopByBudget } from './budget-stop.ts';
import { type Check, createChecks, type DemoCheck, verdict } from './checks.ts';
import { createCommands, type RunCommand } from './commands.ts';
import { type Consumer, type ReceivedEvent, startConsumer, TYPES } from './consumer.ts';
import { createDemo, type Demo, type DemoEvent, EXAMPLES_PROJECT, twiceAndShuffled } from './scenario.ts';
import { type JobAnswer, type StatementAnswer, showJob, showStatement } from './show.ts';
import { createReader, type DemoStage, type Get, onDemoStack } from './stage.ts';

export interface DemoReport {
  readonly checks: readonly DemoCheck[];
  readonly jobs: readonly JobAnswer[];
  readonly statements: readonly StatementAnswer[];
}

const countOf = (results: readonly SendResult[], outcome: string) =>
  results.filter((result) => result.outcome === outcome).length;

/** Commands against the stage, and a consumer of its events out. */
interface Operations {
  readonly run: RunCommand;
  readonly consumer: Consumer;
}

/**
 * Starts the local stack, runs the scenario over HTTP and compares every figure with the one worked
 * out by hand. `print` receives the text as it is produced.
 */
export const runDemo = (print: (text: string) => void, realTime: ApiClientOptions): Promise<DemoReport> =>
  onDemoStack(print, realTime, { ISSUE: 'approve' }, async (stage, ports) => {
    const run = createCommands(print, ports);
    const consumer = await startConsumer(run, print);
    try {
      return await playDemo(stage, { run, consumer });
    } finally {
      await consumer.close();
    }
  });

/** Sends events and closes months. */
const createWriter = ({ stack, settings, print, realTime }: DemoStage, check: Check) => {
  let waits = 0;
  const patience: ApiClientOptions = {
    ...realTime,
    onWait: (waiting: Waiting) => {
      waits += 1;
      if (waiting.waitedMs === 0) print(dim(waitingText(waiting)));
    },
  };
  return {
    patience,
    async send(events: readonly DemoEvent[]) {
      const waitsBefore = waits;
      const receiver = { url: stack.url, secret: signingSecret('local', settings.webhookSecret) };
      const { results, stopped } = await sendEvents(receiver, twiceAndShuffled(events), patience);
      if (stopped) throw stopped.why;
      await stack.trigger.idle();
      const recorded = countOf(results, 'recorded');
      const duplicates = countOf(results, 'duplicate');
      print(`sent ${results.length} signed events: ${recorded} recorded, ${duplicates} known already`);
      // A retry finds what a failed attempt has recorded as duplicates.
      if (waits > waitsBefore) check('events taken', 2 * events.length, recorded + duplicates);
      else check('events recorded once', [events.length, events.length], [recorded, duplicates]);
    },
    async close(month: string, done = `closed ${month}`) {
      // An interrupted close is safe to repeat.
      await tryPatiently(
        () =>
          stack.invoke('close-month', { month }).then(
            () => ({ done: undefined }),
            ({ message }: Error) => ({ setback: { failed: message, advice: 'start the demo again' } }),
          ),
        patience,
      );
      print(done);
    },
  };
};

const showJobs = async ({ jobs }: Demo, get: Get, print: DemoStage['print'], check: Check) => {
  const answers: JobAnswer[] = [];
  for (const { jobId, projectId, description, cost, minutes } of jobs) {
    const job = (await get(`/v1/projects/${projectId}/jobs/${jobId}`)) as JobAnswer;
    answers.push(job);
    print(showJob(job, description));
    check(`${jobId}: cost`, cost, job.cost);
    check(
      `${jobId}: minutes`,
      minutes,
      job.charges.reduce((sum, charge) => sum + charge.minutes, 0),
    );
  }
  return answers;
};

const ERRATUM = `${bold('Note')} The product page prints 9.65 for its example 2, which is the price of one GPU. The example has two:
5 hours x 2 GPUs x 1.93 = 19.30. jobmeter follows the rule and takes the figure for an erratum.
`;

const showStatements = async ({ statements }: Demo, get: Get, print: DemoStage['print'], check: Check) => {
  const answers: StatementAnswer[] = [];
  for (const { projectId, month, lines, total } of statements) {
    const statement = (await get(`/v1/projects/${projectId}/statements/${month}`)) as StatementAnswer;
    answers.push(statement);
    print(showStatement(statement));
    check(
      `statement ${month} of ${projectId}: lines`,
      lines,
      statement.lines.map(({ flavor, minutes, amount }) => ({ flavor, minutes, amount })),
    );
    check(`statement ${month} of ${projectId}: total`, total, statement.total);
    if (projectId === EXAMPLES_PROJECT) print(ERRATUM);
  }
  return answers;
};

/** What a consumer has been sent in the end, each once. */
const EVENTS_OUT: Readonly<Record<ReceivedEvent['type'], number>> = {
  'statement.issued': 4,
  'month.closed': 2,
  'budget.threshold.crossed': 2,
  'job.stop.requested': 1,
};

const showReceived = (consumer: Consumer, print: DemoStage['print'], check: Check) => {
  const events = consumer.events();
  const counts = TYPES.map((type) => [type, events.filter((event) => event.type === type).length]);
  check('events received, each once by its id', EVENTS_OUT, Object.fromEntries(counts));
  check('messages with a wrong signature', 0, consumer.refused());
  print(`the consumer received ${counts.map(([type, count]) => `${count} ${type}`).join(', ')}\n`);
};

/**
 * Runs the scenario on an empty stack. Waits for a slow stack and reports it. With `operations`
 * statements are approved, and a budget stops a job.
 */
export const playDemo = async (stage: DemoStage, operations?: Operations): Promise<DemoReport> => {
  const { stack, print, realTime } = stage;
  const demo = createDemo(realTime.now());
  const { checks, check } = createChecks();
  const { patience, send, close } = createWriter(stage, check);
  const get = await createReader(stage, patience);

  const closeApproved = async (month: string) => {
    await close(month, operations && `made the drafts of ${month}, for a person to approve`);
    if (!operations) return;
    const drafts = demo.statements.filter((statement) => statement.month === month);
    await approveDrafts(stage, patience, get, drafts, check);
    await close(month);
  };

  print(`every event twice and out of order, over HTTP to ${stack.url}\n`);
  await send(demo.before);
  await closeApproved(demo.month);
  print(
    dim(`the stop of job-over-midnight is sent after the close: the statement of ${demo.month} is final`),
  );
  await send(demo.after);
  await closeApproved(demo.nextMonth);
  print('');

  const jobs = await showJobs(demo, get, print, check);
  const statements = await showStatements(demo, get, print, check);
  if (operations) {
    const approvers = statements.map(({ approvedBy }) => approvedBy?.id);
    check(
      'approved by',
      demo.statements.map(() => APPROVER),
      approvers,
    );
    jobs.push(await stopByBudget(stage, { ...operations, get, patience, check }));
    showReceived(operations.consumer, print, check);
  }
  print(verdict(checks));
  return { checks, jobs, statements };
};
