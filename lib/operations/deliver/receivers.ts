import type { Endpoint } from '../../store/endpoints.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import type { Store } from '../../store/store.ts';
import { type OutgoingCloudEvent, toCloudEvent } from '../outgoing/to-cloud-event.ts';

/** How one attempt ended. It was delivered if there is no error. */
export interface SendOutcome {
  /** The HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** Why it was not delivered, for people. */
  readonly error?: string;
  readonly tookMs: number;
}

/** Sends an event to a configured endpoint. It does not reject. */
export type Send = (endpoint: Endpoint, event: OutgoingCloudEvent) => Promise<SendOutcome>;

/** The receiver of stops that is built in, known even where nothing is sent to it. */
export const PROVIDER = 'provider';

/** Where events go: a configured endpoint, or one that is built in. */
export interface Receiver {
  readonly endpointId: string;
  gets(event: OutgoingEvent): boolean;
  send(event: OutgoingEvent): Promise<SendOutcome>;
}

/** What delivery needs of its process. */
export interface DeliveryContext {
  readonly store: Store;
  now(): number;
  /** From 0 to 1. */
  jitter(): number;
  /** Events say where they come from: `urn:jobmeter:<stage>`. */
  readonly stage: string;
  /** Receivers beside the configured endpoints. */
  readonly builtIn?: readonly Receiver[];
}

/** Events from its creation on, of its types and project. */
export const isFor = (
  { types, projectId, createdAt }: Pick<Endpoint, 'types' | 'projectId' | 'createdAt'>,
  event: OutgoingEvent,
): boolean =>
  event.time >= createdAt &&
  (types === undefined || types.includes(event.type)) &&
  (projectId === undefined || event.projectId === projectId);

/** The endpoints that are not removed. */
export const readActiveEndpoints = async (store: Store): Promise<Endpoint[]> =>
  (await store.readEndpoints()).filter(({ removed }) => !removed);

/** All that receive events now. */
export const readReceivers = async (
  { store, stage, builtIn = [] }: DeliveryContext,
  send: Send,
): Promise<Receiver[]> => [
  ...(await readActiveEndpoints(store)).map((endpoint) => ({
    endpointId: endpoint.endpointId,
    gets: (event: OutgoingEvent) => isFor(endpoint, event),
    send: (event: OutgoingEvent) => send(endpoint, toCloudEvent(event, stage)),
  })),
  ...builtIn,
];
