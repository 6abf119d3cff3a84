import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { askBeforeClose } from '../../lib/operations/poll/ask-before-close.ts';
import { pollProjects } from '../../lib/operations/poll/poll-projects.ts';
import { recordReported } from '../../lib/operations/record-reported.ts';
import type { OvhApi } from '../../lib/provider/ovh-api.ts';
import { createRandom } from '../random.ts';
import { createProviderApi } from './provider-api.ts';
import { createStage, type Stage } from './stage.ts';
import { type Story, TARIFFS, ticksOf } from './story.ts';

const MINUTE = 60_000;

export interface PlayOptions {
  readonly polling: boolean;
  readonly onProgress: (text: string) => void;
  readonly wrapApi: (api: OvhApi) => OvhApi;
}

/** The two steps that ask the provider, as their functions do them. */
const createPolling = ({ context, clock, settleWritten }: Stage, story: Story, api: OvhApi) => {
  const projects = story.projects.map((projectId) => ({ provider: projectId, projectId }));
  const known = new Set<string>();
  return {
    async poll() {
      await pollProjects(context, api, projects, { known });
      await settleWritten();
    },
    /** Tried again every minute, as the schedule of the close does. */
    async askUntilMayClose(month: string) {
      while (!(await askBeforeClose(context, api, projects, { month })).mayClose) clock.now += MINUTE;
      await settleWritten();
    },
  };
};

/** Plays a story on the real operations, and closes each month in time. */
export const play = async (story: Story, { polling, onProgress, wrapApi }: PlayOptions): Promise<Stage> => {
  const { seed, apiFailures, pageSize } = story.options;
  const stage = await createStage(story.start, TARIFFS);
  const { context, clock } = stage;
  const random = createRandom(seed + 1);
  const jobs = story.jobs.map(({ job }) => job);
  const api = createProviderApi({ jobs, now: () => clock.now, random, failures: apiFailures, pageSize });
  const provider = polling ? createPolling(stage, story, wrapApi(api)) : undefined;

  let next = 0;
  const deliverUntil = async (until: number) => {
    for (let sent = story.deliveries[next]; sent && sent.at <= until; sent = story.deliveries[++next]) {
      clock.now = Math.max(clock.now, sent.at);
      await recordReported(context.store, [sent.event], clock.now);
    }
    clock.now = Math.max(clock.now, until);
    await stage.settleWritten();
  };
  for (const { at, closes } of ticksOf(story)) {
    await deliverUntil(at);
    await provider?.poll();
    if (closes === undefined) continue;
    await provider?.askUntilMayClose(closes);
    await closeMonths(context, { month: closes });
    await stage.settleWritten();
    onProgress(`${polling ? 'with' : 'without'} polling: closed ${closes}`);
  }
  return stage;
};
