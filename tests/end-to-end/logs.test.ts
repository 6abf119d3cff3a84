import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_ENDPOINT_KEY } from '../../lib/config/endpoints.ts';
import { METRICS } from '../../lib/metrics.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { listen } from '../unit/provider/loopback.ts';
import { openConsumer } from '../unit/webhooks/consumer.ts';
import { readReported } from './aws-history.ts';
import { run } from './programs.ts';
import { postEvents, readPath, SECRETS, testSettings, tokenFor, writePath } from './stack.ts';
import { eventsOf, gpu, minutesAgo, retractionOf } from './story.ts';

const UNRATED = eventsOf('unrated', 'proj-1', { ...gpu(1), flavor: 'not-in-the-tariff' }, [
  ['RUNNING', minutesAgo(60)],
]);
/** It runs after it has failed, so one of the times is wrong: held at once. */
const HELD = eventsOf('held', 'proj-1', gpu(1), [
  ['RUNNING', minutesAgo(5)],
  ['FAILED', minutesAgo(6)],
]);
const RETRACTION = retractionOf('unrated', 'proj-1', 1, minutesAgo(1));

const ARN = 'arn:aws:batch:eu-west-1:111122223333:job/4c75';
/** An event of a platform whose status nobody knows. */
const NOT_UNDERSTOOD = {
  ...{ id: 'c8f9', source: 'aws.batch', 'detail-type': 'Batch Job State Change', resources: [ARN] },
  detail: {
    ...{ jobId: '4c75', jobName: 'train', jobQueue: ARN, status: 'RESTING', createdAt: 1_793_696_400_058 },
    statusReason: 'reported for the wrong job',
  },
};

const SECRETS_OF_PROVIDER = ['provider-key-1', 'provider-secret-2', 'provider-consumer-3'];
/** A provider with a job that cannot be read. */
const STRANGE = { id: 'strange' };

/** What a consumer answers with, beside a 500. */
const ANSWER_OF_CONSUMER = 'text-of-a-consumer';

let consumer: Awaited<ReturnType<typeof openConsumer>>;
let endpoint: { readonly endpointId: string; readonly secret: string };
/** Names of people's own choice are in no log. */
const BUDGET = {
  ...{ amount: '4711.00', label: 'team=hidden-team' },
  thresholds: [{ at: '80%', on: 'spent', action: 'notify' }],
};

let provider: Awaited<ReturnType<typeof listen>>;
let stack: Stack;
let token: string;
let recorded: unknown;
const lines: string[] = [];
/** Lines that are one JSON object, as all of a function's are. */
const entries = () =>
  lines.flatMap((line): Record<string, unknown>[] => (line.startsWith('{') ? [JSON.parse(line)] : []));

beforeAll(async () => {
  provider = await listen(({ path }) => {
    if (path.endsWith('/auth/time')) return { json: Math.floor(Date.now() / 1000) };
    return { json: /page=1&(?!.*statusState)/.test(path) ? [STRANGE] : [] };
  });
  const settings = await testSettings();
  stack = await startStack({
    ...settings,
    environment: {
      ...{ POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_LOG_LEVEL: 'INFO', LOG_SAMPLE: '0' },
      ...{ OVH_PROJECTS: 'cloud-1=proj-1', OVH_CREDENTIALS: SECRETS_OF_PROVIDER.join(' ') },
      ...{ OVH_API_URL: provider.url, NODE_EXTRA_CA_CERTS: provider.caFile, OVH_STOP: 'allowed' },
    },
    onLog: (line) => lines.push(line),
  });
  token = await tokenFor(['proj-1']);
  consumer = await openConsumer((response) => response.writeHead(500).end(ANSWER_OF_CONSUMER));
  const { stdout } = await run('cli/jobmeter.ts', ['endpoint', 'add', consumer.url, '--json'], {
    DYNAMODB_PORT: String(settings.dynamoDbPort),
  });
  endpoint = JSON.parse(stdout);
  const [first] = UNRATED;
  if (!first) throw new Error('there is an event');
  await postEvents(stack.url, first, { sign: { body: 'something else' } });
  await postEvents(stack.url, [...UNRATED, ...HELD]);
  await stack.trigger.idle();
  await postEvents(stack.url, RETRACTION);
  await postEvents(stack.url, [RETRACTION, { ...first, time: minutesAgo(59) }]);
  await readPath(stack.url, '/v1/projects/proj-1/usage', { token });
  const writer = await tokenFor(['proj-1'], { scope: 'budgets:write', sub: 'hidden-person' });
  await writePath(stack.url, 'PUT', '/v1/projects/proj-1/budgets/b', { token: writer, body: BUDGET });
  await stack.trigger.idle();
  await stack.invoke('record-platform-events', NOT_UNDERSTOOD);
  const [, understood] = await readReported('batch', '2026-01');
  recorded = await stack.invoke('record-platform-events', understood);
  for (const name of [
    'settle-parked',
    'check-budgets',
    'audit-charges',
    'poll-jobs',
    'close-month',
    'retry-deliveries',
    'take-snapshots',
  ])
    await stack.invoke(name, {});
});

afterAll(async () => {
  await stack?.stop();
  await provider?.close();
  consumer?.stop();
});

test('every metric is logged by some function, under the name of its stage', () => {
  const told = entries().filter((entry) => '_aws' in entry);
  expect(told.every(({ stage, service }) => stage === 'local' && service === 'jobmeter')).toBe(true);
  const names = new Set(told.flatMap((entry) => METRICS.filter((name) => name in entry)));
  // Counted by a close that has waited for the provider for a day.
  expect([...names, 'MonthsClosedUnasked'].sort()).toEqual([...METRICS].sort());
});

test('what cannot be billed is logged with its job', () => {
  expect(entries()).toContainEqual(expect.objectContaining({ UnratedCharges: 1, jobId: 'unrated' }));
  expect(entries()).toContainEqual(expect.objectContaining({ HeldCharges: 1, jobId: 'held' }));
});

test('a refused request has a line, with the ids of its events once it is read; none that went well', () => {
  const requests = entries().filter(
    ({ message, route }) => message === 'request' && route === 'POST /v1/events',
  );
  expect(requests).toMatchObject([
    { status: 401, problem: 'unauthenticated' },
    {
      ...{ status: 409, problem: 'conflict' },
      events: [RETRACTION, ...UNRATED].map(({ source, id, subject }) => ({
        ...{ projectId: 'proj-1', jobId: subject, source, id },
      })),
    },
  ]);
});

test('the line of a write has its project', () => {
  const route = 'PUT /v1/projects/{projectId}/budgets/{name}';
  expect(entries()).toContainEqual(expect.objectContaining({ route, status: 201, projectId: 'proj-1' }));
});

test('an event of a platform that is not understood is logged with its job and the reason', () => {
  expect(entries()).toContainEqual(
    expect.objectContaining({
      ...{ level: 'WARN', message: 'an event was not translated', eventId: 'c8f9', resources: [ARN] },
      reason: 'status "RESTING" is not a known status',
    }),
  );
});

test('an event of a platform that is recorded has no line, not even of a number', () => {
  expect(recorded).toMatchObject({ recorded: 1, untranslated: [] });
  expect(entries().flatMap(({ UntranslatedEvents: number = [] }) => number)).toEqual([1]);
  expect(entries().filter(({ message }) => message === 'recorded')).toMatchObject([{ recorded: 0 }]);
});

test('a batch that was settled has no line but the numbers of what cannot be billed', () => {
  expect(stack.trigger.stats.handled).toBeGreaterThan(0);
  expect(entries().filter(({ message }) => message === 'settled')).toEqual([]);
});

test('an event out that is not delivered is logged with endpoint, event and reason', () => {
  const { endpointId } = endpoint;
  for (const type of ['job.unrated', 'job.held'])
    expect(entries()).toContainEqual(
      expect.objectContaining({
        ...{ level: 'WARN', message: 'not delivered', endpointId, reason: 'answered 500' },
        eventId: expect.stringMatching(`^${type}/proj-1/`),
      }),
    );
});

test('nothing that is logged has a secret, a token, a signature or a body', () => {
  const log = lines.join('\n');
  expect(log).toContain('"message":"request"');
  for (const secret of [
    ...SECRETS,
    ...SECRETS_OF_PROVIDER,
    ...[endpoint.secret, LOCAL_ENDPOINT_KEY, ANSWER_OF_CONSUMER],
    token,
    'v1,',
    'reported for the wrong job',
    'not-in-the-tariff',
    ...['hidden-team', 'hidden-person', '4711.00'],
  ])
    expect(log).not.toContain(secret);
});
