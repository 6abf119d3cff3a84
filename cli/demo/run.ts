import { isDeepStrictEqual } from 'node:util';
import { issueToken } from '../../lib/http/tokens.ts';
import { Refusal } from '../../lib/refusal.ts';
import { freePorts } from '../../local/free-ports.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { bold, dim, green, red } from '../output.ts';
import { type SendResult, sendEvents } from '../sender.ts';
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

/**
 * Starts the local stack on free ports, plays the scenario over HTTP and compares every figure with what was worked out by hand.
 * `say` gets the text for people as it comes.
 */
export const runDemo = async (say: (text: string) => void, now: number): Promise<DemoReport> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0] = await freePorts(3);
  const settings = { ...readLocalSettings(), port, lambdaPort, dynamoDbPort, dataDir: undefined };
  const log: string[] = [];
  say(dim('starting DynamoDB Local, the functions and the stream between them ...'));
  const stack = await startStack({ ...settings, onLog: (line) => log.push(line) });
  const crashed = stack.exited.then((why) => {
    throw new Refusal('unavailable', `${why}\n${log.slice(-5).join('\n')}`);
  });
  try {
    return await Promise.race([crashed, play({ stack, settings, say, now })]);
  } finally {
    await stack.stop();
  }
};

interface Stage {
  readonly stack: Stack;
  readonly settings: ReturnType<typeof readLocalSettings>;
  readonly say: (text: string) => void;
  readonly now: number;
}

const play = async ({ stack, settings, say, now }: Stage): Promise<DemoReport> => {
  const demo = createDemo(now);
  const checks: DemoCheck[] = [];
  const check = (what: string, expected: unknown, actual: unknown) =>
    checks.push({ what, expected, actual, ok: isDeepStrictEqual(expected, actual) });

  const token = await issueToken(
    settings.tokenSecret,
    { projects: 'all', expiresInSeconds: TOKEN_SECONDS },
    now,
  );
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(path, stack.url), { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok)
      throw new Refusal('unavailable', `GET ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const send = async (events: readonly DemoEvent[]) => {
    const results = await sendEvents(
      { url: stack.url, secret: settings.webhookSecret },
      twiceAndShuffled(events),
    );
    await stack.trigger.idle();
    const recorded = countOf(results, 'recorded');
    const duplicates = countOf(results, 'duplicate');
    say(`sent ${results.length} signed events: ${recorded} recorded, ${duplicates} known already`);
    check('events recorded once', [events.length, events.length], [recorded, duplicates]);
  };
  const close = async (month: string) => {
    await stack.invoke('close-month', { month });
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
