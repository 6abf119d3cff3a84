import type { OutgoingEvent } from '../../store/outgoing-events.ts';

/** An event whose place in its topic is not known yet. */
export type UnplacedEvent = Omit<OutgoingEvent, 'sequence'>;

/** The events of a topic that are not there yet, with their places after those that are. */
export const placeEvents = (
  found: readonly OutgoingEvent[],
  events: readonly UnplacedEvent[],
): OutgoingEvent[] => {
  const ids = new Set(found.map(({ id }) => id));
  return events
    .filter(({ id }) => !ids.has(id) && ids.add(id))
    .map((event, index) => ({ ...event, sequence: found.length + 1 + index }));
};
