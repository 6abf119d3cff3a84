import { readPollConfig } from '../lib/config.ts';
import type { OvhApi, PolledProject } from '../lib/provider/ovh-api.ts';
import type { GlobalOptions } from './stage.ts';

/** Half of fair use: the schedule of the stage may poll meanwhile. */
export const CALL_EVERY_MS = 2_000;

/** The provider's API and its configured projects; nothing without OVH_PROJECTS. */
export const connectProvider = async (
  { stage }: GlobalOptions,
  now: () => number,
): Promise<{ readonly api: OvhApi; readonly projects: readonly PolledProject[] } | undefined> => {
  const config = readPollConfig({ ...process.env, STAGE: stage });
  if (!config) return undefined;
  const { createOvhClient } = await import('../lib/provider/ovh-client.ts');
  return { api: createOvhClient({ ...config, now }), projects: config.projects };
};
