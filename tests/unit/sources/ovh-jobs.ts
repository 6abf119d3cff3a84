import type { SourceOptions } from '../../../lib/sources/translator.ts';

// Jobs in the format of the provider's API, made up.

export const OPTIONS: SourceOptions = { project: { id: 'proj-1' }, timeZone: 'UTC' };

const HISTORY = [
  { state: 'QUEUED', date: '2026-11-03T09:30:02.708117Z' },
  { state: 'INITIALIZING', date: '2026-11-03T09:30:02.802995Z' },
  { state: 'PENDING', date: '2026-11-03T09:30:02.824278Z' },
  { state: 'RUNNING', date: '2026-11-03T09:31:09.327003Z' },
  { state: 'FINALIZING', date: '2026-11-03T10:12:39Z' },
  { state: 'DONE', date: '2026-11-03T10:12:41Z' },
];

/** The history up to a state. */
export const historyOf = (until: string) =>
  HISTORY.slice(0, HISTORY.findIndex(({ state }) => state === until) + 1);

interface Differing {
  readonly id?: unknown;
  readonly user?: unknown;
  readonly spec?: object;
  readonly resources?: object;
  readonly state?: unknown;
  readonly history?: unknown;
  readonly status?: object;
}

/** A job that is done, but for what differs. */
export const ovhJob = ({
  id = '3f1c2a52-0d0b-4a5e-9a55-6b1f4f0f7c11',
  user = 'user-AbC123',
  ...differing
}: Differing = {}) => ({
  ...{ id, createdAt: '2026-11-03T09:30:02.709449Z', updatedAt: '2026-11-03T10:12:41Z', user },
  spec: {
    ...{ name: 'train-a', image: 'ovhcom/ai-training-pytorch', region: 'GRA' },
    labels: { team: 'vision', 'ovh/id': id, 'ovh/type': 'job' },
    ...{ timeout: 604800, timeoutAutoRestart: false },
    resources: {
      ...{ flavor: 'h100-1-gpu', gpu: 2, cpu: 56, memory: 751619276800, gpuModel: 'H100' },
      ...differing.resources,
    },
    ...differing.spec,
  },
  status: {
    state: differing.state === undefined ? 'DONE' : differing.state,
    ...{ duration: 2489, exitCode: 0, info: { code: 'JOB_DONE', message: 'Job succeeded' } },
    history: differing.history ?? HISTORY,
    ...differing.status,
  },
});

type Place = (record: unknown, value: unknown) => void;

/** Every place of a JSON value, as a function that puts another value there. */
export function* placesOf(
  value: unknown,
  inside: (record: unknown) => unknown = (record) => record,
): Iterable<Place> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield (record, other) => {
      (inside(record) as Record<string, unknown>)[key] = other;
    };
    yield* placesOf(member, (record) => (inside(record) as Record<string, unknown>)[key]);
  }
}
