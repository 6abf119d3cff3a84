import { isDeepStrictEqual } from 'node:util';
import { issueToken } from '../../lib/http/tokens.ts';
import { Refusal } from '../../lib/refusal.ts';
import { freePorts } from '../../local/free-ports.ts';
import { type LocalSettings, readLocalSettings } from '../../local/settings.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type ApiClientOptions, createApiClient } from '../api-client.ts';
import { bold, dim, green, red } from '../output.ts';
import { tryPatiently, type Waiting, waitingText } from '../patience.ts';
import { type SendResult, sendEvents, signingSecret } from '../sender.ts';
import { createDemo, type Demo, type DemoEvent, EXAMPLES_PROJECT, twiceAndShuffled } from './scenario.ts';
import { type JobAnswer, type StatementAnswer, showJob, showStatement } from './show.ts';

const TOKEN_SECONDS = 600;

export interface DemoCheck {
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly ok: boolean;
}

export interface DemoReport {
  readonly checks: readonly DemoCheck[];
  readonly jobs: readonly JobAnswer[];
  readonly statements: readonly StatementAnswer[];
}

const countOf = (results: readonly SendResult[], outcome: string) =>
  results.filter((result) => result.outcome === outcome).length;

/** Stops waiting for a stack that has crashed. */
const until = (ended: AbortSignal, { fetch, pause, ...realTime }: ApiClientOptions): ApiClientOptions => ({
  ...realTime,
  fetch: async (url, init) => {
    ended.throwIfAborted();
    return fetch(url, init);
  },
  pause: async (ms) => {
    ended.throwIfAborted();
    return pause(ms);
  },
});

/**
 * Starts the local stack on free ports, runs the scenario over HTTP and compares every figure with
 * the one worked out by hand. `print` receives the text as it is produced.
 */
export const runDemo = async (
  print: (text: string) => void,
  realTime: ApiClientOptions,
): Promise<DemoReport> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0] = await freePorts(3);
  const settings = {
    ...readLocalSettings(),
    ...{ port, lambdaPort, dynamoDbPort, dataDir: undefined, schedules: false },
  };
  // The figures hold for the default tariff and months in UTC.
  const environment = { BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR' };
  const log: string[] = [];
  print(dim('starting DynamoDB Local, the functions and the stream between them ...'));
  const stack = await startStack({ ...settings, environment, onLog: (line) => log.push(line) });
  const crashed = stack.exited.then((why) => {
    throw new Refusal('unavailable', `${why}\n${log.slice(-5).join('\n')}`);
  });
  const ended = new AbortController();
  try {
    const stage = { stack, settings, print, realTime: until(ended.signal, realTime) };
    return await Promise.race([crashed, playDemo(stage)]);
  } finally {
    ended.abort();
    await stack.stop();
  }
};

export interface DemoStage {
  readonly stack: Pick<Stack, 'url' | 'trigger' | 'invoke'>;
  readonly settings: Pick<LocalSettings, 'webhookSecret' | 'tokenSecret'>;
  readonly print: (text: string) => void;
  readonly realTime: ApiClientOptions;
}

const createChecks = () => {
  const checks: DemoCheck[] = [];
  const check = (what: string, expected: unknown, actual: unknown) => {
    checks.push({ what, expected, actual, ok: isDeepStrictEqual(expected, actual) });
  };
  return { checks, check };
};

type Check = ReturnType<typeof createChecks>['check'];

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
    async close(month: string) {
      // An interrupted close is safe to repeat.
      await tryPatiently(
        () =>
          stack.invoke('close-month', { month }).then(
            () => ({ done: undefined }),
            ({ message }: Error) => ({ setback: { failed: message, advice: 'start the demo again' } }),
          ),
        patience,
      );
      print(`closed ${month}`);
    },
  };
};

/** Reads from the API, for all projects. */
const createReader = async ({ stack, settings }: DemoStage, patience: ApiClientOptions) => {
  const api = createApiClient(stack.url, patience);
  const grant = { projects: 'all', expiresInSeconds: TOKEN_SECONDS } as const;
  const token = await issueToken(settings.tokenSecret, grant, patience.now());
  return async (path: string): Promise<unknown> => {
    const { status, body } = await api.call(path, () => ({ headers: { authorization: `Bearer ${token}` } }));
    if (status !== 200 || body === undefined)
      throw new Refusal('unavailable', `GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
};

type Get = Awaited<ReturnType<typeof createReader>>;

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

const verdict = (checks: readonly DemoCheck[]): string => {
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length === 0) return green(`all ${checks.length} figures are as worked out by hand`);
  const lines = wrong.map(
    ({ what, expected, actual }) =>
      `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
  );
  return red(lines.join('\n'));
};

/** Runs the scenario on an empty stack. Waits for a slow stack and reports it. */
export const playDemo = async (stage: DemoStage): Promise<DemoReport> => {
  const { stack, print, realTime } = stage;
  const demo = createDemo(realTime.now());
  const { checks, check } = createChecks();
  const { patience, send, close } = createWriter(stage, check);
  const get = await createReader(stage, patience);

  print(`every event twice and out of order, over HTTP to ${stack.url}\n`);
  await send(demo.before);
  await close(demo.month);
  print(
    dim(`the stop of job-over-midnight is sent after the close: the statement of ${demo.month} is final`),
  );
  await send(demo.after);
  await close(demo.nextMonth);
  print('');

  const jobs = await showJobs(demo, get, print, check);
  const statements = await showStatements(demo, get, print, check);
  print(verdict(checks));
  return { checks, jobs, statements };
};
