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

export const JobResources = object('What a job runs on.', {
  flavor: id('The flavor, by which the tariff has its price.'),
  gpu: count('How many GPUs. They are billed if there are any, else the CPUs.'),
  cpu: count('How many CPUs.'),
});

export const Transition = object('A job entered a status.', {
  source: eventName('Who reported it.'),
  id: eventName('The id of the event there.'),
  status: v.pipe(v.picklist(STATUSES), v.description('The status that was entered.')),
  time: time('When it happened'),
  projectId: id('The project the event names.'),
  resources: v.exactOptional(v.pipe(JobResources, v.description('If the event states them.'))),
  retracted: v.exactOptional(onlyTrue('Taken back: it does not count.')),
});
export type Transition = v.InferOutput<typeof Transition>;

export const Retraction = object('An earlier event was sent by mistake.', {
  source: eventName('Who took it back.'),
  id: eventName('The id of the retraction there.'),
  time: time('When it was taken back'),
  retracts: object('The event that is taken back.', {
    source: eventName('Who reported it.'),
    id: eventName('Its id there.'),
  }),
  reason: words('Why.'),
});

export const Interval = object('Billable time without a break.', {
  start: time('When it began'),
  end: v.exactOptional(time('When it stopped. Absent while it goes on')),
  minutes: total('Commenced minutes, so far and up to the limit of the tariff.'),
  heldFrom: v.exactOptional(time('Where the limit of the tariff is reached, if it is longer')),
});

export const Job = object('Everything known of a job.', {
  jobId: id('The job.'),
  projectId: id('The project of its earliest transition.'),
  status: v.exactOptional(
    v.pipe(v.picklist(STATUSES), v.description('The latest status. Absent while none stands.')),
  ),
  resources: v.exactOptional(
    v.pipe(JobResources, v.description('What is billed: of the earliest transition that states them.')),
  ),
  transitions: list(Transition, 'In the order they happened; at the end those that were taken back.'),
  retractions: list(Retraction, 'What was taken back.'),
  intervals: list(Interval, 'Billable time.'),
  charges: list(Charge, 'What the intervals cost, oldest first.'),
  cost: money('Exact cost of all charges up to `asOf`, rounded once'),
  currency: currency(),
  asOf: time('When this was read'),
  warnings: list(
    v.string(),
    "What does not look right in the job's log, which is recorded and billed by the rules all the same; and what is unrated or held.",
  ),
});
export type Job = v.InferOutput<typeof Job>;
