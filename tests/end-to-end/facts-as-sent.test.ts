import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { publishAwsPrices, readReported } from './aws-history.ts';
import { run } from './programs.ts';
import { type Access, postEvents, readPath, testSettings } from './stack.ts';
import { CPU, eventsOf, gpu, type JobEvent, latestEndedNovember, type Step } from './story.ts';

/** Printed with the test of the order; set SEED to send in the same order again. */
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const YEAR = latestEndedNovember(new Date());
const NOVEMBER = `${YEAR}-11`;
const DECEMBER = `${YEAR}-12`;
const on = (day: string, time: string) => `${NOVEMBER}-${day}T${time}Z`;

/** The same job with a source of its own. */
const fromSource = (source: string, events: readonly JobEvent[]): JobEvent[] =>
  events.map((event) => ({ ...event, source }));

/** Adds members to the data of one step, counted from 1. */
const stating = (step: number, members: object, events: readonly JobEvent[]): JobEvent[] =>
  events.map((event, index) =>
    index === step - 1 ? { ...event, data: { ...(event.data as object), ...members } } : event,
  );

/** Its stop has lost the fraction of its second, and is before its start. */
const STOP_BEFORE_START = eventsOf('stop-before-start', 'held', gpu(1), [
  ['QUEUED', on('05', '09:59:00')],
  ['INITIALIZING', on('05', '09:59:30')],
  ['PENDING', on('05', '10:00:00')],
  ['RUNNING', on('05', '10:00:05.400')],
  ['FAILED', on('05', '10:00:05')],
]);

const NO_GPU_STATED = eventsOf('no-gpu-stated', 'counts', { flavor: 'ai1-1-gpu', cpu: 13 }, [
  ['RUNNING', on('06', '08:00:00')],
  ['DONE', on('06', '09:00:00')],
]);
const CPUS_BESIDE_GPUS = eventsOf('cpus-beside-gpus', 'counts', { flavor: 'ai1-1-cpu', gpu: 2, cpu: 4 }, [
  ['RUNNING', on('06', '08:00:00')],
  ['DONE', on('06', '09:00:00')],
]);
const HALF_A_GPU = eventsOf('half-a-gpu', 'half', gpu(0.5), [
  ['RUNNING', on('06', '08:00:00')],
  ['DONE', on('06', '09:00:00')],
]);

const ACME = fromSource(
  'https://gra.example',
  eventsOf('1001', 'acme', gpu(1), [
    ['RUNNING', on('07', '08:00:00')],
    ['DONE', on('07', '09:00:00')],
  ]),
);
const GLOBEX = fromSource(
  'https://bhs.example',
  eventsOf('1001', 'globex', CPU, [
    ['RUNNING', on('07', '08:30:00')],
    ['FAILED', on('07', '10:30:00')],
  ]),
);

const RESTART_IN_A_SECOND: readonly Step[] = [
  ['RUNNING', on('08', '09:00:03')],
  ['FINALIZING', on('08', '10:00:03')],
  ['RESTARTING', on('08', '10:00:03')],
  ['QUEUED', on('08', '10:00:03')],
  ['INITIALIZING', on('08', '10:00:03')],
  ['PENDING', on('08', '10:00:03')],
  ['RUNNING', on('08', '10:00:03')],
  ['FINALIZING', on('08', '12:00:03')],
];
const restarted = (jobId: string) => eventsOf(jobId, 'restarts', gpu(1), RESTART_IN_A_SECOND);
const [SHUFFLED = []] = fc.sample(
  fc.shuffledSubarray(restarted('shuffled'), { minLength: RESTART_IN_A_SECOND.length }),
  { seed: SEED, numRuns: 1 },
);

const CPU_THEN_GPUS = stating(
  3,
  { resources: gpu(8) },
  eventsOf('cpu-then-gpus', 'moved', { flavor: 'ai1-1-cpu', cpu: 1 }, [
    ['RUNNING', on('09', '08:00:00')],
    ['RESTARTING', on('09', '09:00:00')],
    ['RUNNING', on('09', '09:05:00')],
    ['DONE', on('09', '11:05:00')],
  ]),
);
const GROWN_AND_SHRUNK = stating(
  2,
  { resources: gpu(4) },
  stating(
    3,
    { resources: gpu(2) },
    eventsOf('grown-and-shrunk', 'resized', gpu(1), [
      ['RUNNING', on('10', '08:00:00')],
      ['RUNNING', on('10', '09:00:00')],
      ['RUNNING', on('10', '10:00:00')],
      ['DONE', on('10', '11:00:00')],
    ]),
  ),
);

/** 30 days: two more than a run without a stop counts. */
const ALL_NOVEMBER = eventsOf('all-november', 'long', gpu(1), [
  ['RUNNING', on('01', '00:00:00')],
  ['DONE', `${DECEMBER}-01T00:00:00Z`],
]);

/** Without a stop: never heard of again, heard of once more, and with a timeout of its own. */
const SILENT = eventsOf('silent', 'silence', gpu(1), [['RUNNING', on('12', '08:00:00')]]);
const HEARD_AGAIN = eventsOf('heard-again', 'sign-of-life', gpu(1), [
  ['RUNNING', on('12', '08:00:00')],
  ['RUNNING', on('18', '08:00:00')],
]);
const TIMED = stating(
  1,
  { timeout: 'PT2H' },
  eventsOf('timed', 'timeout', gpu(1), [['RUNNING', on('12', '08:00:00')]]),
);

const LABELS = { team: 'vision', user: 'ana' };
const LABELLED = stating(
  2,
  { labels: { team: 'speech' } },
  stating(
    1,
    { labels: LABELS },
    eventsOf('labelled', 'labels', gpu(1), [
      ['RUNNING', on('11', '08:00:00')],
      ['DONE', on('11', '09:00:00')],
    ]),
  ),
);

interface Line {
  readonly flavor: string;
  readonly amount: string;
}

interface Usage {
  readonly total: string;
  readonly lines: readonly Line[];
}

interface Job {
  readonly cost: string;
  readonly warnings: readonly string[];
  readonly intervals: readonly { readonly minutes: number }[];
  readonly charges: readonly { readonly amountTimes60: string }[];
  readonly waitsFor?: readonly string[];
}

let stack: Stack;
let stage: Readonly<Record<string, string>>;
const logged: string[] = [];

const post = async (...events: readonly JobEvent[]) =>
  expect(await postEvents(stack.url, events)).toMatchObject({ status: 202 });

beforeAll(async () => {
  const settings = await testSettings();
  stack = await startStack({
    ...settings,
    environment: { POWERTOOLS_METRICS_DISABLED: 'false', PLATFORM_PROJECT_TAG: 'team' },
    onLog: (line) => logged.push(line),
  });
  stage = { DYNAMODB_PORT: String(settings.dynamoDbPort) };
  await post(
    ...STOP_BEFORE_START,
    ...[NO_GPU_STATED, CPUS_BESIDE_GPUS, HALF_A_GPU, ACME, GLOBEX].flat(),
    ...[CPU_THEN_GPUS, GROWN_AND_SHRUNK, ALL_NOVEMBER, LABELLED].flat(),
    ...[SILENT, HEARD_AGAIN, TIMED].flat(),
    ...restarted('in-order'),
  );
  for (const order of [restarted('reversed').reverse(), SHUFFLED])
    for (const event of order) await post(event);
  await stack.trigger.idle();
});

afterAll(async () => {
  await stack?.stop();
});

const read = async <Content>(path: string, access: Access = 'all') => {
  const answer = await readPath<Content>(stack.url, path, access);
  expect(answer, answer.text).toMatchObject({ status: 200 });
  return answer.body;
};
const readJob = (projectId: string, jobId: string) =>
  read<Job>(`/v1/projects/${projectId}/jobs/${jobId}`, [projectId]);
const readUsage = (projectId: string) =>
  read<Usage>(`/v1/projects/${projectId}/usage?month=${NOVEMBER}`, [projectId]);

describe('a run that was started 0.4 seconds after its stop', () => {
  const START = on('05', '10:00:05.400');
  const held = { from: START, cause: 'forbidden step' };

  test('is not charged: its job shows it as held from the start, with the reason', async () => {
    expect(await readJob('held', 'stop-before-start')).toMatchObject({
      status: 'RUNNING',
      cost: '0.00',
      intervals: [{ start: START, minutes: 0, held }],
      charges: [{ state: 'final', start: START, minutes: 0, amountTimes60: '0', held }],
      warnings: [
        `unexpected step from FAILED to RUNNING at ${START}`,
        expect.stringMatching(`^held from ${START}: it began to run after it had ended, so its start or`),
      ],
    });
  });

  test('is held in the usage of its project, and adds to no line', async () => {
    expect(await readUsage('held')).toMatchObject({
      total: '0.00',
      lines: [],
      running: { count: 0 },
      held: { count: 1, charges: [{ jobId: 'stop-before-start', minutes: 0, held }] },
    });
  });

  test('is counted in a metric with its job at once, before any audit', () => {
    const entries = logged.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const about = { projectId: 'held', jobId: 'stop-before-start', usageMonth: NOVEMBER };
    expect(entries).toContainEqual(expect.objectContaining({ HeldCharges: 1, ...about }));
  });
});

describe('a run without a stop', () => {
  test.each([
    ['silence', 'silent', '7 days of silence', 10_080, '324.24', '19', '08:00:00', 'maxSilence'],
    [
      'sign-of-life',
      'heard-again',
      '7 days after RUNNING again',
      18_720,
      '602.16',
      '25',
      '08:00:00',
      'maxSilence',
    ],
    ['timeout', 'timed', 'the timeout that the job states', 120, '3.86', '12', '10:00:00', 'timeout'],
  ])(
    'in the project %s (%s) counts up to %s',
    async (projectId, jobId, _, minutes, total, day, time, cause) => {
      const held = { from: on(day, `${time}.000`), cause };
      expect(await readJob(projectId, jobId)).toMatchObject({
        cost: total,
        intervals: [{ minutes, held }],
        charges: [{ minutes, endedBy: { cause: 'limit' }, held }],
        warnings: [expect.stringContaining(`held from ${held.from}: `)],
      });
      expect(await readUsage(projectId)).toMatchObject({
        total,
        lines: [{ minutes }],
        held: { count: 1, charges: [{ jobId, held }] },
      });
    },
  );

  test('is listed by `jobmeter held` until its stop is known, with what is at stake', async () => {
    const { code, stdout, stderr } = await run('cli/jobmeter.ts', ['held', '--json'], stage);
    expect(code, stderr).toBe(0);
    const { currency, jobs } = JSON.parse(stdout) as { currency: string; jobs: Record<string, string>[] };
    expect(currency).toBe('EUR');
    expect(jobs.map(({ projectId, jobId, since, cause }) => [projectId, jobId, since, cause])).toEqual([
      ['held', 'stop-before-start', on('05', '10:00:05.400'), 'forbidden step'],
      ['timeout', 'timed', on('12', '10:00:00.000'), 'timeout'],
      ['silence', 'silent', on('19', '08:00:00.000'), 'maxSilence'],
      ['sign-of-life', 'heard-again', on('25', '08:00:00.000'), 'maxSilence'],
    ]);
    for (const job of jobs) expect(job).toMatchObject({ flavor: 'ai1-1-gpu', atStakePerHour: '1.93' });
  });
});

describe('a flavor', () => {
  test('priced by GPU is unrated where the job states CPUs alone, with the reason', async () => {
    const job = await readJob('counts', 'no-gpu-stated');
    expect(job).toMatchObject({ cost: '0.00', charges: [{ minutes: 60, unit: 'gpu', amountTimes60: '0' }] });
    expect(job.waitsFor).toEqual(['a count of gpu']);
    for (const priced of ['units', 'unitMinutes', 'pricePerHour'])
      expect(job.charges[0]).not.toHaveProperty(priced);
    expect(job.warnings).toEqual([
      'no count of gpu yet: ai1-1-gpu is priced per gpu, and billed once the job states one',
    ]);
    expect(await readUsage('counts')).toMatchObject({
      unrated: { count: 1, charges: [{ jobId: 'no-gpu-stated', minutes: 60 }] },
    });
  });

  test('priced by CPU bills the CPUs of a job that states GPUs too: 4 for an hour are 0.12', async () => {
    expect(await readJob('counts', 'cpus-beside-gpus')).toMatchObject({
      cost: '0.12',
      charges: [{ unit: 'cpu', units: 4, unitMinutes: 240, amountTimes60: '7.2' }],
    });
    expect(await readUsage('counts')).toMatchObject({ total: '0.12', lines: [{ flavor: 'ai1-1-cpu' }] });
  });

  test('bills half a GPU for an hour as 0.965 exactly, and 0.97 on the line', async () => {
    expect(await readJob('half', 'half-a-gpu')).toMatchObject({
      cost: '0.97',
      charges: [{ minutes: 60, units: 0.5, unitMinutes: 30, amountTimes60: '57.9' }],
    });
    expect(await readUsage('half')).toMatchObject({
      total: '0.97',
      lines: [{ minutes: 60, unitMinutes: 30, pricePerHour: '1.93', amount: '0.97' }],
    });
  });
});

describe('jobs that SageMaker and Batch report to the bus, repeated and in any order', () => {
  let reported: readonly unknown[];
  beforeAll(async () => {
    await publishAwsPrices(stage);
    reported = (await Promise.all(['sagemaker', 'batch'].map((name) => readReported(name, NOVEMBER)))).flat();
    const [order = []] = fc.sample(fc.shuffledSubarray([...reported, ...reported], { minLength: 60 }), {
      ...{ seed: SEED, numRuns: 1 },
    });
    for (const event of [...order, ...reported]) await stack.invoke('record-platform-events', event);
    await stack.trigger.idle();
  });

  test(`are charged by their own times, in the project that their tag names (seed ${SEED})`, async () => {
    expect(await readJob('language', 'eu-west-1:train-llm-1')).toMatchObject({
      status: 'DONE',
      resources: { flavor: 'ml.p4d.24xlarge', node: 2 },
      labels: { name: 'train-llm-1', team: 'language', 'cost-center': '4711' },
      // 5 h 58 min 30.39 s of two instances at 30.
      charges: [{ start: on('05', '08:04:10.250'), minutes: 359, unitMinutes: 718 }],
      cost: '359.00',
      warnings: [],
    });
    expect(await readJob('vision', 'eu-west-1:train-vision-spot')).toMatchObject({
      status: 'DONE',
      charges: [
        { start: on('06', '20:03:00.000'), minutes: 120 },
        { start: on('06', '22:44:00.000'), minutes: 90 },
      ],
      cost: '21.00',
      warnings: [],
    });
    expect(await readJob('vision', '4c7599ae-0a82-49aa-ba5a-4727fcce14a8')).toMatchObject({
      status: 'DONE',
      resources: { flavor: 'gpu-spot', gpu: 2, cpu: 16 },
      charges: [
        { minutes: 91, unitMinutes: 182 },
        { minutes: 80, unitMinutes: 160 },
      ],
      cost: '5.70',
      warnings: [],
    });
  });

  test.each([
    ['language', '427.63', { 'ml.p4d.24xlarge': '419.00', gpu: '8.63' }],
    ['vision', '65.90', { 'ml.g5.12xlarge': '56.20', 'gpu-spot': '5.70', gpu: '4.00' }],
  ])('are the usage of the project %s: %s', async (projectId, total, amounts) => {
    const usage = await readUsage(projectId);
    expect(usage).toMatchObject({ total, held: { count: 0 }, unrated: { count: 0 } });
    expect(Object.fromEntries(usage.lines.map(({ flavor, amount }) => [flavor, amount]))).toEqual(amounts);
  });

  test('are known when they are reported again', async () => {
    for (const event of reported)
      expect(await stack.invoke('record-platform-events', event)).toMatchObject({
        ...{ recorded: 0, conflicts: 0, untranslated: [] },
      });
  });
});

describe('one job id in two projects', () => {
  const [acme, globex] = ['acme', 'globex'].map((id) => `/v1/projects/${id}/jobs/1001`);

  test('is two jobs, each read by its own token', async () => {
    expect(await read(acme ?? '', ['acme'])).toMatchObject({
      projectId: 'acme',
      jobId: '1001',
      status: 'DONE',
      resources: { flavor: 'ai1-1-gpu' },
      transitions: [{ source: 'https://gra.example' }, { source: 'https://gra.example' }],
      cost: '1.93',
      warnings: [],
    });
    expect(await read(globex ?? '', ['globex'])).toMatchObject({
      projectId: 'globex',
      jobId: '1001',
      status: 'FAILED',
      resources: { flavor: 'ai1-1-cpu' },
      transitions: [{ source: 'https://bhs.example' }, { source: 'https://bhs.example' }],
      cost: '0.12',
      warnings: [],
    });
  });

  test.each([
    [acme, 'globex'],
    [globex, 'acme'],
  ])('%s is 404 for the token of %s, like a project that does not exist', async (path = '', other) => {
    const [foreign, unknown] = await Promise.all(
      [path, '/v1/projects/unheard-of/jobs/1001'].map((of) => readPath(stack.url, of, [other])),
    );
    expect(foreign).toMatchObject({ status: 404 });
    expect(foreign?.text).toBe(unknown?.text);
  });

  test('is charged to each project by itself', async () => {
    expect(await readUsage('acme')).toMatchObject({ total: '1.93', lines: [{ flavor: 'ai1-1-gpu' }] });
    expect(await readUsage('globex')).toMatchObject({ total: '0.12', lines: [{ flavor: 'ai1-1-cpu' }] });
  });
});

describe('a restart within one second', () => {
  test.each(['in-order', 'reversed', 'shuffled'])(
    `ends one run and begins another, sent %s (seed ${SEED})`,
    async (jobId) => {
      const job = await readJob('restarts', jobId);
      expect(job).toMatchObject({
        status: 'FINALIZING',
        intervals: [
          { start: on('08', '09:00:03.000'), end: on('08', '10:00:03.000'), minutes: 60 },
          { start: on('08', '10:00:03.000'), end: on('08', '12:00:03.000'), minutes: 120 },
        ],
        transitions: RESTART_IN_A_SECOND.map(([status]) => ({ status })),
        // 3 hours at 1.93.
        cost: '5.79',
        warnings: [],
      });
    },
  );
});

describe('what a job runs on is billed from when it is stated:', () => {
  test('an hour on a CPU and, after a restart, two on 8 GPUs are 30.91', async () => {
    expect(await readJob('moved', 'cpu-then-gpus')).toMatchObject({
      cost: '30.91',
      resources: { flavor: 'ai1-1-gpu', gpu: 8 },
      charges: [
        { flavor: 'ai1-1-cpu', units: 1, minutes: 60, statedBy: { id: 'cpu-then-gpus-1' } },
        { flavor: 'ai1-1-gpu', units: 8, minutes: 120, statedBy: { id: 'cpu-then-gpus-3' } },
      ],
    });
    expect(await readUsage('moved')).toMatchObject({
      total: '30.91',
      lines: [
        { flavor: 'ai1-1-cpu', amount: '0.03' },
        { flavor: 'ai1-1-gpu', unitMinutes: 960, amount: '30.88' },
      ],
    });
  });

  test('an hour each on 1, 4 and 2 GPUs in one run are 13.51', async () => {
    const ended = { cause: 'resources change' };
    expect(await readJob('resized', 'grown-and-shrunk')).toMatchObject({
      cost: '13.51',
      intervals: [{ minutes: 180 }],
      charges: [
        { units: 1, minutes: 60, endedBy: ended },
        { units: 4, minutes: 60, endedBy: ended },
        { units: 2, minutes: 60, endedBy: { cause: 'fact', fact: { id: 'grown-and-shrunk-4' } } },
      ],
      warnings: [],
    });
    expect(await readUsage('resized')).toMatchObject({
      total: '13.51',
      lines: [{ minutes: 180, unitMinutes: 420, amount: '13.51' }],
    });
  });
});

test('a run of 30 days with a known stop is billed whole, and flagged', async () => {
  expect(await readJob('long', 'all-november')).toMatchObject({
    // 720 hours at 1.93.
    cost: '1389.60',
    intervals: [{ minutes: 43_200 }],
    charges: [{ minutes: 43_200, endedBy: { cause: 'fact' } }],
    warnings: [
      `the run from ${on('01', '00:00:00.000')} is longer than its limit (maxRunning), and billed whole`,
    ],
  });
  expect(await readUsage('long')).toMatchObject({ total: '1389.60', held: { count: 0 } });
});

test('labels are those stated first, and another statement is flagged', async () => {
  expect(await readJob('labels', 'labelled')).toMatchObject({
    labels: LABELS,
    charges: [{ labels: LABELS }],
    warnings: [`DONE at ${on('11', '09:00:00.000')} states other labels; those stated first are kept`],
  });
});

describe('once November is closed', () => {
  const statementOf = (projectId: string) => `/v1/projects/${projectId}/statements/${NOVEMBER}`;
  beforeAll(async () => {
    await stack.invoke('close-month', { month: NOVEMBER });
    await stack.trigger.idle();
  });

  test.each([
    ['counts', '0.12'],
    ['half', '0.97'],
    ['acme', '1.93'],
    ['globex', '0.12'],
    // Three jobs of 5.79.
    ['restarts', '17.37'],
    ['moved', '30.91'],
    ['resized', '13.51'],
    ['long', '1389.60'],
    ['silence', '324.24'],
    ['sign-of-life', '602.16'],
    ['timeout', '3.86'],
  ])('the statement of %s bills %s, as its usage said', async (projectId, total) => {
    const statement = await read<Usage>(statementOf(projectId), [projectId]);
    const usage = await readUsage(projectId);
    expect({ statement: statement.total, usage: usage.total }).toEqual({ statement: total, usage: total });
    expect(statement.lines.map(({ amount }) => amount)).toEqual(usage.lines.map(({ amount }) => amount));
  });

  test('what is held and what is unrated are on the statements, and are not billed', async () => {
    expect(await read(statementOf('held'), ['held'])).toMatchObject({
      total: '0.00',
      lines: [],
      held: { count: 1, charges: [{ jobId: 'stop-before-start', held: { cause: 'forbidden step' } }] },
    });
    expect(await read(statementOf('counts'), ['counts'])).toMatchObject({
      unrated: { count: 1, charges: [{ jobId: 'no-gpu-stated' }] },
    });
  });

  test('a stop that is reported late releases what was held', async () => {
    const [, stop] = eventsOf('silent', 'silence', gpu(1), [
      ['RUNNING', on('12', '08:00:00')],
      ['DONE', on('20', '08:00:00')],
    ]);
    await post(...(stop ? [stop] : []));
    await stack.trigger.idle();
    const job = await readJob('silence', 'silent');
    // 8 days at 1.93 an hour; the statement stays as it was.
    expect(job).toMatchObject({ cost: '370.56', intervals: [{ minutes: 11_520 }], warnings: [] });
    for (const charge of job.charges) expect(charge).not.toHaveProperty('held');
    expect(await readUsage('silence')).toMatchObject({ total: '370.56', held: { count: 0 } });
    expect(await read(statementOf('silence'), ['silence'])).toMatchObject({
      total: '324.24',
      held: { count: 1, charges: [{ jobId: 'silent', held: { cause: 'maxSilence' } }] },
    });
  });

  test('labels are on the billed charges, and in the Tags of FOCUS', async () => {
    expect(await read(`${statementOf('labels')}/charges`, ['labels'])).toMatchObject({
      charges: [{ jobId: 'labelled', labels: LABELS }],
    });
    const csv = await readPath(stack.url, `${statementOf('labels')}?format=csv`, ['labels']);
    const rows: Record<string, string>[] = parse(csv.text, { columns: true });
    expect(rows).toMatchObject([{ ResourceId: 'labelled', BilledCost: '1.93', ConsumedUnit: 'GPU-Minutes' }]);
    expect(JSON.parse(rows[0]?.Tags ?? '')).toEqual(LABELS);
  });
});
