import type { deliverTopics } from '../../../lib/operations/deliver/deliver-topic.ts';
import { type DeliveryContext, readReceivers } from '../../../lib/operations/deliver/receivers.ts';
import { FAILING } from '../../../lib/store/keys.ts';
import type { OutgoingEvent, Topic } from '../../../lib/store/outgoing-events.ts';
import type { Store } from '../../../lib/store/store.ts';
import type { Put } from '../../../lib/store/table.ts';
import { isOutgoing } from '../../../simulation/observe.ts';
import type { Rules } from '../../../simulation/world.ts';

/** Rules of events out (I9) that are broken one by one. */

type Writes = Pick<Store, 'writeCharges' | 'commitStatement' | 'closeMonth'>;

/** The three writes that have events, each with a change of how both are written. */
const withEvents = (
  around: <T>(
    write: (events: readonly OutgoingEvent[]) => Promise<T>,
    events: readonly OutgoingEvent[],
    record: Store['recordOutgoing'],
    newId: () => string,
  ) => Promise<T>,
): Rules => ({
  context: (context) => {
    const { store, newId } = context;
    const writes: Writes = {
      writeCharges: (charges, versions, events = [], over) =>
        around(
          (own) => store.writeCharges(charges, versions, own, over),
          events,
          store.recordOutgoing,
          newId,
        ),
      commitStatement: (statement, index, { events = [], ...others } = {}) =>
        around(
          (own) => store.commitStatement(statement, index, { ...others, events: own }),
          events,
          store.recordOutgoing,
          newId,
        ),
      closeMonth: (month, closedAt, events = []) =>
        around((own) => store.closeMonth(month, closedAt, own), events, store.recordOutgoing, newId),
    };
    return { ...context, store: { ...store, ...writes } };
  },
});

export const eventsFollowLater = withEvents(async (write, events, record) => {
  const written = await write([]);
  if (written !== false) for (const event of events) await record(event);
  return written;
});

export const eventsComeFirst = withEvents(async (write, events, record) => {
  for (const event of events) await record(event);
  return write([]);
});

export const idsDoNotFollow = withEvents((write, events, _, newId) =>
  write(events.map((event) => ({ ...event, id: `${event.type}/${newId()}` }))),
);

const withoutCondition = (put: Put): Put => (isOutgoing(put.item) ? { item: put.item } : put);

export const eventsAreNotConditional: Rules = {
  table: (table) => ({
    ...table,
    put: (put) => table.put(withoutCondition(put)),
    putTogether: (puts) => table.putTogether(puts.map(withoutCondition)),
  }),
};

type Pending = Readonly<Record<'endpointId', string>> & {
  readonly event: OutgoingEvent;
  send(): Promise<boolean>;
};

/** A delivery of each topic by a rule of its own; topics of which it gives false are lost. */
const deliverBy =
  (rule: (context: DeliveryContext, pending: readonly Pending[]) => Promise<boolean>): typeof deliverTopics =>
  async (context, topics, send) => {
    const receivers = await readReceivers(context, send);
    const lost: Topic[] = [];
    for (const topic of topics) {
      const { events, isDelivered } = await context.store.readTopic(topic);
      for (const { endpointId, gets, send: sendTo } of receivers) {
        const pending = events
          .filter((event) => gets(event) && !isDelivered(endpointId, event.id))
          .map((event) => ({
            ...{ endpointId, event },
            send: async () => (await sendTo(event)).error === undefined,
          }));
        if (!(await rule(context, pending))) lost.push(topic);
      }
    }
    return { lost };
  };

export const deliveriesAreMarkedFirst: Rules = {
  deliverTopics: deliverBy(async ({ store, now }, pending) => {
    for (const { endpointId, event, send } of pending) {
      await store.markDelivered(endpointId, event, now());
      if (!(await send())) return false;
    }
    return true;
  }),
};

export const deliveriesHaveNoOrder: Rules = {
  deliverTopics: deliverBy(async ({ store, now }, pending) => {
    let all = true;
    for (const { endpointId, event, send } of pending) {
      const isSent = await send();
      if (isSent) await store.markDelivered(endpointId, event, now());
      all &&= isSent;
    }
    return all;
  }),
};

/** A failure is not saved, so that no retry finds it. */
export const failuresAreForgotten: Rules = {
  context: (context) => ({ ...context, store: { ...context.store, saveFailing: async () => true } }),
};

/** What has failed is over, though another process has left an event to it meanwhile. */
export const failuresEndUnseen: Rules = {
  table: (table) => ({
    ...table,
    delete: (key, condition) =>
      table.delete(key, key.pk === FAILING ? { kind: 'unchanged', from: { pk: FAILING } } : condition),
  }),
};
