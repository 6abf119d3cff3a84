import * as v from 'valibot';
import { Held } from './charge.ts';
import {
  amountTimes60,
  currency,
  id,
  list,
  money,
  month,
  object,
  onlyTrue,
  time,
  timeZone,
  total,
  waitsFor,
  words,
} from './members.ts';
import { Actor, DraftDecision } from './statement.ts';

/** What people do that the log of actions has. */
export const ACTIONS = [
  'tariff.published',
  'statement.approved',
  'statement.held-back',
  'budget.changed',
  'budget.removed',
  'endpoint.added',
  'endpoint.changed',
  'endpoint.removed',
  'deliveries.redelivered',
  'import.begun',
  'import.ended',
  'events.recorded',
  'retraction.recorded',
  'heal.begun',
  'redrive.begun',
  'close.begun',
] as const;
export type ActionName = (typeof ACTIONS)[number];

export const LoggedAction = object('An action of a person.', {
  at: time('When'),
  by: v.pipe(Actor, v.description('Who did it.')),
  action: v.pipe(v.picklist(ACTIONS), v.description('What was done.')),
  projectId: v.exactOptional(id('The project, where it is about one.')),
  target: words('What it was done to: a tariff, a budget, a month, an endpoint, a file.'),
  detail: v.exactOptional(words('More of it, in one line.')),
});
export type LoggedAction = v.InferOutput<typeof LoggedAction>;

export const ActionLog = object('What people have done.', {
  timeZone: timeZone(),
  month: v.exactOptional(month('The month that was requested')),
  actions: list(LoggedAction, 'Latest first.'),
  next: v.exactOptional(
    words('The `cursor` of the next page. Absent on the last page. A page may be short.'),
  ),
});
export type ActionLog = v.InferOutput<typeof ActionLog>;

export const ClosedMonth = object('A closed month.', {
  month: month('The month'),
  closedAt: time('When it was closed'),
  statements: v.exactOptional(
    total(
      'Its statements, also those issued by hand before it was closed. Absent once the progress of its close is no longer kept (90 days).',
    ),
  ),
});

const Failure = object('A project that failed.', {
  projectId: id('The project.'),
  error: words('Why, for people.'),
});

export const OpenMonth = object('A month that has ended and is not closed.', {
  month: month('The month'),
  endedAt: time('When it ended'),
  closesAt: time('From then on it is closed by itself'),
  overdue: v.exactOptional(
    onlyTrue(
      'It could have been closed more than an hour ago, and does not wait for people only. Absent where that is not so.',
    ),
  ),
  shards: object('Its close goes shard by shard of the projects.', {
    done: total('Shards that are done.'),
    begun: total('Shards that have been begun, those that are done too.'),
    of: total('All shards.'),
  }),
  statements: total('Its statements so far, as its close has found or issued them.'),
  failures: list(
    Failure,
    'Projects that failed: at most the first ten of each shard. The next close tries again.',
  ),
  drafts: total('Drafts of statements that are not decided on.'),
});

const ParkedJob = object('A job whose settle keeps failing.', {
  projectId: id('The project.'),
  jobId: id('The job.'),
  parkedAt: time('Since when it waits'),
  error: words('Why, for people.'),
});

/** Of a partition that may be long not all is read. */
const more = v.exactOptional(onlyTrue('There are more than were counted. Absent where all were.'));

export const ParkedJobs = object('Jobs whose settle keeps failing.', {
  count: total('Their number.'),
  more,
  jobs: list(ParkedJob, 'The first 100.'),
});

export const UnfinishedPublication = object('A tariff in force under which not all jobs are settled yet.', {
  tariff: words('Its start, `#` and its revision.'),
  startedAt: time('When it was published'),
  jobsSettled: total('Jobs settled so far.'),
  jobsParked: total('Jobs that could not be settled.'),
});

const HeldJob = object('A job with held time.', {
  projectId: id('The project.'),
  jobId: id('The job.'),
  since: Held.entries.from,
  cause: Held.entries.cause,
  flavor: v.exactOptional(id('The flavor it runs on. Absent while no resources are stated.')),
  atStakePerHour: v.exactOptional(
    amountTimes60(
      'What each further hour adds to it, exactly, not rounded to the digits of `currency`. Absent without a price.',
    ),
  ),
});
export type HeldJob = v.InferOutput<typeof HeldJob>;

const UnratedJob = object('The unrated time of a job in one usage month.', {
  projectId: id('The project.'),
  jobId: id('The job.'),
  usageMonth: month('The month of the time'),
  since: time('Start of its first minute without a price in the month'),
  minutes: total('Commenced minutes without a price.'),
  flavor: v.exactOptional(id('The flavor it runs on. Absent while no resources are stated.')),
  waitsFor: v.exactOptional(waitsFor()),
});
export type UnratedJob = v.InferOutput<typeof UnratedJob>;

export const Audit = object('The latest audit that is finished. What it found of jobs is of that time.', {
  startedAt: time('When it began'),
  finishedAt: time('When it was finished'),
  heals: v.pipe(v.boolean(), v.description('Whether it corrected what differed.')),
  jobs: total('Jobs that were audited.'),
  usageMonths: total('Usage months of projects that were audited.'),
  differences: total('Charges that did not follow from their facts.'),
  healed: total('Those of them that were corrected.'),
  held: object('Held time.', {
    count: total('Charges with held time.'),
    jobs: list(HeldJob, 'The 100 with the most at stake per hour, the largest first.'),
  }),
  unrated: object('Time without a price.', {
    count: total('Jobs with it, once for each usage month.'),
    jobs: list(UnratedJob, 'The 100 with the most minutes, the largest first.'),
  }),
});

export const Poll = object("The polling of one of the provider's projects.", {
  provider: words("The provider's id of the project."),
  projectId: id('The project that its jobs belong to here.'),
  polledAt: time('When it was polled last'),
  lastSuccess: v.exactOptional(
    time('The end of the latest whole poll, up to which all changes are known. Absent before the first'),
  ),
});

const OldestFailure = object('The delivery that has failed for the longest time.', {
  since: time('Since when it fails'),
  eventId: words('The event that has to be delivered first.'),
  type: words('The type of that event.'),
  attempts: total('Attempts so far.'),
  nextAttemptAt: v.exactOptional(time('When it is tried next. Absent once it is parked')),
  error: words('Why the last attempt failed, for people.'),
});

export const Deliveries = object('Deliveries of events out to one receiver.', {
  endpointId: id('The endpoint; `provider`: stops that the provider is called for.'),
  host: v.exactOptional(
    words(
      'The host of its address. The whole address may have secrets in it. Absent for `provider`, as are the next three.',
    ),
  ),
  types: v.exactOptional(list(words('A type.'), 'The types of events it gets. Absent: all.')),
  projectId: v.exactOptional(id('The project whose events it gets. Absent: all.')),
  createdAt: v.exactOptional(time('When it was added')),
  failing: total('Jobs, budgets, projects or months whose events cannot be delivered now, parked ones too.'),
  parked: total('Those of them that have failed for three days: one is tried each hour, and all follow it.'),
  more,
  oldest: v.exactOptional(v.pipe(OldestFailure, v.description('Absent where none fails.'))),
  attempts: object('The latest attempts of the last 24 hours, at most 100.', {
    count: total('Their number.'),
    failed: total('Those of them that failed.'),
  }),
});

export const Draft = object('A statement that waits for a person.', {
  projectId: id('The project.'),
  month: month('The month'),
  total: money('What it would bill'),
  currency: currency(),
  state: v.pipe(
    v.picklist(['waits', 'approved', 'held back']),
    v.description('`approved`: the next close issues it. `held back`: none does until it is approved.'),
  ),
  preparedAt: time('When it was made, or changed by later facts'),
  digest: words('Over what would be issued: an approval names it.'),
  decision: v.exactOptional(v.pipe(DraftDecision, v.description('Absent while it waits.'))),
});
export type Draft = v.InferOutput<typeof Draft>;

export const Drafts = object('Drafts of statements of the months that are not closed.', {
  count: total('Their number.'),
  more,
  waiting: total('Those of them that nobody has decided on.'),
  drafts: list(Draft, 'The first 100: those that wait, then those held back, then those approved.'),
});

export const CloseBudget = object('A budget close to its limit, as of its last check.', {
  projectId: id('The project.'),
  name: id('The name of the budget.'),
  month: month('The month of the figures'),
  amount: money('The amount of a month'),
  spent: money('What its jobs have cost in the month'),
  currency: currency(),
  asOf: time('When it was checked'),
  nextCrossingAt: v.exactOptional(
    time('When its next threshold will be crossed if the jobs that run now go on and none follows'),
  ),
});
export type CloseBudget = v.InferOutput<typeof CloseBudget>;

export const CloseBudgets = object(
  'Budgets of which 80 % are spent, or with a threshold that will be crossed within 24 hours.',
  {
    count: total('Their number.'),
    more,
    budgets: list(CloseBudget, 'The 100 with the largest share spent, the largest first.'),
  },
);

/** The state of the stage. */
export const Operations = object('The state of the stage, for those that operate it.', {
  asOf: time('When this was read'),
  timeZone: timeZone(),
  currency: currency(),
  closed: list(ClosedMonth, 'The latest 12 closed months, latest first.'),
  open: object('Months that have ended and are not closed.', {
    count: total('Their number.'),
    months: list(OpenMonth, 'The first 12, oldest first: they are closed in this order.'),
  }),
  drafts: v.pipe(Drafts, v.description('Statements that wait for a person.')),
  budgets: v.pipe(CloseBudgets, v.description('Budgets close to their limit.')),
  parked: v.pipe(ParkedJobs, v.description('Jobs whose settle keeps failing.')),
  publications: list(UnfinishedPublication, 'By the start of their tariffs.'),
  audit: v.exactOptional(v.pipe(Audit, v.description('Absent before the first audit is finished.'))),
  polls: object('What is polled of the provider.', {
    count: total('Projects of the provider that were ever polled.'),
    polls: list(Poll, 'The 100 whose latest whole poll is the longest ago, that one first.'),
  }),
  deliveries: list(
    Deliveries,
    'By endpoint; those that were removed are left out. At the end `provider`, if stops wait for it or were sent in the last 24 hours.',
  ),
});
export type Operations = v.InferOutput<typeof Operations>;
