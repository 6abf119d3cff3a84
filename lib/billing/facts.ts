import type { Status } from './statuses.ts';

/** What a job runs on. `cpu` and `gpu` are counts; a GPU flavor reports its CPUs too. */
export interface Resources {
  readonly flavor: string;
  readonly cpu: number;
  readonly gpu: number;
}

/** An event's identity within its job, for ever (CloudEvents `source` and `id`). */
export interface EventRef {
  readonly source: string;
  readonly id: string;
}

/** Job `jobId` entered `status` at `time`. */
export interface Transition extends EventRef {
  readonly kind: 'transition';
  readonly jobId: string;
  readonly projectId: string;
  readonly status: Status;
  /** Epoch milliseconds; finer digits of the event are cut off. */
  readonly time: number;
  readonly resources?: Resources;
}

/** An earlier transition of the same job was sent by mistake and is ignored from now on. */
export interface Retraction extends EventRef {
  readonly kind: 'retraction';
  readonly jobId: string;
  readonly projectId: string;
  readonly time: number;
  readonly retracts: EventRef;
  readonly reason: string;
}

/** `month` began while the job was still running. Written by the close. */
export interface Cutoff {
  readonly kind: 'cutoff';
  readonly jobId: string;
  /** YYYY-MM in the billing time zone. */
  readonly month: string;
}

/** A fact received as an event. */
export type ReportedFact = Transition | Retraction;

/** An entry of a job's log. The log only grows. */
export type Fact = ReportedFact | Cutoff;
