import fc from 'fast-check';
import type { ReportedFact, Resources, Transition } from '../../../lib/billing/facts.ts';
import type { Tariff } from '../../../lib/billing/tariff.ts';
import { readStatement, readStatementCharges } from '../../../lib/operations/reads/read-statements.ts';
import { parseStatementFiles } from '../../../lib/operations/verify/statement-files.ts';
import { type Verification, verifyStatement } from '../../../lib/operations/verify/verify.ts';
import { oneCpu, pricesOf } from '../billing/builders.ts';
import { at, createWorld, retraction, status, TARIFF, TWO_CPUS, TWO_GPUS, type World } from './world.ts';

export const run = (
  jobId: string,
  from: string,
  to: string,
  said: Partial<Pick<Transition, 'projectId' | 'resources' | 'labels'>> = { resources: TWO_GPUS },
): ReportedFact[] => [status(jobId, 'RUNNING', from, said), status(jobId, 'DONE', to, said)];

const NO_PRICE: Resources = { flavor: 'not-priced', milliUnits: { cpu: 1_000, gpu: 1_000 } };

/** Priced per GPU, and the job states none. */
const NO_COUNT: Resources = { flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000 } };

const HALF_A_GPU: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500, cpu: 6_500 } };

/** From the middle of October on CPUs cost more. */
const DEARER: Tariff = {
  ...TARIFF,
  effectiveFrom: at('2026-10-15T12:00:20Z'),
  prices: { ...TARIFF.prices, ...pricesOf({ 'ai1-1-cpu': '0.04' }) },
};

/** Ids that sort otherwise than they look: some are the beginning of others. */
const ODD_IDS = ['A', 'a', 'a-1', 'a-10', 'a.b', 'a:b', 'a_b', 'a0', 'b'];

/**
 * September and October in Paris with the end of summer time, both closed. October has usage,
 * corrections both ways, every end of a charge, labels, unrated and held time, and reversals.
 */
export const createStory = async (): Promise<World> => {
  const world = await createWorld({
    now: '2026-09-30T21:00:00Z',
    timeZone: 'Europe/Paris',
    tariffs: [TARIFF, DEARER],
  });
  const mistaken = status('mistaken', 'RUNNING', '2026-09-04T08:00:00Z');
  await world.tell(
    mistaken,
    status('mistaken', 'DONE', '2026-09-04T13:00:00Z'),
    ...run('longer', '2026-09-05T08:00:00Z', '2026-09-05T09:00:30Z'),
    ...run('other-flavor', '2026-09-05T08:00:00Z', '2026-09-05T09:00:30Z'),
    status('over-the-end', 'RUNNING', '2026-09-30T20:00:30Z'),
    status('no-price', 'RUNNING', '2026-09-06T08:00:00Z', { resources: NO_PRICE }),
    ...run('elsewhere', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z', {
      projectId: 'proj-2',
      resources: TWO_GPUS,
    }),
  );
  await world.closeAt('2026-09-30T22:30:00Z');
  world.setClock('2026-10-31T20:00:00Z');
  await world.tell(
    retraction(mistaken, '2026-10-02T00:00:00Z'),
    status('longer', 'RUNNING', '2026-09-05T07:00:00Z'),
    status('other-flavor', 'RUNNING', '2026-09-05T08:00:00Z', { id: 'restated', resources: TWO_CPUS }),
    status('over-the-end', 'DONE', '2026-10-01T03:00:00Z'),
    status('into-november', 'RUNNING', '2026-10-31T19:00:30Z'),
    status('no-price', 'DONE', '2026-10-01T08:00:00Z'),
    status('stop-lost', 'RUNNING', '2026-10-01T08:00:15.500Z', { resources: TWO_CPUS }),
    ...run('winter-time', '2026-10-14T08:00:00Z', '2026-10-26T08:00:00.001Z', { resources: TWO_CPUS }),
    ...run('labelled', '2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z', {
      resources: HALF_A_GPU,
      labels: { 10: 'ten', 2: 'two', team: 'vision' },
    }),
    status('growing', 'RUNNING', '2026-10-07T08:00:00Z', { resources: TWO_CPUS }),
    ...run('growing', '2026-10-07T08:10:30Z', '2026-10-07T08:20:00Z', { resources: oneCpu }),
    status('no-count', 'RUNNING', '2026-10-08T08:00:00Z', { resources: NO_COUNT }),
    status('no-count', 'DONE', '2026-10-08T08:10:00Z', {}),
    ...run('ended-twice', '2026-10-09T08:00:00Z', '2026-10-09T09:00:00Z'),
    status('ended-twice', 'RUNNING', '2026-10-09T10:00:00Z'),
    ...ODD_IDS.flatMap((jobId) => run(jobId, '2026-10-05T08:00:00Z', '2026-10-05T08:07:00Z')),
    ...run('a', '2026-10-05T09:00:00Z', '2026-10-05T09:07:00Z'),
    ...run('elsewhere', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
      projectId: 'proj-2',
      resources: TWO_GPUS,
    }),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  return world;
};

/** A statement and its charges as a caller gets them, free to be edited. */
export interface Papers {
  statement: Awaited<ReturnType<typeof readStatement>>;
  page: Awaited<ReturnType<typeof readStatementCharges>>;
}

export const readPapers = async (world: World, projectId: string, month: string): Promise<Papers> => {
  const context = await world.open();
  return structuredClone({
    statement: await readStatement(context, projectId, month),
    page: await readStatementCharges(context, projectId, month, { limit: 1000 }),
  });
};

/** Every stored statement with its charges. */
export const allPapers = async (world: World): Promise<Papers[]> =>
  Promise.all(
    (await world.items('STATEMENT')).map(({ projectId, month }) =>
      readPapers(world, String(projectId), String(month)),
    ),
  );

export const verifyFiles = (...documents: unknown[]): Verification =>
  verifyStatement(
    parseStatementFiles(
      documents.map((document, index) => ({ name: `file-${index}`, content: JSON.stringify(document) })),
    ),
  );

export const verifyPapers = ({ statement, page }: Papers): Verification => verifyFiles(statement, page);

const anyTransition = fc.record({
  jobId: fc.constantFrom('job-1', 'job-2', 'job-10'),
  entered: fc.constantFrom('QUEUED' as const, 'RUNNING' as const, 'RUNNING' as const, 'DONE' as const),
  projectId: fc.constantFrom('proj-1', 'proj-1', 'proj-2'),
  resources: fc.constantFrom(TWO_GPUS, TWO_CPUS, oneCpu, HALF_A_GPU, NO_COUNT, NO_PRICE),
  /** How long before the month it arrives in ends. */
  hoursAgo: fc.integer({ min: 0, max: 24 * 75 }),
  ms: fc.constantFrom(0, 1, 59_999, 1_234_567),
  labels: fc.constantFrom(undefined, undefined, { 10: 'ten', 2: 'two', team: 'vision' }, { user: 'ana' }),
  takenBack: fc.boolean(),
});

/** What arrives in each of three months, in a zone, under tariffs that change price and limits. */
export const anyStory = fc.record({
  timeZone: fc.constantFrom('UTC', 'Europe/Paris'),
  currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  maxRunningMs: fc.constantFrom(3_600_000, 26 * 3_600_000, 28 * 86_400_000),
  maxSilenceMs: fc.constantFrom(1_800_000, 7 * 86_400_000),
  arrivals: fc.array(fc.array(anyTransition, { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
});

const MONTH_ENDS = ['2026-10-01', '2026-11-01', '2026-12-01'];

type Story = typeof anyStory extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** Plays a story to its end: three months, each closed by `close`. */
export const playStory = async (
  { timeZone, currency, maxRunningMs, maxSilenceMs, arrivals }: Story,
  close: (world: World) => Promise<unknown> = (world) => world.close(),
): Promise<World> => {
  const tariffs = [TARIFF, DEARER].map((tariff) => ({ ...tariff, currency, maxRunningMs, maxSilenceMs }));
  const world = await createWorld({ now: '2026-09-01T00:00:00Z', timeZone, currency, tariffs });
  for (const [month, day] of MONTH_ENDS.entries()) {
    const monthEnd = at(`${day}T00:00:00Z`);
    world.clock.now = monthEnd - 7_200_000;
    for (const [index, arrival] of (arrivals[month] ?? []).entries()) {
      const { jobId, entered, projectId, resources, labels, hoursAgo, ms, takenBack } = arrival;
      const time = new Date(monthEnd - 9_000_000 - hoursAgo * 3_600_000 + ms).toISOString();
      const said = { id: `e-${month}-${index}`, projectId, resources, ...(labels && { labels }) };
      const fact = status(jobId, entered, time, said);
      await world.tell(fact);
      if (takenBack) await world.tell(retraction(fact, time));
    }
    world.clock.now = monthEnd + 7_200_000;
    await close(world);
  }
  return world;
};
