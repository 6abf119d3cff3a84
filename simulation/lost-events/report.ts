import type { OvhApi } from '../../lib/provider/ovh-api.ts';
import { compareBills } from '../compare.ts';
import type { Piece } from '../oracle.ts';
import { expectedSums } from '../traces/expected-bills.ts';
import { type Billed, describeBilled, sumOf, totalOf } from './billed.ts';
import { allOf, compareEachMonth, compareWithSilence, deliveredOf, piecesFor } from './judge.ts';
import { type PlayOptions, play } from './play.ts';
import { CURRENCY, createStory, type LostEvents, type Story } from './story.ts';

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

export interface SimulateOptions {
  readonly onProgress?: (text: string) => void;
  /** Replaces the provider's API, to test that a mistake is noticed. */
  readonly wrapApi?: (api: OvhApi) => OvhApi;
}

type Playing = Omit<PlayOptions, 'polling'>;

/** Each statement equals the truth, and nothing is held: every job ends before the last close. */
const playWithPolling = async (story: Story, truth: readonly Piece[], playing: Playing): Promise<Billed> =>
  describeBilled(await play(story, { ...playing, polling: true }), story, truth, (statements, charges) => [
    ...compareEachMonth(truth, statements, story),
    ...charges.flatMap(({ jobId, held }) => (held ? [`${jobId} is held: ${held.cause}`] : [])),
  ]);

/** What the delivered events say is billed, up to the silence that the tariff allows. */
const playWithoutPolling = async (story: Story, truth: readonly Piece[], playing: Playing): Promise<Billed> =>
  describeBilled(await play(story, { ...playing, polling: false }), story, truth, (statements, charges) => [
    ...compareBills(piecesFor(story.jobs, deliveredOf), statements, CURRENCY),
    ...compareWithSilence(charges, story.jobs),
  ]);

const describeTruth = (truth: readonly Piece[], { projects }: Story): LostEventsReport['truth'] => {
  const sums = projects.map((project) =>
    expectedSums(
      truth.filter(({ projectId }) => projectId === project),
      CURRENCY,
      '9999-12',
    ),
  );
  return {
    total: totalOf(sums.map(({ total }) => total)),
    minutes: sumOf(sums.map(({ minutes }) => minutes)),
  };
};

/** Plays one story with and without polling, and compares both with what must be billed. */
export const simulateLostEvents = async (
  options: LostEvents,
  { onProgress = () => {}, wrapApi = (api) => api }: SimulateOptions = {},
): Promise<LostEventsReport> => {
  const story = createStory(options);
  const { jobs, months } = story;
  const truth = piecesFor(jobs, allOf);
  onProgress(`${jobs.length} jobs: the truth is known`);
  return {
    ...options,
    months,
    stateChanges: sumOf(jobs.map(({ job }) => job.transitions.length)),
    lostChanges: sumOf(jobs.map(({ lost }) => lost.size)),
    runs: sumOf(jobs.map(({ runs }) => runs)),
    lostStops: sumOf(jobs.map(({ lostStops }) => lostStops)),
    truth: describeTruth(truth, story),
    withPolling: await playWithPolling(story, truth, { onProgress, wrapApi }),
    withoutPolling: await playWithoutPolling(story, truth, { onProgress, wrapApi }),
  };
};
