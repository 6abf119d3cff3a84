import * as v from 'valibot';
import { threshold } from './budget.ts';
import { Evidence, Held } from './charge.ts';
import { text } from './fields.ts';
import { amountTimes60, currency, id, money, month, openObject, time, waitsFor, words } from './members.ts';
import { Statement } from './statement.ts';

// What jobmeter sends. Consumers ignore members that they do not know: a later version may add some.

const project = { projectId: id('The project.') };
const job = { ...project, jobId: id('The job.') };
const budget = { budget: id('The name of the budget.'), month: month('The month it is about') };

const crossed = {
  ...project,
  ...budget,
  threshold: openObject('The threshold.', { ...threshold, amount: money('The money at which it fires') }),
  amount: money('The amount of the budget'),
  currency: currency(),
  spent: money('What the jobs of the budget had cost in the month'),
  forecast: v.exactOptional(money('What they are expected to cost by the end of the month')),
  crossedAt: time('When it was crossed'),
};

/** The `data` of each type. */
export const OUTGOING_DATA = {
  'statement.issued': openObject('A statement was issued.', {
    ...project,
    month: Statement.entries.month,
    statementId: Statement.entries.statementId,
    currency: currency(),
    total: Statement.entries.total,
    digest: Statement.entries.digest,
  }),
  'month.closed': openObject('A month was closed: all its statements are issued.', {
    month: month('The month'),
    closedAt: time('When it was closed'),
  }),
  'budget.threshold.crossed': openObject('What was spent has reached a threshold of a budget.', crossed),
  'budget.forecast.crossed': openObject('The forecast has reached a threshold of a budget.', crossed),
  'job.held': openObject('Time of a job is held: it is not billed until its stop is reported.', {
    ...job,
    cause: Held.entries.cause,
    since: time('From there on its time is held'),
    flavor: v.exactOptional(id('The flavor it runs on. Absent if it is not known.')),
    usageMonth: month('The month in which it begins to be held'),
  }),
  'job.unrated': openObject('Time of a job has no price, and is not billed until it has.', {
    ...job,
    since: time('When the run began'),
    waitsFor: v.pipe(
      waitsFor(),
      v.description('What its time waits for, the first five: it is billed once all are there.'),
    ),
  }),
  'job.stop.requested': openObject('A budget requests that a job stops. Only its events say that it has.', {
    ...job,
    ...budget,
    reason: words('Why, for people.'),
    spent: money('What the jobs of the budget had cost in the month'),
    amount: money('The amount of the budget'),
    currency: currency(),
    costPerHour: amountTimes60('What each further hour of the job costs: an exact amount.'),
    openedBy: v.pipe(Evidence, v.description('The event that began the run.')),
  }),
} as const;
export type OutgoingData = {
  readonly [Type in keyof typeof OUTGOING_DATA]: v.InferOutput<(typeof OUTGOING_DATA)[Type]>;
};

const envelopeOf = <const Type extends keyof OutgoingData>(type: Type) =>
  openObject(`A CloudEvent of type \`${type}\`, in structured JSON.`, {
    specversion: v.pipe(v.literal('1.0'), v.description('The version of CloudEvents.')),
    type: v.pipe(v.literal(type), v.description('What has happened.')),
    source: v.pipe(text(/^urn:jobmeter:/, 'must begin with urn:jobmeter:'), v.description('The stage.')),
    id: words('Follows from what it is about: an event that comes twice has the same id.'),
    subject: words('The job, the budget or the month.'),
    time: time('When it was found'),
    sequence: v.pipe(
      text(/^\d{10}$/, 'must have 10 digits'),
      v.description(
        'Its place among the events of one job, one budget, the statements of one project, or all months: they are delivered in this order. Sorts as text.',
      ),
    ),
    datacontenttype: v.pipe(v.literal('application/json'), v.description('Of `data`.')),
    data: OUTGOING_DATA[type],
  });

/** The events of each type, as they are sent. */
export const OUTGOING_EVENTS = {
  'statement.issued': envelopeOf('statement.issued'),
  'month.closed': envelopeOf('month.closed'),
  'budget.threshold.crossed': envelopeOf('budget.threshold.crossed'),
  'budget.forecast.crossed': envelopeOf('budget.forecast.crossed'),
  'job.held': envelopeOf('job.held'),
  'job.unrated': envelopeOf('job.unrated'),
  'job.stop.requested': envelopeOf('job.stop.requested'),
} as const satisfies { readonly [Type in keyof OutgoingData]: ReturnType<typeof envelopeOf<Type>> };
