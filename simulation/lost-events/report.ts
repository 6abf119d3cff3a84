import type { FinalCharge } from '../../lib/billing/charges.ts';
import { formatMinor, parseMinor } from '../../lib/billing/money.ts';
import type { Statement } from '../../lib/billing/statement.ts';
import type { OvhApi } from '../../lib/provider/ovh-api.ts';
import { microsOf } from '../../local/ovh-stand-in/scripted-job.ts';
import { compareBills, type Differences } from '../compare.ts';
import { statementsOn } from '../judge.ts';
import type { Piece } from '../oracle.ts';
import { expectedSums } from '../traces/expected-bills.ts';
import { allOf, chargesOn, compareEachMonth, compareWithSilence, deliveredOf, piecesFor } from './judge.ts';
import { play } from './play.ts';
import type { Stage } from './stage.ts';
import { CURRENCY, createStory, type LostEvents, type Story } from './story.ts';
import type { SentJob } from './webhooks.ts';

/** What was billed, over all statements. */
export interface Billed {
  /** Decimal string. */
  readonly total: string;
  /** Runs that wait for a stop. */
  readonly held: number;
  /** State changes that are in no log. */
  readonly missing: number;
  /** Jobs that are billed other minutes than they used, and how many too many and too few. */
  readonly wrongJobs: number;
  readonly minutesTooMany: number;
  readonly minutesTooFew: number;
  readonly differences: Differences;
}

export interface LostEventsReport extends LostEvents {
  readonly months: readonly string[];
  readonly stateChanges: number;
  readonly lostChanges: number;
  readonly runs: number;
  /** Runs of whose end nothing was delivered. */
  readonly lostStops: number;
  readonly truth: { readonly total: string; readonly minutes: number };
  readonly withPolling: Billed;
  readonly withoutPolling: Billed;
}

const missingOf = async ({ context }: Stage, jobs: readonly SentJob[]): Promise<number> => {
  let missing = 0;
  for (const { job } of jobs) {
    const facts = await context.store.readFacts({ projectId: job.project, jobId: job.id });
    const known = new Set(
      facts.flatMap((fact) =>
        fact.kind === 'transition' ? [`${fact.status} ${fact.time * 1000 + (fact.nanos ?? 0) / 1000}`] : [],
      ),
    );
    missing += job.transitions.filter(({ state, date }) => !known.has(`${state} ${microsOf(date)}`)).length;
  }
  return missing;
};

const minutesByJob = (pieces: readonly (Piece | FinalCharge)[]) => {
  const minutes = new Map<string, number>();
  for (const piece of pieces)
    if (piece.pricePerHour !== undefined)
      minutes.set(piece.jobId, (minutes.get(piece.jobId) ?? 0) + piece.minutes);
  return minutes;
};

const describeBilled = async (
  stage: Stage,
  story: Story,
  truth: readonly Piece[],
  compare: (statements: readonly Statement[], charges: readonly FinalCharge[]) => Differences,
): Promise<Billed> => {
  const [statements, charges] = [await statementsOn(stage.table), await chargesOn(stage)];
  const [used, billed] = [
    minutesByJob(truth),
    minutesByJob(charges.filter(({ kind }) => kind === 'final') as never),
  ];
  const off = story.jobs.map(({ job: { id } }) => (billed.get(id) ?? 0) - (used.get(id) ?? 0));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    total: formatMinor(
      statements.reduce((total, statement) => total + parseMinor(statement.total), 0n),
      CURRENCY,
    ),
    held: charges.filter(({ held }) => held).length,
    missing: await missingOf(stage, story.jobs),
    wrongJobs: off.filter((minutes) => minutes !== 0).length,
    minutesTooMany: sum(off.filter((minutes) => minutes > 0)),
    minutesTooFew: Math.abs(sum(off.filter((minutes) => minutes < 0))),
    differences: compare(statements, charges),
  };
};

export interface SimulateOptions {
  readonly onProgress?: (text: string) => void;
  /** Replaces the provider's API, to test that a mistake is noticed. */
  readonly wrapApi?: (api: OvhApi) => OvhApi;
}

/**
 * Plays one story with and without polling. With it every statement must equal the truth; without
 * it what the delivered events say, up to the silence that the tariff allows.
 */
export const simulateLostEvents = async (
  options: LostEvents,
  { onProgress = () => {}, wrapApi = (api) => api }: SimulateOptions = {},
): Promise<LostEventsReport> => {
  const story = createStory(options);
  const { jobs, projects, months } = story;
  const truth = piecesFor(jobs, allOf);
  onProgress(`${jobs.length} jobs: the truth is known`);
  const withPolling = await describeBilled(
    await play(story, { polling: true, onProgress, wrapApi }),
    story,
    truth,
    (statements) => compareEachMonth(truth, statements, story),
  );
  const delivered = piecesFor(jobs, deliveredOf);
  const withoutPolling = await describeBilled(
    await play(story, { polling: false, onProgress, wrapApi }),
    story,
    truth,
    (statements, charges) => [
      ...compareBills(delivered, statements, CURRENCY),
      ...compareWithSilence(charges, jobs),
    ],
  );
  const sums = projects.map((project) =>
    expectedSums(
      truth.filter(({ projectId }) => projectId === project),
      CURRENCY,
      '9999-12',
    ),
  );
  return {
    ...options,
    months,
    stateChanges: jobs.reduce((sum, { job }) => sum + job.transitions.length, 0),
    lostChanges: jobs.reduce((sum, { lost }) => sum + lost.size, 0),
    runs: jobs.reduce((sum, sent) => sum + sent.runs, 0),
    lostStops: jobs.reduce((sum, sent) => sum + sent.lostStops, 0),
    truth: {
      total: formatMinor(
        sums.reduce((sum, { total }) => sum + parseMinor(total), 0n),
        CURRENCY,
      ),
      minutes: sums.reduce((sum, { minutes }) => sum + minutes, 0),
    },
    withPolling,
    withoutPolling,
  };
};
