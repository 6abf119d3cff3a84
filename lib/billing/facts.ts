import type { Status } from './statuses.ts';

/** What a price may count. */
export const UNITS = ['gpu', 'cpu', 'node'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * What a job runs on. Counts are in thousandths, so that half a GPU is exact; a count of zero is
 * absent.
 */
export interface Resources {
  readonly flavor: string;
  readonly milliUnits: Readonly<Partial<Record<Unit, number>>>;
}

/** Names of a sender's own choice by which usage is grouped. They never change a price. */
export type Labels = Readonly<Record<string, string>>;

/** A job: its id is one within its project, so equal ids of two projects are two jobs. */
export interface JobRef {
  readonly projectId: string;
  readonly jobId: string;
}

/** An event's identity within its job, for ever (CloudEvents `source` and `id`). */
export interface EventRef {
  readonly source: string;
  readonly id: string;
}

export const isSameEvent = (a: EventRef, b: EventRef | undefined): boolean =>
  a.source === b?.source && a.id === b.id;

/** An event with its time: enough to check a charge's minutes by hand (I8). */
export interface Evidence extends EventRef {
  /** Epoch milliseconds. */
  readonly time: number;
}

/** Job `jobId` entered `status` at `time`. */
export interface Transition extends EventRef, JobRef {
  readonly kind: 'transition';
  readonly status: Status;
  /** Epoch milliseconds: what minutes are counted in. */
  readonly time: number;
  /**
   * Nanoseconds of the event's time within its millisecond, for the order alone; absent if zero.
   */
  readonly nanos?: number;
  readonly resources?: Resources;
  readonly labels?: Labels;
  /** The longest run that the platform allows the job. */
  readonly timeoutMs?: number;
}

/**
 * Takes an earlier transition of the same job back: it was sent by mistake and is ignored from now
 * on.
 */
export interface Retraction extends EventRef, JobRef {
  readonly kind: 'retraction';
  readonly time: number;
  readonly retracts: EventRef;
  readonly reason: string;
}

/** `month` began while the job was still running. Written by the close. */
export interface Cutoff extends JobRef {
  readonly kind: 'cutoff';
  /** YYYY-MM in the billing time zone. */
  readonly month: string;
}

/** A fact from outside, reported as an event. */
export type ReportedFact = Transition | Retraction;

/** An entry of a job's log. The log only grows. */
export type Fact = ReportedFact | Cutoff;
