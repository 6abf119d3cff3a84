import type { Charge } from '../lib/shapes/charge.ts';
import type { Job, Transition } from '../lib/shapes/job.ts';

type Evidence = Charge['openedBy'];

/** Names an event within its job, as part of an address. */
export const eventKey = ({ source, id }: Pick<Evidence, 'source' | 'id'>): string => `${id}@${source}`;

/** A status a job was in, and for how long. */
export interface Stay {
  readonly transition: Transition;
  readonly key: string;
  /** Epoch milliseconds; `end` is absent for the status a job is in for good. */
  readonly start: number;
  readonly end?: number;
  /** Whether the tariff bills this status. */
  readonly isBillable: boolean;
  /** Which run of the job this is, from 1: a restart begins the next. */
  readonly attempt: number;
}

const ENDS: ReadonlySet<string> = new Set(['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED']);

/** Whether a job stays in a status until it is restarted, if ever. */
export const isEnd = (status: string): boolean => ENDS.has(status);

const within = (time: number, { start, end }: Job['intervals'][number]): boolean =>
  Date.parse(start) <= time && (end === undefined || time < Date.parse(end));

const endOf = (transition: Transition, next: Transition | undefined, now: number): { end?: number } => {
  if (next) return { end: Date.parse(next.time) };
  return isEnd(transition.status) ? {} : { end: Math.max(now, Date.parse(transition.time)) };
};

/** The statuses a job went through up to `now`, in order, without what was taken back. */
export const staysOf = ({ transitions, intervals }: Job, now: number): Stay[] => {
  const valid = transitions.filter(({ retracted }) => !retracted);
  let attempt = 1;
  return valid.map((transition, index) => {
    const start = Date.parse(transition.time);
    if (transition.status === 'RESTARTING') attempt += 1;
    return {
      transition,
      key: eventKey(transition),
      start,
      ...endOf(transition, valid[index + 1], now),
      isBillable: intervals.some((interval) => within(start, interval)),
      attempt,
    };
  });
};

/** The status an event said, by which a charge's evidence is read. */
export const statusOf = (job: Job, evidence: Evidence): string | undefined =>
  job.transitions.find((transition) => eventKey(transition) === eventKey(evidence))?.status;

/** The charges that an event opened or ended, by their place. */
export const chargesBy = (job: Job, key: string) => {
  const places = (cites: (charge: Charge) => boolean) =>
    job.charges.flatMap((charge, index) => (cites(charge) ? [index] : []));
  return {
    opened: places(({ openedBy }) => eventKey(openedBy) === key),
    ended: places(({ endedBy }) => endedBy.cause === 'fact' && eventKey(endedBy.fact) === key),
  };
};
