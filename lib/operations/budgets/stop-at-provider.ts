import type { OvhStops, PolledProject } from '../../provider/ovh-api.ts';
import { OVH_SOURCE } from '../../sources/ovh-source.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import { PROVIDER } from '../deliver/receivers.ts';

/** Which projects of the provider a job may be in: several may have the same id here. */
const placesOf = (
  projects: readonly PolledProject[],
  projectId: string | undefined,
): readonly PolledProject[] => projects.filter((project) => project.projectId === projectId);

const sourceOf = ({ data }: OutgoingEvent): unknown =>
  (data.openedBy as { readonly source?: unknown } | undefined)?.source;

/**
 * The provider as a receiver of requested stops: it is called for jobs that come from its API. What
 * became of a job is not recorded here: its events say so, by the next poll or by themselves.
 */
export const createProviderReceiver = (
  api: OvhStops,
  projects: readonly PolledProject[],
  now: () => number,
) => ({
  endpointId: PROVIDER,

  gets: (event: OutgoingEvent): boolean =>
    event.type === 'job.stop.requested' &&
    sourceOf(event) === OVH_SOURCE &&
    placesOf(projects, event.projectId).length > 0,

  /** It does not reject. A job that is gone needs no stop. */
  async send(event: OutgoingEvent): Promise<{ readonly error?: string; readonly tookMs: number }> {
    const startedAt = now();
    const took = () => ({ tookMs: now() - startedAt });
    try {
      for (const { provider } of placesOf(projects, event.projectId))
        await api.stopJob(provider, event.subject);
      return took();
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error), ...took() };
    }
  },
});
