import type { Transition } from '../../lib/billing/facts.ts';
import { commencedMinutes } from '../../lib/billing/minutes.ts';
import { fromMilli } from '../../lib/billing/money.ts';
import { type Meter, meterClient } from '../meter.ts';
import { openStage, type Stage } from '../stage.ts';

/** A table whose client is metered. */
export interface MeteredStage extends Stage {
  readonly meter: Meter;
}

export const openMeteredStage = async (tableName: string): Promise<MeteredStage> => {
  const { client } = await openStage(tableName);
  const meter = meterClient(client);
  return { tableName, client: meter.client, meter };
};

/** Unit minutes of a month by project. */
export type Sums = ReadonlyMap<string, number>;

/** A common alternative design, with its own table. Expects each event once and in order. */
export interface Peer {
  readonly name: string;
  readonly meter: Meter;
  /** Processes one event. */
  take(event: Transition): Promise<void>;
  /** Ends a month; returns the unit minutes of every project. */
  endMonth(month: string): Promise<Sums>;
}

/** The billed status, and the one that ends it in this workload. */
export const [START, STOP] = ['RUNNING', 'FINALIZING'];

/**
 * GPUs are priced where a job has any, otherwise CPUs: each flavor of the workload by its own unit.
 */
export const unitsOf = ({ resources }: Pick<Transition, 'resources'>): number =>
  fromMilli(resources?.milliUnits.gpu ?? resources?.milliUnits.cpu ?? 0);

export const unitMinutes = (start: Transition, stop: Transition): number =>
  commencedMinutes(start.time, stop.time) * unitsOf(start);

export const monthOf = ({ time }: Pick<Transition, 'time'>): string =>
  new Date(time).toISOString().slice(0, 7);

export const addTo = (sums: Map<string, number>, projectId: string, value: number): void => {
  sums.set(projectId, (sums.get(projectId) ?? 0) + value);
};
