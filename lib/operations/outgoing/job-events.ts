import {
  type Charge,
  type FinalCharge,
  type HeldCharge,
  isHeld,
  isUnrated,
  priceStart,
} from '../../billing/charges.ts';
import type { JobRef } from '../../billing/facts.ts';
import type { Calendar } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { OutgoingData } from '../../shapes/outgoing-event.ts';
import { isoTime } from '../public-shapes.ts';
import { WAITS_NAMED, waitsForView } from '../reads/waits-for.ts';
import type { UnplacedEvent } from './place-events.ts';

export const jobTopic = ({ projectId, jobId }: JobRef) => ({ kind: 'job', projectId, jobId }) as const;

/** Once for each cause and time from which a job is held. */
export const jobHeld = (charge: HeldCharge, now: number): UnplacedEvent => {
  const { projectId, jobId, flavor, usageMonth, held } = charge;
  const since = isoTime(held.from);
  const data: OutgoingData['job.held'] = {
    ...{ projectId, jobId, cause: held.cause, since, usageMonth },
    ...(flavor !== undefined && { flavor }),
  };
  return {
    id: `job.held/${projectId}/${jobId}/${held.cause}/${since}`,
    type: 'job.held',
    topic: jobTopic(charge),
    time: now,
    projectId,
    subject: jobId,
    data,
  };
};

/** Once for each run of a job. */
const jobUnrated = (charge: FinalCharge, unrated: readonly FinalCharge[], now: number): UnplacedEvent => {
  const { projectId, jobId, openedBy } = charge;
  const since = isoTime(openedBy.time);
  const { waitsFor = [] } = waitsForView(unrated);
  const data: OutgoingData['job.unrated'] = {
    ...{ projectId, jobId, since },
    waitsFor: waitsFor.slice(0, WAITS_NAMED),
  };
  return {
    id: `job.unrated/${projectId}/${jobId}/${since}`,
    type: 'job.unrated',
    topic: jobTopic(charge),
    time: now,
    projectId,
    subject: jobId,
    data,
  };
};

interface Pricing {
  readonly tariffs: TariffBook;
  readonly calendar: Calendar;
}

/** The events about each charge that is to be written: each of them once, with its first charge. */
export const eventsOfCharges = (
  charges: readonly Charge[],
  { tariffs, calendar }: Pricing,
  now: number,
): ReadonlyMap<Charge, readonly UnplacedEvent[]> => {
  const priced = charges.map((charge) => priceStart(charge, tariffs, calendar));
  const runs = Map.groupBy(priced.flat().filter(isUnrated), ({ openedBy }) => openedBy.time);
  /** With the first charge of each run. */
  const unrated = new Map<Charge, UnplacedEvent[]>();
  for (const run of runs.values()) if (run[0]) unrated.set(run[0], [jobUnrated(run[0], run, now)]);
  const known = new Set<string>();
  const events = charges.map((charge, index): [Charge, UnplacedEvent[]] => {
    const about = (priced[index] ?? []).flatMap((one) => [
      ...(isHeld(one) ? [jobHeld(one, now)] : []),
      ...(unrated.get(one) ?? []),
    ]);
    return [charge, about.filter(({ id }) => !known.has(id) && known.add(id))];
  });
  return new Map(events.filter(([, about]) => about.length > 0));
};
