import { readPollConfig } from '../lib/config.ts';
import type { OvhApi } from '../lib/provider/ovh-api.ts';

/** The provider's API and a project as the provider calls it; undefined if none is configured. */
export const connectOvh = async (
  projectId: string,
  stage: string,
): Promise<{ readonly api: OvhApi; readonly project: string } | undefined> => {
  const config = readPollConfig({ ...process.env, STAGE: stage });
  if (!config) return undefined;
  const { createOvhClient } = await import('../lib/provider/ovh-client.ts');
  const { endpoint, credentials, projects } = config;
  const configured = projects.find((project) => project.projectId === projectId);
  return {
    api: createOvhClient({ endpoint, credentials, now: Date.now }),
    project: configured?.provider ?? projectId,
  };
};
