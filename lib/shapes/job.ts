import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { Charge, Held } from './charge.ts';
import { HeldTime } from './held.ts';
import {
  count,
  currency,
  eventName,
  id,
  labels,
  list,
  money,
  month,
  object,
  onlyTrue,
  quantity,
  time,
  total,
  waitsFor,
  words,
} from './members.ts';

export const JobResources = object('What a job runs on.', {
  flavor: id('The flavor, by which the tariff has its price.'),
  gpu: count('How many GPUs.'),
  cpu: count('How many CPUs.'),
  node: v.exactOptional(count('How many nodes. Absent if none are stated.')),
});

export type Resources = v.InferOutput<typeof JobResources>;

export const Transition = object('A job entered a status.', {
  source: eventName('The source of the event.'),
  id: eventName('The id of the event within its source.'),
  status: v.pipe(v.picklist(STATUSES), v.description('The status that was entered.')),
  time: time('When it happened'),
  resources: v.exactOptional(v.pipe(JobResources, v.description('If the event states them.'))),
  labels: v.exactOptional(labels('If the event states them.')),
  timeout: v.exactOptional(words('If the event states it, an ISO 8601 duration.')),
  retracted: v.exactOptional(onlyTrue('Taken back: it does not count.')),
});
export type Transition = v.InferOutput<typeof Transition>;

export const Retraction = object('An earlier event was sent by mistake.', {
  source: eventName('Who took it back.'),
  id: eventName('The id of the retraction there.'),
  time: time('When it was taken back'),
  retracts: object('The event that is taken back.', {
    source: eventName('The source of the event.'),
    id: eventName('Its id there.'),
  }),
  reason: words('The reason given.'),
});

export type Retraction = v.InferOutput<typeof Retraction>;

export const Interval = object('Billable time without a break.', {
  start: time('When it began'),
  end: v.exactOptional(time('When it stopped. Absent while it is open')),
  minutes: total('Commenced minutes, so far; without a known stop up to the limit.'),
  held: v.exactOptional(
    v.pipe(Held, v.description('Where time is no longer believed, and why. Absent up to the limit.')),
  ),
});

/** Members like `moreLines` of a statement's differences. */
const more = (what: string) =>
  v.exactOptional(total(`How many earlier ${what} are not listed. Absent where all are.`));

export const JobBilled = object('What one committed statement billed for the job.', {
  month: month('The month of the statement'),
  usageMonth: month('The month of the usage'),
  kind: v.pipe(
    v.picklist(['usage', 'correction']),
    v.description("`usage` of the statement's own month, or a `correction` of an earlier one."),
  ),
  minutes: quantity('Commenced minutes that it added; negative where it took some back.'),
  amount: money(
    'What it added for the job; negative where it credited some. Rounded for this job by itself, so that the amounts of a usage month add up to what is billed for it',
  ),
  currency: currency(),
  retractions: v.exactOptional(
    list(Retraction, 'Those that took back a run that it credits. Absent where none did.'),
  ),
  moreRetractions: more('of them'),
});
export type JobBilled = v.InferOutput<typeof JobBilled>;

export const Job = object('A job with its events, intervals and charges.', {
  jobId: id('The job.'),
  projectId: id('Its project.'),
  status: v.exactOptional(
    v.pipe(
      v.picklist(STATUSES),
      v.description('The latest status. Absent if every transition is retracted.'),
    ),
  ),
  resources: v.exactOptional(v.pipe(JobResources, v.description('In force after the last transition.'))),
  labels: v.exactOptional(labels('Those that were stated first.')),
  timeout: v.exactOptional(words('The longest run that the platform allows, as it was stated last.')),
  transitions: list(
    Transition,
    'The latest 1,000, in the order they happened; at the end those that were taken back.',
  ),
  moreTransitions: more('transitions'),
  retractions: list(Retraction, 'What was taken back: the latest 1,000.'),
  moreRetractions: more('retractions'),
  intervals: list(Interval, 'Billable time: the latest 1,000.'),
  moreIntervals: more('intervals'),
  charges: list(Charge, 'The charges of the intervals, oldest first: the latest 1,000.'),
  moreCharges: more('charges'),
  cost: money('Exact cost of all charges up to `asOf`, rounded once'),
  waitsFor: v.exactOptional(waitsFor()),
  held: v.exactOptional(v.pipe(HeldTime, v.description('Absent where no time is held.'))),
  billed: v.exactOptional(
    list(JobBilled, 'By statement, the oldest first, and usage month. Absent where none billed it.'),
  ),
  currency: currency(),
  asOf: time('When this was read'),
  warnings: list(
    v.string(),
    "Irregularities in the job's events, which are billed by the rules nevertheless, and unrated or held time: the last 1,000.",
  ),
  moreWarnings: more('warnings'),
});
export type Job = v.InferOutput<typeof Job>;
