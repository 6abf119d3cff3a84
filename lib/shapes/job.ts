import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { Charge } from './charge.ts';
import {
  count,
  currency,
  eventName,
  id,
  list,
  money,
  object,
  onlyTrue,
  time,
  total,
  words,
} from './members.ts';

export const JobResources = object('The resources a job runs on.', {
  flavor: id('The flavor, which has a price in the tariff.'),
  gpu: count('Number of GPUs. They are billed if there are any, else the CPUs.'),
  cpu: count('Number of CPUs.'),
});

export const Transition = object('A job entered a status.', {
  source: eventName('The source that reported it.'),
  id: eventName('Its id within the source.'),
  status: v.pipe(v.picklist(STATUSES), v.description('The status entered.')),
  time: time('When it occurred'),
  projectId: id('The project the event names.'),
  resources: v.exactOptional(v.pipe(JobResources, v.description('If the event states them.'))),
  retracted: v.exactOptional(onlyTrue('It was retracted and is ignored.')),
});
export type Transition = v.InferOutput<typeof Transition>;

export const Retraction = object('The retraction of an event that was sent by mistake.', {
  source: eventName('The source that sent the retraction.'),
  id: eventName('Its id within the source.'),
  time: time('When the event was retracted'),
  retracts: object('The retracted event.', {
    source: eventName('The source that reported it.'),
    id: eventName('Its id within the source.'),
  }),
  reason: words('The reason given.'),
});

export const Interval = object('Billable time without a break.', {
  start: time('When it started'),
  end: v.exactOptional(time('When it ended. Absent while it is open')),
  minutes: total('Commenced minutes, so far and up to the limit of the tariff.'),
  heldFrom: v.exactOptional(time('When the limit of the tariff is reached, if the interval is longer')),
});

export const Job = object('A job with its events, intervals and charges.', {
  jobId: id('The job.'),
  projectId: id('The project of its earliest transition.'),
  status: v.exactOptional(
    v.pipe(
      v.picklist(STATUSES),
      v.description('The latest status. Absent if every transition is retracted.'),
    ),
  ),
  resources: v.exactOptional(
    v.pipe(
      JobResources,
      v.description('The billed resources: those of the earliest transition that states any.'),
    ),
  ),
  transitions: list(Transition, 'In the order they occurred; the retracted ones last.'),
  retractions: list(Retraction, 'The retractions.'),
  intervals: list(Interval, 'Billable time.'),
  charges: list(Charge, 'The charges of the intervals, oldest first.'),
  cost: money('Exact cost of all charges up to `asOf`, rounded once'),
  currency: currency(),
  asOf: time('When this was read'),
  warnings: list(
    v.string(),
    "Irregularities in the job's events, which are billed by the rules nevertheless, and unrated or held time.",
  ),
});
export type Job = v.InferOutput<typeof Job>;
