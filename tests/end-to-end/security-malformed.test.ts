import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { complaintAbout } from './contract.ts';
import { wrongBudgets } from './malformed/budgets.ts';
import { wrongContent, wronglySigned } from './malformed/events.ts';
import { wrongLinks } from './malformed/links.ts';
import { rightToken, wrongReads, wrongRoutes, wrongTokens } from './malformed/reads.ts';
import type { Malformed, Target } from './malformed/request.ts';
import { SECRETS, startTestStack, type TestStack, TOKEN_SECRET } from './stack.ts';
import { eventsOf, gpu, minutesAgo, SOURCE, sendAll } from './story.ts';

/**
 * `REQUESTS=50000 SEED=7 npx vitest run --project end-to-end
 * tests/end-to-end/security-malformed.test.ts` sends more of them.
 */
const SEED = Number(process.env.SEED ?? 1);
const REQUESTS = Number(process.env.REQUESTS ?? 5_000);
const AT_ONCE = 16;

let stack: TestStack;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

beforeAll(async () => {
  stack = await startTestStack();
  const steps = [
    ['RUNNING', minutesAgo(90)],
    ['DONE', minutesAgo(30)],
  ] as const;
  await sendAll(stack, eventsOf('known', 'proj-1', gpu(1), steps));
});

afterAll(async () => {
  agent.destroy();
  await stack?.stop();
});

/** Any request that must be refused. */
const malformed = (target: Target): fc.Arbitrary<Malformed> =>
  fc.oneof(
    { weight: 8, arbitrary: wrongContent(target) },
    { weight: 4, arbitrary: wronglySigned(target) },
    { weight: 4, arbitrary: wrongTokens(target) },
    { weight: 4, arbitrary: wrongReads(target) },
    { weight: 1, arbitrary: wrongLinks(target) },
    { weight: 2, arbitrary: wrongBudgets(target) },
    { weight: 1, arbitrary: wrongRoutes(target) },
  );

/** Sends what `fetch` would not: names that come twice, and paths as they are. */
const send = async ({ method, path, headers, body }: Malformed) => {
  const { hostname, port, host } = new URL(stack.url);
  const all = [['host', host], ['content-length', String(body.length)], ...headers].flat();
  const sent = request({ agent, hostname, port, method, path, headers: all }).end(body);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (!answer) throw new Error('there is an answer');
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
};

type Answered = Awaited<ReturnType<typeof send>>;

const isProblem = ({ status, headers, text }: Answered): boolean => {
  if (headers['content-type'] !== 'application/problem+json') return false;
  const { type, title, detail, ...problem } = JSON.parse(text);
  return (
    type.startsWith('urn:jobmeter:problem:') &&
    [title, detail].every((said) => typeof said === 'string' && said !== '') &&
    problem.status === status
  );
};

const isDocumented = ({ method, path }: Malformed, { status, headers, text }: Answered): boolean => {
  const header = (name: string) => headers[name]?.toString();
  return complaintAbout(method, path, { status, header, text }) === undefined;
};

/** What is wrong with an answer, and the request it was given to. */
const complaints = (sent: Malformed, answered: Answered): string[] => {
  const isOurs = () => isProblem(answered) && isDocumented(sent, answered);
  if (sent.expected.includes(answered.status) && (sent.atDoor || isOurs())) return [];
  const asked = JSON.stringify({ ...sent, body: sent.body.toString('latin1').slice(0, 2_000) });
  return [`${asked}\n  is answered with ${answered.status} ${answered.text.slice(0, 500)}`];
};

const targetOf = (now: number): Target => ({
  webhookSecret: SECRETS[0],
  tokenSecret: TOKEN_SECRET,
  projectId: 'proj-1',
  jobId: 'known',
  month: new Date(now).toISOString().slice(0, 7),
  event: {
    specversion: '1.0',
    type: 'training.job.status',
    source: SOURCE,
    id: 'never-sent',
    subject: 'never-heard-of',
    time: minutesAgo(10),
    data: { projectId: 'proj-1', status: 'RUNNING', resources: gpu(1) },
  },
  now,
});

test(`${REQUESTS} malformed requests are each answered with the error, and change nothing`, async () => {
  onTestFailed(() => {
    const file = 'tests/end-to-end/security-malformed.test.ts';
    stdout.write(`again: REQUESTS=${REQUESTS} SEED=${SEED} npx vitest run --project end-to-end ${file}\n`);
  });
  const before = await stack.snapshot();
  const target = targetOf(Date.now());
  const requests = fc.sample(malformed(target), { numRuns: REQUESTS, seed: SEED });
  const counts: Record<string, number> = {};
  const complained = await pLimit(AT_ONCE).map(requests, async (sent) => {
    const answered = await send(sent);
    const outcome = `${answered.status} ${sent.kind}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    return complaints(sent, answered);
  });
  const told = Object.entries(counts).map(([outcome, count]) => `${outcome}: ${count}`);
  stdout.write(`seed ${SEED}: ${told.sort().join('; ')}\n`);
  expect(complained.flat().slice(0, 10).join('\n')).toBe('');
  await stack.settled();
  expect(await stack.snapshot()).toEqual(before);

  // What they were made of is right: it took only what was wrong with each to have it refused.
  const token = rightToken(target);
  for (const path of ['/v1/projects', '/v1/projects/proj-1/usage', '/v1/projects/proj-1/jobs/known'])
    expect(await stack.get(path, { token })).toMatchObject({ status: 200 });
  expect(await stack.post(target.event)).toMatchObject({ status: 202 });
});
