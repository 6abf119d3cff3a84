import { readPollConfig } from '../lib/config/poll.ts';
import type { OvhApi, PolledProject } from '../lib/provider/ovh-api.ts';
import type { GlobalOptions } from './stage.ts';

export interface Provider {
  readonly api: OvhApi;
  readonly projects: readonly PolledProject[];
  /** What the provider calls a project. */
  idOf(projectId: string): string;
}

/** The provider's API and its configured projects; nothing without OVH_PROJECTS. */
export const connectProvider = async ({ stage }: GlobalOptions): Promise<Provider | undefined> => {
  const config = readPollConfig({ ...process.env, STAGE: stage });
  if (!config) return undefined;
  const { createOvhClient } = await import('../lib/provider/ovh-client.ts');
  const { projects } = config;
  return {
    api: createOvhClient(config),
    projects,
    idOf: (projectId) => projects.find((project) => project.projectId === projectId)?.provider ?? projectId,
  };
};
