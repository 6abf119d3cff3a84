import { readLifecycle } from '../../billing/lifecycle.ts';
import { beginsRun, isFinal } from '../../billing/statuses.ts';
import type { OvhStops, PolledProject } from '../../provider/ovh-api.ts';
import { OVH_SOURCE } from '../../sources/ovh-source.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import type { Store } from '../../store/store.ts';
import { PROVIDER, type Receiver } from '../deliver/receivers.ts';

/** Which projects of the provider a job may be in: several may have the same id here. */
const placesOf = (
  projects: readonly PolledProject[],
  projectId: string | undefined,
): readonly PolledProject[] => projects.filter((project) => project.projectId === projectId);

const sourceOf = ({ data }: OutgoingEvent): unknown =>
  (data.openedBy as { readonly source?: unknown } | undefined)?.source;

/** Whether the run that is to stop has ended, or another one of its job has begun. */
export const isRunOver = async (
  store: Pick<Store, 'readFacts'>,
  { projectId = '', subject: jobId, data }: OutgoingEvent,
): Promise<boolean> => {
  const openedAt = Date.parse((data.openedBy as { readonly time: string }).time);
  const { transitions } = readLifecycle(await store.readFacts({ projectId, jobId }));
  return transitions.some(({ status, time }) => time > openedAt && (isFinal(status) || beginsRun(status)));
};

export interface ProviderContext {
  now(): number;
  /** The billing month of an instant. */
  monthOf(time: number): string;
  /** Whether the run that an event is about is over: a late request must not stop the next one. */
  isOver(event: OutgoingEvent): Promise<boolean>;
}

/**
 * The provider as a receiver of requested stops: it is called for jobs that come from its API, until
 * the month of the budget has ended. What became of a job is said by its events, not recorded here.
 */
export const createProviderReceiver = (
  api: OvhStops,
  projects: readonly PolledProject[],
  { now, monthOf, isOver }: ProviderContext,
): Receiver => ({
  endpointId: PROVIDER,

  gets: (event) =>
    event.type === 'job.stop.requested' &&
    sourceOf(event) === OVH_SOURCE &&
    event.data.month === monthOf(now()) &&
    placesOf(projects, event.projectId).length > 0,

  /**
   * It does not reject. A job that is gone, or whose run is over, needs no stop. A call that fails
   * in one place is not tried again once the job was stopped in another.
   */
  async send(event) {
    const startedAt = now();
    const took = () => ({ tookMs: now() - startedAt });
    try {
      if (await isOver(event)) return took();
      const calls = await Promise.allSettled(
        placesOf(projects, event.projectId).map(({ provider }) => api.stopJob(provider, event.subject)),
      );
      const failed = calls.find((call) => call.status === 'rejected');
      const isStopped = calls.some((call) => call.status === 'fulfilled' && call.value === 'requested');
      if (failed && !isStopped) throw failed.reason;
      return took();
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error), ...took() };
    }
  },
});
