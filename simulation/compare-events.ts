import { isDeepStrictEqual } from 'node:util';
import type { Charge, OpenCharge } from '../lib/billing/charges.ts';
import type { StatementSummary } from '../lib/billing/statement.ts';
import type { Tariff } from '../lib/billing/tariff.ts';
import { toCloudEvent } from '../lib/operations/outgoing/to-cloud-event.ts';
import { type OutgoingEvent, topicText } from '../lib/store/outgoing-events.ts';
import type { Differences } from './compare.ts';
import type { Consumer, Receipt } from './consumers.ts';

const iso = (time: number) => new Date(time).toISOString();

/** What events are about, once a run has ended. */
export interface Happened {
  /** The committed ones. */
  readonly statements: readonly StatementSummary[];
  readonly closedMonths: readonly string[];
  /** Every charge that was ever stored, for however short a time. */
  readonly charges: readonly Charge[];
  readonly tariffs: readonly Tariff[];
}

/** Whether the first minute of an open charge has no price, by all tariffs or by some. */
const isOpenUnrated = ({ resources }: OpenCharge, tariffs: readonly Tariff[]): 'maybe' | 'yes' => {
  if (!resources) return 'yes';
  const { flavor, milliUnits } = resources;
  const lacking = tariffs.filter(({ prices }) => {
    const price = prices[flavor];
    return !price || milliUnits[price.unit] === undefined || milliUnits[price.unit] === 0;
  });
  // Before the first tariff nothing has a price.
  return lacking.length === tariffs.length ? 'yes' : 'maybe';
};

const heldId = ({ projectId, jobId }: Charge, cause: string, from: number) =>
  `job.held/${projectId}/${jobId}/${cause}/${iso(from)}`;

const unratedId = ({ projectId, jobId, openedBy }: Exclude<Charge, { kind: 'void' }>) =>
  `job.unrated/${projectId}/${jobId}/${iso(openedBy.time)}`;

/** The ids that must be there, and those that may be: what an open charge is depends on when. */
const idsOf = ({ statements, closedMonths, charges, tariffs }: Happened) => {
  const must = new Set([
    ...statements.map(({ statementId }) => `statement.issued/${statementId}`),
    ...closedMonths.map((month) => `month.closed/${month}`),
  ]);
  const may = new Map<string, number>();
  for (const charge of charges) {
    if (charge.kind === 'void') continue;
    if (charge.kind === 'final') {
      if (charge.held) must.add(heldId(charge, charge.held.cause, charge.held.from));
      if (charge.pricePerHour === undefined && charge.minutes > 0) must.add(unratedId(charge));
      continue;
    }
    may.set(heldId(charge, charge.limit.cause, charge.limit.at), charge.limit.at);
    const unrated = isOpenUnrated(charge, tariffs);
    if (unrated === 'yes') must.add(unratedId(charge));
    else may.set(unratedId(charge), Number.NEGATIVE_INFINITY);
  }
  return { must, may };
};

/** One event by its id for all that has happened, and none for what never has (I9). */
export const compareEvents = (happened: Happened, events: readonly OutgoingEvent[]): Differences => {
  const { must, may } = idsOf(happened);
  const ids = events.map(({ id }) => id);
  const found = new Set(ids);
  return [
    ...[...must].filter((id) => !found.has(id)).map((id) => `event ${id}: there is none`),
    ...events
      .filter(({ id, time }) => !must.has(id) && time <= (may.get(id) ?? Number.POSITIVE_INFINITY))
      .map(({ id }) => `event ${id}: is about nothing that has happened`),
    ...ids
      .filter((id, index) => ids.indexOf(id) !== index)
      .map((id) => `event ${id}: there is more than one`),
  ];
};

const isFor = ({ projectId, types }: Consumer, event: OutgoingEvent): boolean =>
  (projectId === undefined || projectId === event.projectId) && (types?.includes(event.type) ?? true);

const comesBefore = (a: OutgoingEvent, b: OutgoingEvent): boolean =>
  topicText(a.topic) === topicText(b.topic) &&
  (a.sequence < b.sequence || (a.sequence === b.sequence && a.id < b.id));

/**
 * A consumer has each event of its own, always with the same content, and first after all that
 * precede it in its topic and were there when its delivery began.
 */
export const compareReceipts = (
  consumer: Consumer,
  events: readonly OutgoingEvent[],
  written: readonly OutgoingEvent[],
  receipts: readonly Receipt[],
): Differences => {
  const { endpointId } = consumer;
  const wanted = new Map(events.filter((event) => isFor(consumer, event)).map((event) => [event.id, event]));
  const received = new Set<string>();
  const wrong: string[] = [];
  for (const { event, known } of receipts.filter((receipt) => receipt.endpointId === endpointId)) {
    const stored = wanted.get(event.id);
    if (!stored || !isDeepStrictEqual(event, toCloudEvent(stored, 'simulated')))
      wrong.push(`event ${event.id}: ${endpointId} received ${JSON.stringify(event)}`);
    if (!stored || received.has(event.id)) continue;
    for (const { id } of written.slice(0, known).filter((other) => comesBefore(other, stored)))
      if (wanted.has(id) && !received.has(id))
        wrong.push(`event ${event.id}: ${endpointId} received it before ${id}`);
    received.add(event.id);
  }
  const missing = [...wanted.keys()].filter((id) => !received.has(id));
  return [...wrong, ...missing.map((id) => `event ${id}: ${endpointId} never received it`)];
};
