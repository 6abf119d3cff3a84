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
import { createDemo, type DemoEvent, EXAMPLES_PROJECT, twiceAndShuffled } from './scenario.ts';
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

/** A stack that has crashed is not waited for any more. */
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
 * Starts the local stack on free ports, plays the scenario over HTTP and compares every figure with what was worked out by hand.
 * `say` gets the text for people as it comes.
 */
export const runDemo = async (
  say: (text: string) => void,
  realTime: ApiClientOptions,
): Promise<DemoReport> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0] = await freePorts(3);
  const settings = {
    ...readLocalSettings(),
    ...{ port, lambdaPort, dynamoDbPort, dataDir: undefined, schedules: false },
  };
  // The figures are those of the tariff that ships, in the months of UTC.
  const environment = { BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR' };
  const log: string[] = [];
  say(dim('starting DynamoDB Local, the functions and the stream between them ...'));
  const stack = await startStack({ ...settings, environment, onLog: (line) => log.push(line) });
  const crashed = stack.exited.then((why) => {
    throw new Refusal('unavailable', `${why}\n${log.slice(-5).join('\n')}`);
  });
  const ended = new AbortController();
  try {
    const stage = { stack, settings, say, realTime: until(ended.signal, realTime) };
    return await Promise.race([crashed, playDemo(stage)]);
  } finally {
    ended.abort();
    await stack.stop();
  }
};

export interface DemoStage {
  readonly stack: Pick<Stack, 'url' | 'trigger' | 'invoke'>;
  readonly settings: Pick<LocalSettings, 'webhookSecret' | 'tokenSecret'>;
  readonly say: (text: string) => void;
  readonly realTime: ApiClientOptions;
}

/** Plays the scenario on a stack that holds nothing yet. It waits for a slow stack and says so. */
export const playDemo = async ({ stack, settings, say, realTime }: DemoStage): Promise<DemoReport> => {
  const now = realTime.now();
  const demo = createDemo(now);
  let waits = 0;
  const patience: ApiClientOptions = {
    ...realTime,
    onWait: (waiting: Waiting) => {
      waits += 1;
      if (waiting.waitedMs === 0) say(dim(waitingText(waiting)));
    },
  };
  const api = createApiClient(stack.url, patience);
  const checks: DemoCheck[] = [];
  const check = (what: string, expected: unknown, actual: unknown) =>
    checks.push({ what, expected, actual, ok: isDeepStrictEqual(expected, actual) });

  const token = await issueToken(
    settings.tokenSecret,
    { projects: 'all', expiresInSeconds: TOKEN_SECONDS },
    now,
  );
  const get = async (path: string): Promise<unknown> => {
    const { status, body } = await api.call(path, () => ({ headers: { authorization: `Bearer ${token}` } }));
    if (status !== 200 || body === undefined)
      throw new Refusal('unavailable', `GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const send = async (events: readonly DemoEvent[]) => {
    const waitsBefore = waits;
    const { results, stopped } = await sendEvents(
      { url: stack.url, secret: signingSecret('local', settings.webhookSecret) },
      twiceAndShuffled(events),
      patience,
    );
    if (stopped) throw stopped.why;
    await stack.trigger.idle();
    const recorded = countOf(results, 'recorded');
    const duplicates = countOf(results, 'duplicate');
    say(`sent ${results.length} signed events: ${recorded} recorded, ${duplicates} known already`);
    // What an attempt recorded and could not answer, the next one finds as a duplicate.
    if (waits > waitsBefore) check('events taken', 2 * events.length, recorded + duplicates);
    else check('events recorded once', [events.length, events.length], [recorded, duplicates]);
  };
  const close = async (month: string) => {
    // A close that was cut off is safe to repeat.
    await tryPatiently(
      () =>
        stack.invoke('close-month', { month }).then(
          () => ({ done: undefined }),
          ({ message }: Error) => ({ setback: { failed: message, advice: 'start the demo again' } }),
        ),
      patience,
    );
    say(`closed ${month}`);
  };

  say(`every event twice and out of order, over HTTP to ${stack.url}\n`);
  await send(demo.before);
  await close(demo.month);
  say(
    dim(
      `the stop of job-over-midnight arrives only now: ${demo.month} was cut at midnight and stays as it is`,
    ),
  );
  await send(demo.after);
  await close(demo.nextMonth);
  say('');

  const jobs: JobAnswer[] = [];
  for (const { jobId, story, cost, minutes } of demo.jobs) {
    const job = (await get(`/v1/jobs/${jobId}`)) as JobAnswer;
    jobs.push(job);
    say(showJob(job, story));
    check(`${jobId}: cost`, cost, job.cost);
    check(
      `${jobId}: minutes`,
      minutes,
      job.charges.reduce((sum, charge) => sum + charge.minutes, 0),
    );
  }

  const statements: StatementAnswer[] = [];
  for (const { projectId, month, lines, total } of demo.statements) {
    const statement = (await get(`/v1/projects/${projectId}/statements/${month}`)) as StatementAnswer;
    statements.push(statement);
    say(showStatement(statement));
    check(
      `statement ${month} of ${projectId}: lines`,
      lines,
      statement.lines.map(({ flavor, minutes, amount }) => ({ flavor, minutes, amount })),
    );
    check(`statement ${month} of ${projectId}: total`, total, statement.total);
    if (projectId === EXAMPLES_PROJECT)
      say(
        `${bold('Note')} The product page prints 9.65 for its example 2, which is the price of one GPU. The example has two:\n` +
          '5 hours x 2 GPUs x 1.93 = 19.30. jobmeter follows the rule and takes the figure for an erratum.\n',
      );
  }

  const wrong = checks.filter(({ ok }) => !ok);
  say(
    wrong.length === 0
      ? green(`all ${checks.length} figures are as worked out by hand`)
      : red(
          wrong
            .map(
              ({ what, expected, actual }) =>
                `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
            )
            .join('\n'),
        ),
  );
  return { checks, jobs, statements };
};
