import type { OvhStops, PolledProject } from '../../provider/ovh-api.ts';
import { OVH_SOURCE } from '../../sources/ovh-source.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import { PROVIDER, type Receiver } from '../deliver/receivers.ts';

/** Which projects of the provider a job may be in: several may have the same id here. */
const placesOf = (
  projects: readonly PolledProject[],
  projectId: string | undefined,
): readonly PolledProject[] => projects.filter((project) => project.projectId === projectId);

const sourceOf = ({ data }: OutgoingEvent): unknown =>
  (data.openedBy as { readonly source?: unknown } | undefined)?.source;

export interface ProviderClock {
  now(): number;
  /** The billing month of an instant. */
  monthOf(time: number): string;
}

/**
 * The provider as a receiver of requested stops: it is called for jobs that come from its API, until
 * the month of the budget has ended. What became of a job is said by its events, not recorded here.
 */
export const createProviderReceiver = (
  api: OvhStops,
  projects: readonly PolledProject[],
  { now, monthOf }: ProviderClock,
): Receiver => ({
  endpointId: PROVIDER,

  gets: (event) =>
    event.type === 'job.stop.requested' &&
    sourceOf(event) === OVH_SOURCE &&
    event.data.month === monthOf(now()) &&
    placesOf(projects, event.projectId).length > 0,

  /** It does not reject. A job that is gone needs no stop. */
  async send(event) {
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
