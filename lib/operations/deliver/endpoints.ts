import { Refusal } from '../../refusal.ts';
import type { ActionName } from '../../shapes/operations.ts';
import type { Actor, LoggedAction } from '../../store/action-log.ts';
import type { Endpoint } from '../../store/endpoints.ts';
import type { OutgoingType } from '../../store/outgoing-events.ts';
import type { Store } from '../../store/store.ts';
import { logged } from '../log/logged.ts';
import { PROVIDER, readActiveEndpoints } from './receivers.ts';

/** Each gets every event out, so there are not many. */
const MAX_ENDPOINTS = 50;
/** Attempts to save what others save too. */
const MAX_RACES = 5;

/** What changing endpoints needs of its process. */
export interface EndpointContext {
  readonly store: Store;
  now(): number;
  newId(): string;
  /** Who changes them, for the log of actions. */
  readonly by: Actor;
}

/** An endpoint that is not removed, or a refusal. */
export const findEndpoint = async (store: Store, endpointId: string): Promise<Endpoint> => {
  const found = (await readActiveEndpoints(store)).find((one) => one.endpointId === endpointId);
  if (found) return found;
  throw new Refusal('not-found', `there is no endpoint ${endpointId}: jobmeter endpoint list shows them`);
};

/** The id of an endpoint or of a receiver that is built in, or a refusal. */
export const findReceiverId = async (store: Store, id: string): Promise<string> =>
  id === PROVIDER ? id : (await findEndpoint(store, id)).endpointId;

const actionOf = (
  context: EndpointContext,
  action: ActionName,
  { endpointId, projectId }: Pick<Endpoint, 'endpointId' | 'projectId'>,
  detail: string,
): LoggedAction =>
  logged(context, context.by, action, {
    ...(projectId !== undefined && { projectId }),
    ...{ target: endpointId, detail },
  });

export interface NewEndpoint {
  readonly url: string;
  readonly types?: readonly OutgoingType[];
  readonly projectId?: string;
}

/** Adds an endpoint, whose URL the caller has checked. It gets what happens from now on. */
export const addEndpoint = async (context: EndpointContext, added: NewEndpoint): Promise<Endpoint> => {
  const { store, now, newId } = context;
  const active = await readActiveEndpoints(store);
  if (active.length >= MAX_ENDPOINTS)
    throw new Refusal(
      'invalid',
      `there are ${MAX_ENDPOINTS} endpoints, the most a stage has: remove one first`,
    );
  const same = active.find(({ url, projectId }) => url === added.url && projectId === added.projectId);
  if (same)
    throw new Refusal(
      'conflict',
      `endpoint ${same.endpointId} has this URL: remove it first to change its types`,
    );
  const endpointId = `ep_${newId().replaceAll('-', '').slice(0, 12)}`;
  const endpoint = { endpointId, ...added, createdAt: now(), generation: 1, version: 1 };
  const saved = await store.saveEndpoint(
    endpoint,
    undefined,
    actionOf(
      context,
      'endpoint.added',
      endpoint,
      `${new URL(added.url).host}: ${added.types?.join(', ') ?? 'all types'}`,
    ),
  );
  if (saved) return endpoint;
  throw new Refusal('conflict', 'another endpoint has the same id: run the command again');
};

/** Saves a changed endpoint, and decides again if it was changed meanwhile. */
const change = async (
  context: EndpointContext,
  endpointId: string,
  [action, detail]: readonly [ActionName, string],
  decide: (read: Endpoint) => Endpoint,
): Promise<Endpoint> => {
  for (let races = 0; races < MAX_RACES; races += 1) {
    const read = await findEndpoint(context.store, endpointId);
    const changed = { ...decide(read), version: read.version + 1 };
    if (await context.store.saveEndpoint(changed, read, actionOf(context, action, read, detail)))
      return changed;
  }
  throw new Refusal('unavailable', `endpoint ${endpointId} is changed by others at the same time: try again`);
};

/** Nothing is sent there any more, not even what waits for it. */
export const removeEndpoint = (context: EndpointContext, endpointId: string): Promise<Endpoint> =>
  change(context, endpointId, ['endpoint.removed', 'removed'], (read) => ({ ...read, removed: true }));

/**
 * A new secret. The one before it signs too for `previousMs`; zero ends it at once. Refused while an
 * earlier one still does, unless all earlier ones are to end.
 */
export const rotateEndpoint = (
  context: EndpointContext,
  endpointId: string,
  previousMs: number,
): Promise<Endpoint> => {
  const detail = previousMs > 0 ? 'a new secret' : 'a new secret, the one before ended at once';
  return change(context, endpointId, ['endpoint.changed', detail], ({ previousUntil = 0, ...read }) => {
    const now = context.now();
    if (previousMs > 0 && previousUntil > now)
      throw new Refusal(
        'conflict',
        `the secret before the current one signs until ${new Date(previousUntil).toISOString()}: rotate after that, or with --now to end both`,
      );
    return {
      ...read,
      generation: read.generation + 1,
      ...(previousMs > 0 && { previousUntil: now + previousMs }),
    };
  });
};
