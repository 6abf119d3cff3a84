import type { Charge, HeldCharge } from '../../billing/charges.ts';
import type { JobRef } from '../../billing/facts.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { OutgoingEvent } from '../../store/outgoing-events.ts';
import type { BillingContext } from '../billing-context.ts';
import { eventsOfCharges, jobHeld, jobTopic } from './job-events.ts';
import { placeEvents } from './place-events.ts';
import { recordNew } from './record-new.ts';

/** The events to write with each charge. */
export type EventsOfCharges = ReadonlyMap<Charge, readonly OutgoingEvent[]>;

/** The events about charges to write that are not there yet. Reads nothing if there are none. */
export const newEventsOfCharges = async (
  { store, calendar, now }: BillingContext,
  job: JobRef,
  charges: readonly Charge[],
  tariffs: TariffBook,
): Promise<EventsOfCharges> => {
  const about = eventsOfCharges(charges, { tariffs, calendar }, now());
  if (about.size === 0) return new Map();
  const { events } = await store.readTopic(jobTopic(job));
  const placed = new Map(placeEvents(events, [...about.values()].flat()).map((event) => [event.id, event]));
  return new Map(
    [...about].map(([charge, found]) => [charge, found.flatMap(({ id }) => placed.get(id) ?? [])]),
  );
};

/** Records that a charge is held by now, with which nothing else is written. */
export const recordHeld = (context: BillingContext, charge: HeldCharge): Promise<void> =>
  recordNew(context, [jobHeld(charge, context.now())]);
