import type { TestStack } from './stack.ts';

/** The resources of the product page's examples, and others. */
export const CPU = { flavor: 'ai1-1-cpu', cpu: 2 };
export const gpu = (count: number) => ({ flavor: 'ai1-1-gpu', gpu: count, cpu: 13 * count });

export const SOURCE = 'https://gra.training.example';

export interface JobEvent {
  readonly subject: string;
  readonly id: string;
  readonly [attribute: string]: unknown;
}

export type Step = readonly [status: string, time: string];

/** What a job reports of itself, step by step; the resources with the first. */
export const eventsOf = (
  subject: string,
  projectId: string,
  resources: object,
  steps: readonly Step[],
): JobEvent[] =>
  steps.map(([status, time], index) => ({
    specversion: '1.0',
    type: 'training.job.status',
    source: SOURCE,
    id: `${subject}-${index + 1}`,
    subject,
    time,
    data: { projectId, status, ...(index === 0 && { resources }) },
  }));

/** Takes a step of a job back, counted from 1. */
export const retractionOf = (subject: string, projectId: string, step: number, time: string): JobEvent => ({
  specversion: '1.0',
  type: 'training.job.retraction',
  source: SOURCE,
  id: `${subject}-${step}-retracted`,
  subject,
  time,
  data: { projectId, source: SOURCE, id: `${subject}-${step}`, reason: 'reported for the wrong job' },
});

const MINUTE_MS = 60_000;

/** `time` so many minutes ago. */
export const minutesAgo = (minutes: number): string =>
  new Date(Date.now() - minutes * MINUTE_MS).toISOString();

/**
 * The latest year whose November has ended. Its 31 October is 396 days old at most, so its events
 * are still accepted, and both months can be closed.
 */
export const latestEndedNovember = (now: Date): number =>
  now.getUTCMonth() === 11 ? now.getUTCFullYear() : now.getUTCFullYear() - 1;

/** Posts events in batches as they are accepted, in the order given. */
export const sendAll = async (stack: TestStack, events: readonly JobEvent[]): Promise<string[]> => {
  const outcomes: string[] = [];
  for (let start = 0; start < events.length; start += 100) {
    const { status, text, body } = await stack.post(events.slice(start, start + 100));
    if (status !== 202) throw new Error(`${status}: ${text}`);
    outcomes.push(...(body as { results: { outcome: string }[] }).results.map(({ outcome }) => outcome));
  }
  await stack.settled();
  return outcomes;
};
